// Answers outside SCIM's endpoints, and the SCIM errors that the server gives by itself.
import type { ServerResponse } from 'node:http';
import { ScimError } from 'scimkit';

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  const body = JSON.stringify(value);
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
export function rawError(code: string | undefined): string {
  const [status, reason, detail] =
    code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large', "The request's headers are too large."]
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout', 'The request did not arrive in time.']
        : [400, 'Bad Request', 'The request is not valid HTTP.'];
  const body = JSON.stringify(new ScimError(status as number, detail as string));
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: application/scim+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
