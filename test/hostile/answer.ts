// What holds for every answer, whatever was asked.
import { expect } from 'vitest';
import { describeRequest, format, type RawRequest } from './request.ts';
import type { RawAnswer } from './socket.ts';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

const SCIM_TYPES = [
  ...['invalidFilter', 'tooMany', 'uniqueness', 'mutability', 'invalidSyntax', 'invalidPath', 'noTarget'],
  ...['invalidValue', 'invalidVers', 'sensitive'],
  ...['invalidCursor', 'expiredCursor', 'invalidCount'],
];

/** Texts that are ours alone to see (security: error texts in the field). */
const INNER = [
  /\n\s+at |\.[jt]s:\d|node:internal|node_modules|file:\/\/|\/packages\//,
  /\bundefined\b|\[object \w+\]|\bNaN\b/,
  /sqlite|\bconstraint failed|no such (table|column)/i,
  /\bSELECT\b|\bINSERT\b|\bWHERE\b/,
  /Unexpected token|is not a function|Cannot read|Cannot convert|URI malformed|out of range/,
];

/** What is wrong with the body of an error. */
function wrongError(error: unknown, status: number, asked: string): string | undefined {
  const { schemas, status: stated, scimType, detail, ...rest } = (error ?? {}) as Record<string, unknown>;
  if (JSON.stringify(schemas) !== JSON.stringify([ERROR])) return 'it is no SCIM error';
  if (stated !== String(status)) return `its status is ${String(stated)}`;
  if (scimType !== undefined && !SCIM_TYPES.includes(scimType as string))
    return `scimType ${String(scimType)}`;
  if (typeof detail !== 'string' || !/\S/.test(detail)) return 'it has no detail';
  if (detail.length > 4_000) return 'its detail is too long';
  if (Object.keys(rest).length > 0) return `it has ${Object.keys(rest).join()}`;
  // What the client wrote may be quoted to it.
  const leak = INNER.find((pattern) => pattern.test(detail) && !pattern.test(asked));
  return leak && `its detail shows ${leak}: ${detail}`;
}

/** The only deliberate 5xx that a request can bring about: /Me is 501 (decision 24). */
const isDeliberate = (status: number, { path }: RawRequest) => status === 501 && /^\/+Me\b/i.test(path);

/** What is wrong with an answer to a request; undefined when nothing is. */
function wrongAnswer(request: RawRequest, { status, headers, text }: RawAnswer): string | undefined {
  if (status >= 500 && !isDeliberate(status, request)) return 'it is a 5xx';
  const isHead = request.method === 'HEAD';
  if (text === '') return isHead || status === 204 || status === 304 ? undefined : 'it has no body';
  if (headers.get('content-type') !== 'application/scim+json') return `it is ${headers.get('content-type')}`;
  const asked = Buffer.from(format(request, '')).toString('utf8');
  const plain = `${asked}\n${decode(asked)}`;
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  if (status >= 400) return wrongError(body, status, plain);
  if (/\[object |:undefined/.test(text) && !/\[object |:undefined/.test(plain))
    return 'it shows an inner value';
  const operations = (body.schemas as string[] | undefined)?.includes(
    'urn:ietf:params:scim:api:messages:2.0:BulkResponse',
  )
    ? (body.Operations as { status: string; response?: unknown }[])
    : [];
  for (const operation of operations) {
    const inner = Number(operation.status);
    if (!(inner < 500)) return `an operation of it has status ${operation.status}`;
    const wrong = inner >= 400 ? wrongError(operation.response, inner, plain) : undefined;
    if (wrong) return `of an operation of it: ${wrong}`;
  }
  return undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

/** Fails when an answer is not what any answer must be. */
export function assertAnswer(request: RawRequest, answer: RawAnswer, why: () => string = () => ''): void {
  const wrong = wrongAnswer(request, answer);
  if (!wrong) return;
  expect.fail(
    `${wrong}: ${answer.status} ${answer.text.slice(0, 1_000)}\n${why()}\n--- the request\n${describeRequest(request)}`,
  );
}
