// Express 5 and 4.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ScimError } from '../protocol/error.ts';
import type { ServiceProvider } from '../provider/provider.ts';
import { answerNode, toNodeHandler } from './node.ts';

/** What Express's own body parsers throw. */
interface ParserError {
  readonly type?: unknown;
  readonly limit?: unknown;
  /** Of zlib: what says that it is compressed, and isn't. */
  readonly code?: unknown;
}

const NOT_JSON = 'The body must be JSON in UTF-8, uncompressed.';

type ExpressHandler = (request: IncomingMessage, response: ServerResponse) => void;

type ExpressErrorHandler = (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What to tell the client when the app's body parser refused the body; undefined when something else failed. */
function refusalOf({ type, limit, code }: ParserError): ScimError | undefined {
  if (String(code).startsWith('Z_')) return new ScimError(415, NOT_JSON);
  switch (type) {
    case 'entity.parse.failed':
      return new ScimError('invalidSyntax', 'The body is not valid JSON.');
    case 'entity.too.large':
      return new ScimError(
        413,
        `The body is larger than ${limit} bytes, the limit of the app's body parser. Send several smaller requests.`,
      );
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new ScimError(415, NOT_JSON);
    case 'request.aborted':
    case 'request.size.invalid':
      return new ScimError(400, 'The request ended before its body was complete.');
    default:
      return undefined;
  }
}

/**
 * Makes the handlers for Express: one for requests, one for errors of the app's body parsers, so that these are
 * answered as SCIM errors. Any parser may come before; none is needed.
 *
 * @example
 * app.use('/scim/v2', toExpressHandlers(scim));
 */
export function toExpressHandlers(scim: ServiceProvider): [ExpressHandler, ExpressErrorHandler] {
  return [
    toNodeHandler(scim),
    (error, request, response, next) => {
      const refusal = refusalOf((error ?? {}) as ParserError);
      if (!refusal) return next(error);
      // Whoever may not call is told that first.
      return answerNode(scim, request, response, { read: () => Promise.reject(refusal) });
    },
  ];
}
