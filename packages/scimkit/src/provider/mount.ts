// Where a service provider is mounted, and which tenant a URL names: by a segment of its path, by its host, or not at all.

/** Options of tenants that are named by the URL: by `basePath`, such as "/t/:tenant/scim/v2", or by the host. */
export interface TenantOptions<Auth> {
  /**
   * The host with the tenant in its place, such as ":tenant.scim.example.com"; the tenant is told in lower case. Leave it
   * out when `basePath` names the tenant.
   */
  readonly host?: string;
  /**
   * Whether the caller may act for the tenant that the URL names. Unless it is true, the answer is that to an unknown
   * credential, whether there is such a tenant or not.
   */
  readonly permits: (auth: Auth, tenant: string) => boolean | Promise<boolean>;
}

/** A URL that lies under the base path. */
export interface Place {
  /** As the URL names it; undefined where it names none. */
  readonly tenant: string | undefined;
  /** The base path, with the tenant in it. */
  readonly basePath: string;
  /** What follows the base path: "", or something that begins with a slash. */
  readonly below: string;
}

/** Where a service provider is mounted. */
export interface Mount {
  readonly namesTenant: boolean;
  /** The place, for people: what stands for the tenant is in it as `:tenant`. */
  readonly description: string;
  /** Whether a path lies under the base path, whatever it names as the tenant. */
  serves(path: string): boolean;
  /** The place of a URL, by its origin and its path; undefined when it lies elsewhere, or names no tenant. */
  locate(origin: string, path: string): Place | undefined;
}

/** Characters of a tenant's name: it is looked up with every request. */
const MAX_NAME = 256;

const PARAMETER = ':tenant';

/** A `:tenant` that is no part of a longer word. */
const ANY_PARAMETER = /:tenant(?![A-Za-z0-9_])/;

/** Control characters are in no name, and databases refuse some of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** A URL with the tenant in the place of `:tenant`. */
export function withTenant(pattern: string, tenant: string | undefined): string {
  return tenant === undefined ? pattern : pattern.replace(ANY_PARAMETER, () => encodeURIComponent(tenant));
}

/** The name that a segment of a path stands for; undefined when it is none that URLs can carry. */
function nameOf(segment: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(segment);
  } catch {
    return undefined;
  }
  // Clients take "." and ".." out of paths, however they are written.
  const isName =
    name !== '' && name !== '.' && name !== '..' && name.length <= MAX_NAME && !CONTROL.test(name);
  return isName ? name : undefined;
}

/** What follows a prefix of whole segments; undefined when a path has another one. */
function below(path: string, prefix: string): string | undefined {
  if (!path.startsWith(prefix)) return undefined;
  const rest = path.slice(prefix.length);
  return rest === '' || rest.startsWith('/') ? rest : undefined;
}

/** Mounted under one path; the host names the tenant, if anything does. */
function fixedMount(basePath: string, host?: { readonly pattern: string; readonly regExp: RegExp }): Mount {
  return {
    namesTenant: host !== undefined,
    description: `${host?.pattern ?? ''}${basePath}` || '/',
    serves: (path) => below(path, basePath) !== undefined,
    locate(origin, path) {
      const rest = below(path, basePath);
      if (rest === undefined) return undefined;
      if (!host) return { tenant: undefined, basePath, below: rest };
      const tenant = host.regExp.exec(hostOf(origin))?.[1];
      return tenant === undefined ? undefined : { tenant, basePath, below: rest };
    },
  };
}

/** Mounted under a path whose one segment is the tenant. */
function tenantMount(basePath: string): Mount {
  const at = basePath.indexOf(PARAMETER);
  const before = basePath.slice(0, at);
  const after = basePath.slice(at + PARAMETER.length);
  const split = (path: string) => {
    if (!path.startsWith(before)) return undefined;
    const slash = path.indexOf('/', before.length);
    const end = slash < 0 ? path.length : slash;
    const rest = below(path.slice(end), after);
    return rest === undefined ? undefined : { segment: path.slice(before.length, end), below: rest };
  };
  return {
    namesTenant: true,
    description: basePath,
    serves: (path) => split(path) !== undefined,
    locate(_origin, path) {
      const parts = split(path);
      const tenant = parts && nameOf(parts.segment);
      if (!parts || tenant === undefined) return undefined;
      return { tenant, basePath: `${before}${encodeURIComponent(tenant)}${after}`, below: parts.below };
    },
  };
}

