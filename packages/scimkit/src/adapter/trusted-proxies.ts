// Proxies by their addresses, for `trustProxy`.
import { BlockList, isIP } from 'node:net';

/** Ranges that have names. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/**
 * Trusts proxies by address: single ones, ranges in CIDR notation, and the names "loopback", "linklocal" and
 * "uniquelocal".
 *
 * @throws TypeError for what is none of these.
 *
 * @example
 * createServiceProvider({ ...options, trustProxy: trustedProxies('loopback', '10.1.0.0/16') });
 */
export function trustedProxies(...ranges: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList();
  for (const range of ranges.flatMap((name) => (Object.hasOwn(NAMED, name) ? NAMED[name] : name) ?? [])) {
    const [address = '', bits] = range.split('/');
    const family = familyOf(address);
    const maxBits = family === 'ipv6' ? 128 : 32;
    if (isIP(address) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits))) {
      throw new TypeError(
        `"${range}" is no address, no range such as 10.0.0.0/8, and none of ${Object.keys(NAMED).join(', ')}`,
      );
    }
    trusted.addSubnet(address, bits === undefined ? maxBits : Number(bits), family);
  }
  return (address) => {
    // A socket that takes both families shows IPv4 addresses as IPv6 ones.
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
    return isIP(plain) !== 0 && trusted.check(plain, familyOf(plain));
  };
}
