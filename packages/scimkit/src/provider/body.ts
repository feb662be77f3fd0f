// RFC 7644 §3.1, §8.1: a request's body: media type, size, UTF-8, JSON.
import { PayloadTooLarge, type ScimRequest } from '../authentication/request.ts';
import { quote, ScimError } from '../protocol/error.ts';

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** "application/scim+json" and "application/json", with any parameters; or no Content-Type at all. */
function assertMediaType(contentType: string | undefined): void {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (!mediaType || mediaType === 'application/scim+json' || mediaType === 'application/json') return;
  throw new ScimError(415, 'The body must be JSON: send "Content-Type: application/scim+json".');
}

/**
 * Refuses JSON text that nests too deep or has too many values. One pass, before it is parsed: neither a parser's stack is
 * at stake, nor its time.
 *
 * @throws ScimError `invalidSyntax`, 413
 */
function assertShape(text: string, limits: BodyLimits): void {
  let depth = 0;
  let values = 1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limits.depth) throw tooDeep(limits.depth);
      if (++values > limits.values) throw tooMany(limits.values);
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x2c && ++values > limits.values) throw tooMany(limits.values);
  }
}

/** The same of a value that the host parsed. */
function assertParsedShape(value: unknown, limits: BodyLimits): void {
  let level: unknown[] = [value];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.depth) throw tooDeep(limits.depth);
    values += level.length;
    if (values > limits.values) throw tooMany(limits.values);
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? Object.values(v) : []));
  }
}

/** Bodies come as they are: what is compressed says nothing of its size. */
function assertUncompressed(contentEncoding: string | undefined): void {
  if (!contentEncoding || contentEncoding.toLowerCase() === 'identity') return;
  throw new ScimError(415, `The body is compressed (${quote(contentEncoding)}). Send it uncompressed.`, {
    headers: { 'accept-encoding': 'identity' },
  });
}

function tooDeep(limit: number): ScimError {
  return new ScimError(
    'invalidSyntax',
    `The body nests deeper than ${limit} levels (bodyDepth); SCIM's messages need fewer.`,
  );
}

function tooMany(limit: number): ScimError {
  return new ScimError(
    413,
    `The body has more than ${limit} values (bodyValues). Send several smaller requests.`,
  );
}

function tooLarge(limit: number, name: string): ScimError {
  return new ScimError(
    413,
    `The body is larger than ${limit} bytes (${name}). Send several smaller requests.`,
  );
}

/** How large and deep a body may be, how many values it may have, and what the limit of its size is called. */
export interface BodyLimits {
  readonly size: number;
  readonly depth: number;
  readonly values: number;
  readonly name: string;
}

/**
 * Reads a request's body as JSON.
 *
 * @throws ScimError 415, 413, `invalidSyntax`
 */
export async function readBody(request: ScimRequest, limits: BodyLimits): Promise<unknown> {
  assertMediaType(request.headers['content-type']);
  assertUncompressed(request.headers['content-encoding']);
  const { body } = request;
  if (Number(request.headers['content-length']) > limits.size) throw tooLarge(limits.size, limits.name);
  if (body && 'parsed' in body) {
    assertParsedShape(body.parsed, limits);
    if (body.parsed === undefined) throw missing();
    return body.parsed;
  }
  if (!body) throw missing();
  let bytes: Uint8Array;
  try {
    bytes = await body.read(limits.size);
  } catch (error) {
    if (error instanceof PayloadTooLarge) throw tooLarge(limits.size, limits.name);
    throw error;
  }
  if (bytes.length === 0) throw missing();
  let text: string;
  try {
    text = UTF_8.decode(bytes);
  } catch {
    throw new ScimError('invalidSyntax', 'The body is not UTF-8.');
  }
  assertShape(text, limits);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ScimError('invalidSyntax', 'The body is not valid JSON.', { cause: error });
  }
}

function missing(): ScimError {
  return new ScimError('invalidSyntax', 'The request needs a JSON body, and has none.');
}
