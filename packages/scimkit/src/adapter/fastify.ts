// Fastify 5.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { isStreamed, type ServiceProvider } from '../provider/provider.ts';
import { toReadable } from './node-readable.ts';
import { answerHeaders, toScimRequest } from './node-request.ts';

interface FastifyRequest {
  readonly raw: IncomingMessage;
}

interface FastifyReply {
  readonly raw: ServerResponse;
  code(status: number): FastifyReply;
  headers(headers: Record<string, string | number>): FastifyReply;
  hijack(): FastifyReply;
  send(body?: Uint8Array | Readable): FastifyReply;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** What the plugin needs of Fastify. */
interface FastifyInstance {
  readonly prefix: string;
  addHook(name: 'onRequest', hook: Handler): unknown;
  setNotFoundHandler(handler: Handler): unknown;
}

/**
 * Makes a plugin for Fastify. The service provider reads the body itself, up to its own limits; what it answers passes
 * Fastify's `onSend` and `onResponse` hooks, and what comes in the app's own `onRequest` hooks.
 *
 * @throws TypeError when it is registered under another prefix than the service provider's `basePath`.
 *
 * @example
 * app.register(toFastifyPlugin(scim), { prefix: '/scim/v2' });
 */
export function toFastifyPlugin(scim: ServiceProvider) {
  return async (instance: FastifyInstance): Promise<void> => {
    if (instance.prefix !== scim.basePath) {
      throw new TypeError(
        `The prefix of the plugin is "${instance.prefix}", and the basePath of the service provider "${scim.basePath}"; make them the same`,
      );
    }
    const handle: Handler = async ({ raw }, reply) => {
      const answer = await scim.handle(toScimRequest(raw, { response: reply.raw }));
      reply.code(answer.status).headers(answerHeaders(raw, answer));
      const { body } = answer;
      if (isStreamed(body)) {
        // An answer that was broken off is none to Fastify: it would have the request answered once more.
        reply.raw.once('close', () => reply.raw.writableEnded || reply.hijack());
        return reply.send(toReadable(raw, reply.raw, body));
      }
      // A text would be given a charset.
      return reply.send(body === undefined ? undefined : Buffer.from(body));
    };
    // Everything below the prefix is this context's, of any method, and is answered before a body is parsed.
    instance.setNotFoundHandler(handle);
    instance.addHook('onRequest', handle);
  };
}
