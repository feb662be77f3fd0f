// The listening part: HTTP or HTTPS, with limits on what a slow or malformed request can cost.
import { createServer as createHttp, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { answerMalformed, type Malformed } from './malformed.ts';
import type { HttpLimits } from './limits.ts';
import type { Tls } from './tls.ts';

/** What a server over HTTP is made of. */
export interface HttpOptions {
  readonly limits: Required<HttpLimits>;
  readonly tls: Tls | undefined;
  readonly answer: RequestListener;
  /** Sees what was no request, or not in time. */
  readonly onMalformed: (malformed: Malformed) => void;
}

/** Makes a server over HTTP, or over HTTPS with a certificate. It doesn't listen yet. */
export function createHttpServer({ limits, tls, answer, onMalformed }: HttpOptions): HttpServer {
  const { headersTimeout, requestTimeout, keepAliveTimeout, headerSize, silenceTimeout } = limits;
  const options = {
    headersTimeout,
    requestTimeout,
    keepAliveTimeout,
    maxHeaderSize: headerSize,
    requireHostHeader: false,
    // How often it is looked whether a request is late.
    connectionsCheckingInterval: Math.max(50, Math.min(5_000, headersTimeout / 4)),
  };
  const http = tls ? createHttps({ ...options, ...tls }, answer) : createHttp(options, answer);
  // A client that doesn't read its answer; Node closes the connection.
  http.setTimeout(silenceTimeout);
  answerMalformed(http, limits, onMalformed);
  return http;
}
