// RFC 9112: what is no HTTP is answered, too, and as SCIM answers errors; the server goes on.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ScimError } from 'scimkit';
import type { HttpLimits } from './limits.ts';
import { rawError, sendError } from './respond.ts';

/** What was no request, for the log. */
export interface Malformed {
  readonly error: ScimError;
  readonly remoteAddress: string | undefined;
}

/** What is told of a request that can't be read, by the code of Node's error. */
function errorOf(code: string | undefined, limits: Required<HttpLimits>): ScimError {
  const { headerSize, headersTimeout, requestTimeout } = limits;
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ScimError(431, `The request's headers are larger than ${headerSize} bytes (headerSize).`);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ScimError(
      408,
      `The request did not arrive in time: its headers may take ${headersTimeout} milliseconds (headersTimeout), ` +
        `the whole ${requestTimeout} (requestTimeout).`,
    );
  }
  return new ScimError(400, 'The request is not valid HTTP.');
}

/** Answers what node:http can't read, or would answer without a body. */
export function answerMalformed(
  http: Server,
  limits: Required<HttpLimits>,
  onMalformed: (malformed: Malformed) => void,
): void {
  const latest = new WeakMap<object, ServerResponse>();
  const answered = new WeakSet<object>();
  http.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, response);
  });
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Nobody is there any more.
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy();
      return;
    }
    const answer = errorOf(error.code, limits);
    const end = () => {
      // What comes behind is malformed just so; one answer is enough.
      if (answered.has(socket)) return;
      answered.add(socket);
      onMalformed({ error: answer, remoteAddress: (socket as Socket).remoteAddress });
      if (socket.writable) socket.end(rawError(answer));
      else socket.destroy();
    };
    const response = latest.get(socket);
    if (!response || response.writableFinished) end();
    // What follows a request is not that request's fault: it is answered first.
    else if (response.req.complete) response.once('finish', end);
    // Its body is malformed. When the answer is under way already, a second one would corrupt it.
    else if (response.headersSent) (socket as Socket).destroySoon();
    else end();
  });
  http.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close');
    sendError(response, new ScimError(417, 'The only expectation that is met is 100-continue.'));
  });
  http.on('connect', (_request: IncomingMessage, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(rawError(new ScimError(405, 'This server is no proxy.', { headers: { allow: 'GET' } })));
  });
}

/** A host with a port, as far as URLs can have it (RFC 3986 §3.2.2). */
const AUTHORITY = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

/**
 * Turns the target of a request into a path, and sees to its host (RFC 9112 §3.2): a target in absolute form has the host
 * that counts; otherwise there must be one Host header, and one that is valid. It may be empty.
 *
 * @throws ScimError 400
 */
export function normalizeTarget(request: IncomingMessage): void {
  const { headers, rawHeaders, httpVersion, url = '/' } = request;
  const absolute = url.startsWith('/') ? null : /^https?:\/\/([^/?#]*)/i.exec(url);
  if (absolute) {
    const path = url.slice(absolute[0].length);
    request.url = path.startsWith('/') ? path : `/${path}`;
    headers.host = absolute[1];
  } else if (headers.host === undefined) {
    if (httpVersion === '1.1') throw new ScimError(400, 'The request carries no Host header.');
    return;
  } else {
    // Node keeps the first of several.
    let count = 0;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      if (name.length === 4 && name.toLowerCase() === 'host') count++;
    }
    if (count > 1) throw new ScimError(400, 'The request carries several Host headers.');
  }
  if (headers.host && !AUTHORITY.test(headers.host)) {
    throw new ScimError(
      400,
      'The host that the request names is not valid: write a name or an address, and a port.',
    );
  }
}
