// Nest, on Express and on Fastify.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServiceProvider } from '../provider/provider.ts';
import { answerNode } from './node.ts';

/** The injection token of the service provider. */
export const SCIM_SERVICE_PROVIDER = 'SCIM_SERVICE_PROVIDER';

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** What a module needs of Nest's MiddlewareConsumer. */
interface Consumer {
  apply(...middleware: Handler[]): { forRoutes(...routes: string[]): unknown };
}

// biome-ignore lint/suspicious/noExplicitAny: as Nest declares it
type Any = any;

/** Options of `ScimModule.forRootAsync`: how Nest makes the service provider. */
export interface ScimModuleAsyncOptions {
  readonly imports?: Any[];
  readonly inject?: Any[];
  readonly useFactory: (...dependencies: Any[]) => ServiceProvider | Promise<ServiceProvider>;
}

/** A module as Nest's DynamicModule. */
interface Dynamic {
  module: Any;
  imports: Any[];
  providers: Any[];
  exports: Any[];
}

/** Mounts a service provider that Nest makes, with what it needs injected. */
function forRootAsync({ imports = [], inject = [], useFactory }: ScimModuleAsyncOptions): Dynamic {
  let scim: ServiceProvider | undefined;
  const provider = {
    provide: SCIM_SERVICE_PROVIDER,
    inject,
    useFactory: async (...dependencies: Any[]) => {
      scim = await useFactory(...dependencies);
      return scim;
    },
  };
  const answer: Handler = (request, response, next) => {
    const url = (request as IncomingMessage & { originalUrl?: string }).originalUrl ?? request.url ?? '';
    const [path = ''] = url.split('?', 1);
    if (!scim?.serves(path)) next();
    else answerNode(scim, request, response);
  };
  class Mounted {
    configure(consumer: Consumer): void {
      consumer.apply(answer).forRoutes('{*path}');
    }
  }
  return { module: Mounted, imports, providers: [provider], exports: [SCIM_SERVICE_PROVIDER] };
}

/**
 * A module for Nest: `forRoot(scim)` mounts a service provider, `forRootAsync` one that Nest makes. It answers under the
 * service provider's `basePath`.
 *
 * @example
 * NestFactory.create(ScimModule.forRoot(scim));
 */
export const ScimModule = {
  forRoot: (scim: ServiceProvider): Dynamic => forRootAsync({ useFactory: () => scim }),
  forRootAsync,
};
