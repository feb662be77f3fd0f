// RFC 7644 §3: one request on its way through the service provider, step by step.
import { isStreamed, type ScimRequest, type ScimResponse } from '../authentication/request.ts';
import { ScimError } from '../protocol/error.ts';
import type { Leniency, Note } from '../protocol/leniency.ts';
import { readMessage } from '../protocol/message.ts';
import { SEARCH_REQUEST_URN } from '../protocol/urn.ts';
import { type Precondition, parseEtags } from '../protocol/version.ts';
import { readBody } from './body.ts';
import { bulk } from './bulk.ts';
import { type Context, createContext } from './context.ts';
import { create } from './create.ts';
import { remove } from './delete.ts';
import { discover } from './discovery.ts';
import { get } from './get.ts';
import { resolveMe } from './me.ts';
import { type Parameters, readQueryString, readSearchRequest } from './parameters.ts';
import { patch } from './patch.ts';
import { query } from './query.ts';
import { replace } from './replace.ts';
import { type Forwarded, readForwarded } from './forwarded.ts';
import { type Place, withTenant } from './mount.ts';
import { errorResponse, type Failures } from './respond.ts';
import { findRoute, methodsOf, type Route } from './route.ts';
import type { Service } from './service.ts';
import { type Ending, watchBody } from './watched-body.ts';

/** Notes that one exchange keeps; a request of 10,000 odd values needs no 10,000 lines in the log. */
const MAX_NOTES = 100;

/** Characters that a note keeps of what a client wrote. */
const MAX_WHERE = 200;

/** One request on its way through the service provider. */
export class Handling<Auth> {
  private readonly service: Service<Auth>;
  private readonly request: ScimRequest;
  private readonly url: Url;
  private readonly forwarded: Forwarded;
  private readonly place: Place | undefined;
  private auth: Auth | undefined;
  private context: Context<Auth> | undefined;
  private reference: string | undefined;
  private readonly notes: Note[] = [];
  private readonly leniency: Leniency;

  constructor(service: Service<Auth>, request: ScimRequest) {
    this.service = service;
    this.url = splitUrl(request.url);
    this.forwarded = readForwarded(request, this.url.origin, service.options.trustProxy ?? false);
    this.place = service.mount.locate(this.forwarded.origin, this.url.path);
    this.request = completed(request, this.forwarded.remoteAddress, this.place?.tenant);
    this.leniency = service.dialect((note) => {
      if (this.notes.length < MAX_NOTES) this.notes.push({ ...note, where: note.where.slice(0, MAX_WHERE) });
    });
  }

  async run(): Promise<ScimResponse> {
    const start = performance.now();
    let error: unknown;
    let response: ScimResponse;
    try {
      response = await this.answer();
    } catch (caught) {
      error = caught;
      response = errorResponse(caught, this.failures());
    }
    response = this.finish(response);
    const observe = (ending: Ending) => this.observe(response, ending, performance.now() - start);
    if (isStreamed(response.body)) return { ...response, body: watchBody(response.body, observe) };
    observe({ isComplete: true, error });
    return response;
  }

  private failures(): Failures {
    const reference = () => {
      this.reference ??= crypto.randomUUID();
      return this.reference;
    };
    return { reference, isVerbose: this.service.options.verboseErrors ?? false };
  }

  private finish(response: ScimResponse): ScimResponse {
    const { status, body } = response;
    const headers: Record<string, string> = { ...response.headers };
    if (body !== undefined)
      headers['content-type'] = this.service.options.mediaType ?? 'application/scim+json';
    headers['cache-control'] ??= 'no-store';
    if (this.request.method !== 'HEAD' || body === undefined) return { ...response, headers };
    // Of what comes in pieces, it would take all of them to know.
    if (typeof body === 'string') headers['content-length'] = String(new TextEncoder().encode(body).length);
    return { status, headers };
  }

