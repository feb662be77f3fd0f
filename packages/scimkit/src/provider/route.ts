// RFC 7644 §3.2: the endpoints, and which methods each of them takes.
import type { ResourceType } from '../schema/resource-type.ts';
import type { DiscoveryName } from './discovery.ts';
import type { Service } from './service.ts';

/** What a path means. */
export type Route =
  | { readonly kind: 'root' }
  | { readonly kind: 'search'; readonly type: ResourceType | undefined }
  | { readonly kind: 'type'; readonly type: ResourceType }
  | { readonly kind: 'resource'; readonly type: ResourceType; readonly id: string }
  | { readonly kind: 'discovery'; readonly name: DiscoveryName; readonly item: string | undefined }
  | { readonly kind: 'bulk' }
  | { readonly kind: 'me' };

/** The methods of each kind of route (RFC 7644 §3.2, table 2); HEAD goes with GET, OPTIONS with all. */
const METHODS: Readonly<Record<Route['kind'], readonly string[]>> = {
  root: ['GET'],
  search: ['POST'],
  type: ['GET', 'POST'],
  resource: ['GET', 'PUT', 'PATCH', 'DELETE'],
  discovery: ['GET'],
  bulk: ['POST'],
  me: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
};

const ALLOWED = new Map(
  Object.entries(METHODS).map(([kind, [first = '', ...others]]) => [
    kind,
    [first, ...(first === 'GET' ? ['HEAD'] : []), ...others, 'OPTIONS'],
  ]),
);

/** The methods that a route takes, for Allow. */
export function methodsOf(route: Route): readonly string[] {
  return ALLOWED.get(route.kind) as readonly string[];
}

/**
 * Every path of a service provider, with the methods that it takes: for tests that must not miss one.
 * `:id`, `:name` and `:urn` stand for what varies.
 */
export function routeTable<Auth>(
  service: Service<Auth>,
): readonly { path: string; methods: readonly string[] }[] {
  const discovery = METHODS.discovery;
  return [
    { path: '/', methods: METHODS.root },
    { path: '/.search', methods: METHODS.search },
    { path: '/ServiceProviderConfig', methods: discovery },
    { path: '/ResourceTypes', methods: discovery },
    { path: '/ResourceTypes/:name', methods: discovery },
    { path: '/Schemas', methods: discovery },
    { path: '/Schemas/:urn', methods: discovery },
    { path: '/Bulk', methods: METHODS.bulk },
    { path: '/Me', methods: METHODS.me },
    ...service.resources.flatMap(({ type }) => [
      { path: type.endpoint, methods: METHODS.type },
      { path: `${type.endpoint}/.search`, methods: METHODS.search },
      { path: `${type.endpoint}/:id`, methods: METHODS.resource },
    ]),
  ];
}

const DISCOVERY = new Set<string>(['ServiceProviderConfig', 'Schemas', 'ResourceTypes']);

/** The route of a path's decoded segments; undefined when there is none. */
export function findRoute<Auth>(service: Service<Auth>, segments: readonly string[]): Route | undefined {
  const [first, second] = segments;
  if (first === undefined) return { kind: 'root' };
  if (segments.length > 2) return undefined;
  if (DISCOVERY.has(first)) return { kind: 'discovery', name: first as DiscoveryName, item: second };
  if (second === undefined) {
    if (first === '.search') return { kind: 'search', type: undefined };
    if (first === 'Bulk') return { kind: 'bulk' };
    if (first === 'Me') return { kind: 'me' };
  }
  const type =
    service.byEndpoint.get(`/${first}`)?.type ??
    (second === undefined ? service.byEndpoint.get(`/${first.replace(/\.scim$/, '')}`)?.type : undefined);
  if (!type) return undefined;
  if (second === undefined) return { kind: 'type', type };
  return second === '.search' ? { kind: 'search', type } : { kind: 'resource', type, id: second };
}
