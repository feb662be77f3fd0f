// RFC 9112: what is no HTTP is answered, too, and as SCIM answers errors; the server goes on.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ScimError } from 'scimkit';
import { rawError, sendError } from './respond.ts';

/** Answers what node:http can't read, or would answer without a body. */
export function answerMalformed(http: Server): void {
  const latest = new WeakMap<object, ServerResponse>();
  http.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, response);
  });
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const end = () => {
      if (socket.writable) socket.end(rawError(error.code));
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
}

/** The target of a request as a path: in its absolute form, servers must take it as well (RFC 9112 §3.2.2). */
export function originForm(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return path === target || path.startsWith('/') ? path : `/${path}`;
}
