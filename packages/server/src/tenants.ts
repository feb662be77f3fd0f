// How a request's tenant is told: by its credential, by a segment of its path, or by its host.
import type { TenantOptions } from 'scimkit';
import { OptionError } from './option-error.ts';
import { type ServerOptions, TENANT_SOURCES, type TenantSource } from './options.ts';
import type { Scope } from './scope.ts';

const PARAMETER = /:tenant(?![A-Za-z0-9_])/;

/** Where the server's tenants are. */
export interface Tenants {
  readonly from: TenantSource;
  /** The path under which SCIM is served. */
  readonly basePath: string;
  /** What the library is told of it. */
  readonly options: { readonly tenant?: TenantOptions<Scope> };
  /** Whether a credential may act for the tenant that a URL names; for none, each may. */
  readonly permits: (scope: Scope, tenant: string | undefined) => boolean;
  /** The host with the tenant in its place, where that tells it. */
  readonly host: string | undefined;
}

/**
 * Reads what tells the tenant.
 *
 * @throws OptionError when options contradict each other.
 */
export function readTenants({
  tenantFrom: from = 'credential',
  tenantHost: host,
  allowAnonymous = false,
}: ServerOptions): Tenants {
  if (!TENANT_SOURCES.includes(from)) {
    throw new OptionError(`--tenant-from must be one of ${TENANT_SOURCES.join(', ')}, not '${from}'.`);
  }
  if (from !== 'host' && host !== undefined) {
    throw new OptionError('--tenant-host is for --tenant-from host; give both, or neither.');
  }
  // Hosts have no case, and tenants may.
  const nameOf = ({ tenant }: Scope) => (from === 'host' ? tenant.toLowerCase() : tenant);
  const permits = (scope: Scope, tenant: string | undefined) =>
    tenant === undefined || nameOf(scope) === tenant;
  const basePath = from === 'path' ? '/t/:tenant/scim/v2' : '/scim/v2';
  if (from === 'credential') return { from, basePath, permits, options: {}, host: undefined };
  if (from === 'path') return { from, basePath, permits, options: { tenant: { permits } }, host: undefined };
  const around = host?.split(PARAMETER) ?? [];
  if (host === undefined || around.length !== 2 || !around.every((part) => /^[A-Za-z0-9._-]*$/.test(part))) {
    throw new OptionError(
      '--tenant-from host takes --tenant-host: a host without a port in which :tenant stands once, such as ' +
        "':tenant.scim.example.com'.",
    );
  }
  if (allowAnonymous) {
    throw new OptionError(
      '--allow-anonymous answers requests to this machine by its own names alone, so that no host can tell a tenant; ' +
        'leave it out, or --tenant-from host.',
    );
  }
  return { from, basePath, permits, options: { tenant: { host, permits } }, host };
}

/** A URL or a host with a tenant in its place. */
export function ofTenant(pattern: string, tenant: string): string {
  return pattern.replace(PARAMETER, () => encodeURIComponent(tenant));
}

/**
 * A base URL as it stands in headers: ASCII alone, without a slash at its end, with `:tenant` as it is.
 *
 * @throws OptionError for what is no absolute URL, or has no place for the tenant, or one where there is none.
 */
export function parseBaseUrl(text: string, from: TenantSource): string {
  const name = 'scimkit-tenant';
  const url = text.replace(PARAMETER, name);
  if (!/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(text) || !URL.canParse(url)) {
    throw new OptionError(
      `--base-url must be an absolute URL without a query, such as https://example.com/scim/v2, not '${text}'.`,
    );
  }
  const isNamed = url !== text;
  if (isNamed !== (from !== 'credential')) {
    throw new OptionError(
      isNamed
        ? '--base-url has :tenant, and --tenant-from says that the credential alone tells it.'
        : `--base-url must have :tenant where --tenant-from is ${from}, such as https://example.com/t/:tenant/scim/v2.`,
    );
  }
  const { href } = new URL(url);
  return (isNamed ? href.replace(name, ':tenant') : href).replace(/\/+$/, '');
}
