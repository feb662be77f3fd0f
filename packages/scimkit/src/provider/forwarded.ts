// Behind a proxy: what X-Forwarded-* say of the request that the proxy got, as far as the proxy is trusted.
import type { ScimRequest } from '../authentication/request.ts';

/** Whether the sender of a request is a trusted proxy: always, never, or by its address. */
export type ProxyTrust = boolean | ((address: string) => boolean);

/** A request as it was before the proxies. */
export interface Forwarded {
  /** Scheme and authority. */
  readonly origin: string;
  /** What a proxy cut off the path in front of the base path; "" when nothing. */
  readonly prefix: string;
  readonly remoteAddress: string | undefined;
}

const AUTHORITY = /^[A-Za-z0-9._-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/;
const PREFIX = /^(\/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+$/;

function list(header: string | undefined): readonly string[] {
  return (header ?? '')
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

/** An address without its port, and an IPv6 one without brackets. */
function withoutPort(text: string): string {
  return /^\[([^\]]*)\]/.exec(text)?.[1] ?? text.replace(/^([^:]+):\d+$/, '$1');
}

/**
 * Reads X-Forwarded-For, -Proto, -Host, -Port and -Prefix, each from the outermost trusted proxy: what stands to the
 * left of that, the client may have made up. From a sender that is not trusted, none of them counts.
 */
export function readForwarded(request: ScimRequest, origin: string, trust: ProxyTrust): Forwarded {
  const { headers, remoteAddress } = request;
  const trusts = (address: string) => trust === true || (typeof trust === 'function' && trust(address));
  const isTrusted = trust === true || (remoteAddress !== undefined && trusts(remoteAddress));
  if (!isTrusted) return { origin, prefix: '', remoteAddress };

  // From the right: each proxy adds the address that it was called from.
  const chain = list(headers['x-forwarded-for']).map(withoutPort);
  let proxies = 1;
  let index = chain.length - 1;
  while (index > 0 && trusts(chain[index] as string)) {
    index--;
    proxies++;
  }
  const read = (name: string): string | undefined => {
    const values = list(headers[name]);
    return values[trust === true ? 0 : Math.max(0, values.length - proxies)];
  };

  const proto = read('x-forwarded-proto')?.toLowerCase();
  const host = read('x-forwarded-host');
  const port = read('x-forwarded-port');
  const prefix = read('x-forwarded-prefix')?.replace(/\/+$/, '');
  const [, ownScheme = 'http', ownAuthority = ''] = /^(\w+):\/\/(.*)$/.exec(origin) ?? [];
  const scheme = proto === 'https' || proto === 'http' ? proto : ownScheme;
  const isHost = host !== undefined && AUTHORITY.test(host);
  const authority = isHost ? withPort(host, port, scheme) : ownAuthority;
  return {
    origin: `${scheme}://${authority}`,
    prefix: prefix !== undefined && PREFIX.test(prefix) && !/\/\.\.?(\/|$)/.test(prefix) ? prefix : '',
    remoteAddress: chain[index] ?? remoteAddress,
  };
}

/** A host with the port that the proxy listens on, unless it names one or the port goes without saying. */
function withPort(host: string, port: string | undefined, scheme: string): string {
  if (port === undefined || !/^\d{1,5}$/.test(port) || /:\d+$/.test(host.replace(/^\[.*\]/, ''))) return host;
  return port === (scheme === 'https' ? '443' : '80') ? host : `${host}:${port}`;
}
