// Answers outside SCIM's endpoints, and the SCIM errors that the server gives by itself.
import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import type { ScimError } from 'scimkit';

/** Whether a request has a body that has not come whole. Until its turn of the event loop ends, none has. */
function hasUnreadBody({ complete, headers }: IncomingMessage): boolean {
  return (
    !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
  );
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  const body = JSON.stringify(value);
  // A body that nobody reads would stand before the connection's next request.
  if (hasUnreadBody(response.req)) response.setHeader('connection', 'close');
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Sends a SCIM error (RFC 7644 §3.12). */
export function sendError(response: ServerResponse, error: ScimError): void {
  sendJson(response, error.status, error, { 'content-type': 'application/scim+json', ...error.headers });
}

/** The bytes of an answer to what was no HTTP request. */
export function rawError(error: ScimError): string {
  const body = JSON.stringify(error);
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    'Content-Type: application/scim+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(error.headers).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