  private observe(response: ScimResponse, { error, isComplete }: Ending, duration: number): void {
    try {
      this.service.options.observe?.({
        request: this.request,
        response,
        auth: this.auth,
        tenant: this.place?.tenant,
        operations: this.context?.operations ?? [],
        notes: this.notes,
        error,
        isComplete,
        reference: this.reference,
        duration,
      });
    } catch {
      // Whoever looks on must not be able to break an answer.
    }
  }

  private async answer(): Promise<ScimResponse> {
    const { request, service } = this;
    if (request.url.length > service.limits.urlLength) {
      throw new ScimError(
        414,
        `The URL is longer than ${service.limits.urlLength} characters (urlLength); use POST .search (RFC 7644 §3.4.3).`,
      );
    }
    const { place } = this;
    const segments = place && this.segments(place);
    const route = segments && findRoute(service, segments);
    if (place && route?.kind === 'discovery' && this.isPublic(route)) {
      this.assertMethod(route);
      const parameters = readQueryString(this.url.query, this.leniency);
      return discover({ service, baseUrl: this.baseUrl(place) }, route.name, route.item, parameters);
    }
    const auth = await this.authenticate();
    this.auth = auth;
    if (!place || !route) throw this.noSuchEndpoint(segments);
    const context = createContext(service, request, auth, this.baseUrl(place), this.leniency);
    this.context = context;
    if (request.method === 'OPTIONS') return { status: 204, headers: { allow: methodsOf(route).join(', ') } };
    this.assertMethod(route);
    return this.dispatch(context, route, readQueryString(this.url.query, this.leniency));
  }

  private isPublic(route: Route & { kind: 'discovery' }): boolean {
    const { serviceProviderConfig = true, schemas = false } = this.service.options.publicDiscovery ?? {};
    return (
      this.request.method !== 'OPTIONS' &&
      (route.name === 'ServiceProviderConfig' ? serviceProviderConfig : schemas)
    );
  }

  private baseUrl({ tenant, basePath }: Place): string {
    const { baseUrl } = this.service.options;
    const given = typeof baseUrl === 'string' ? withTenant(baseUrl, tenant) : baseUrl?.(this.request);
    const { origin, prefix } = this.forwarded;
    return toHeader(given?.replace(/\/+$/, '') ?? `${origin}${prefix}${basePath}`);
  }

  private noSuchEndpoint(segments: readonly string[] | undefined): ScimError {
    const hint = !segments
      ? `: SCIM is served under ${this.service.mount.description}. Check the base URL.`
      : segments.includes('')
        ? ', because its path has a doubled slash, or one at its end (RFC 7644 §3.2).'
        : '. GET /ResourceTypes lists those that there are.';
    return new ScimError(404, `There is no such endpoint${hint}`);
  }

  /** The decoded segments of the path below the base path; undefined when they are no text. */
  private segments({ below }: Place): readonly string[] | undefined {
    const pieces = below.slice(1).split('/');
    const named = pieces.filter((piece) => piece !== '');
    const hasStray = named.length < pieces.length && named.length > 0;
    if (hasStray && this.leniency.straySlashes) {
      this.leniency.report({ kind: 'rewrite', name: 'stray-slashes', where: this.url.path });
    }
    const segments = hasStray && !this.leniency.straySlashes ? pieces : named;
    if (!below.includes('%')) return segments;
    try {
      return segments.map(decodeURIComponent);
    } catch {
      return undefined;
    }
  }

  private async authenticate(): Promise<Auth> {
    const { authentication } = this.service;
    const auth = await authentication.authenticate(this.request);
    if (auth !== undefined && (await this.isPermitted(auth))) return auth;
    const presented = Boolean(this.request.headers.authorization);
    throw new ScimError(
      401,
      presented
        ? 'The credential in the Authorization header is not valid here. Check that it was copied whole, and is current.'
        : 'The request carries no credential. Send an Authorization header.',
      { headers: { 'www-authenticate': authentication.challenge(this.request) } },
    );
  }