/** The host of an origin, in lower case, without its port and the dot that may stand at its end. */
function hostOf(origin: string): string {
  return origin
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/:\d*$/, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** Matches hosts; the tenant is a label of the host, or a part of one. */
function hostRegExp(pattern: string): RegExp {
  const parts = pattern.toLowerCase().split(ANY_PARAMETER);
  if (parts.length !== 2 || !parts.every((part) => /^[a-z0-9._-]*$/.test(part))) {
    throw new TypeError(
      '"tenant.host" is a host name without a port in which ":tenant" stands once, such as ":tenant.scim.example.com"',
    );
  }
  const [before = '', after = ''] = parts.map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${before}([a-z0-9_-]{1,63})${after}$`);
}

/**
 * Where a service provider is mounted.
 *
 * @throws TypeError that names the option, when one is wrong or two contradict each other.
 */
export function createMount(
  basePath: string,
  tenant: TenantOptions<never> | undefined,
  baseUrl: unknown,
): Mount {
  if (!/^(\/[^\s/?#]+)*$/.test(basePath)) {
    throw new TypeError(
      '"basePath" begins with a slash and has none at its end, such as "/scim/v2"; or is "" for the root',
    );
  }
  const parameters = basePath.split('/').filter((segment) => /^:|:tenant/.test(segment));
  if (parameters.length > 1 || parameters.some((segment) => segment !== PARAMETER)) {
    throw new TypeError(
      '"basePath" can have one segment that stands for something, ":tenant", such as in "/t/:tenant/scim/v2"',
    );
  }
  const namesTenant = parameters.length > 0 || tenant?.host !== undefined;
  if (parameters.length > 0 && tenant?.host !== undefined) {
    throw new TypeError('"basePath" and "tenant.host" both name the tenant; leave one of them out');
  }
  if (namesTenant && typeof tenant?.permits !== 'function') {
    throw new TypeError(
      '"tenant.permits" is missing: where the URL names the tenant, it says whether the caller may act for it, such as ' +
        '(auth, tenant) => auth.tenant === tenant',
    );
  }
  if (tenant && !namesTenant) {
    throw new TypeError(
      '"tenant" is for tenants that the URL names: put ":tenant" into "basePath", or into "tenant.host"',
    );
  }
  assertBaseUrl(baseUrl, namesTenant, tenant?.host !== undefined);
  if (parameters.length > 0) return tenantMount(basePath);
  const host = tenant?.host;
  return host === undefined
    ? fixedMount(basePath)
    : fixedMount(basePath, { pattern: host, regExp: hostRegExp(host) });
}

/** A fixed base URL leads to one tenant's resources, unless the tenant is in it. */
function assertBaseUrl(baseUrl: unknown, namesTenant: boolean, isByHost: boolean): void {
  if (typeof baseUrl !== 'string') return;
  const pieces = baseUrl.split(ANY_PARAMETER);
  if (!/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(baseUrl)) {
    throw new TypeError(
      '"baseUrl" is an absolute URL without a query, such as "https://example.com/scim/v2"',
    );
  }
  if (namesTenant && pieces.length !== 2) {
    throw new TypeError(
      '"baseUrl" must have ":tenant" once, such as "https://example.com/t/:tenant/scim/v2": the URL names the tenant',
    );
  }
  if (!namesTenant && pieces.length > 1) {
    throw new TypeError('"baseUrl" has ":tenant", and neither "basePath" nor "tenant.host" names one');
  }
  // Whatever a path can name is no host.
  if (namesTenant && !isByHost && !pieces[0]?.slice('https://'.length).includes('/')) {
    throw new TypeError(
      '"baseUrl" can have ":tenant" in its host where "tenant.host" names the tenant alone',
    );
  }
}