  /** Whether the caller may act for the tenant that the URL names; true where it names none. */
  private async isPermitted(auth: Auth): Promise<boolean> {
    const { tenant } = this.service.options;
    const named = this.place?.tenant;
    return !tenant || named === undefined || (await tenant.permits(auth, named)) === true;
  }

  private assertMethod(route: Route): void {
    const allowed = methodsOf(route);
    if (allowed.includes(this.request.method)) return;
    throw new ScimError(405, `This endpoint takes ${allowed.join(', ')}.`, {
      headers: { allow: allowed.join(', ') },
    });
  }

  private dispatch(context: Context<Auth>, route: Route, parameters: Parameters): Promise<ScimResponse> {
    const { method } = this.request;
    switch (route.kind) {
      case 'root':
        return query(context, this.types(), parameters);
      case 'search':
        return this.searchRequest().then((request) =>
          query(context, route.type ? [route.type] : this.types(), request),
        );
      case 'discovery':
        return Promise.resolve(discover(context, route.name, route.item, parameters));
      case 'bulk':
        return this.body('bulk').then((body) => bulk(context, body, this.failures()));
      case 'me':
        return this.resource(context, resolveMe(context, method), parameters);
      case 'type':
        if (method === 'POST')
          return this.body().then((body) => create(context, route.type, body, parameters));
        return query(context, [route.type], parameters);
      default:
        return this.resource(context, route, parameters);
    }
  }

  private resource(
    context: Context<Auth>,
    { type, id }: Omit<Extract<Route, { kind: 'resource' }>, 'kind'>,
    parameters: Parameters,
  ): Promise<ScimResponse> {
    switch (this.request.method) {
      case 'PUT':
        return this.body().then((body) => replace(context, type, id, body, parameters, this.precondition()));
      case 'PATCH':
        return this.body().then((body) => patch(context, type, id, body, parameters, this.precondition()));
      case 'DELETE':
        return remove(context, type, id, this.precondition());
      default:
        return get(context, type, id, parameters);
    }
  }

  private types() {
    return this.service.resources.map((resource) => resource.type);
  }

  private precondition(): Precondition {
    const { headers } = this.request;
    return { match: parseEtags(headers['if-match']), noneMatch: parseEtags(headers['if-none-match']) };
  }

  private body(kind: 'resource' | 'bulk' = 'resource'): Promise<unknown> {
    const { bodySize, bodyDepth: depth, bodyValues: values, bulkPayloadSize } = this.service.limits;
    return readBody(
      this.request,
      kind === 'bulk'
        ? { size: bulkPayloadSize, depth, values, name: 'maxPayloadSize' }
        : { size: bodySize, depth, values, name: 'bodySize' },
    );
  }

  private async searchRequest(): Promise<Parameters> {
    const message = readMessage(await this.body(), SEARCH_REQUEST_URN, 'RFC 7644 §3.4.3');
    return readSearchRequest(message, this.service.limits);
  }
}

/** A URL's pieces. */
interface Url {
  readonly origin: string;
  readonly path: string;
  readonly query: string;
}

/** A request with the address that it came from, whoever sent it on, and with the tenant that its URL names. */
function completed(
  request: ScimRequest,
  remoteAddress: string | undefined,
  tenant: string | undefined,
): ScimRequest {
  // Whatever a host has put there, the URL alone names the tenant.
  if (remoteAddress === request.remoteAddress && tenant === request.tenant) return request;
  const { method, url, headers, body } = request;
  return {
    ...{ method, url, headers, body, remoteAddress, tenant },
    get signal() {
      return request.signal;
    },
  };
}

/** A base URL as headers can carry it: in ASCII. */
function toHeader(baseUrl: string): string {
  return /^[\x21-\x7e]*$/.test(baseUrl) ? baseUrl : new URL(baseUrl).href.replace(/\/+$/, '');
}

/** Origin, path and query of an absolute URL, or of a path with a query; nothing is decoded or normalised. */
function splitUrl(url: string): Url {
  const match = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/i.exec(url);
  return { origin: match?.[1] ?? '', path: match?.[2] || '/', query: match?.[3] ?? '' };
}
