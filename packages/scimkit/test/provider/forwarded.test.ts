import type { Exchange, ServiceProviderOptions, ScimRequest } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { trustedProxies } from 'scimkit/node';
import { describe, expect, test } from 'vitest';
import { type Auth, provider, user } from '../fixture.ts';

type Trust = ServiceProviderOptions<Auth>['trustProxy'];
const loopback = trustedProxies('loopback');

/** Where a request with these headers says that a user is, and whom it came from. */
async function seen(trustProxy: Trust, headers: Record<string, string>, more: Partial<ScimRequest> = {}) {
  const exchanges: Exchange<Auth>[] = [];
  const scim = provider(createMemoryDatabase(), {
    ...(trustProxy !== undefined && { trustProxy }),
    observe: (exchange) => exchanges.push(exchange),
  });
  const { headers: answered } = await scim.handle({
    method: 'POST',
    url: 'http://inner:8080/scim/v2/Users',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json', ...headers },
    body: { parsed: user('ada') },
    remoteAddress: '127.0.0.1',
    ...more,
  });
  return [answered.location?.replace(/\/Users\/.*/, ''), exchanges[0]?.request.remoteAddress];
}

const inner = 'http://inner:8080/scim/v2';
const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'scim.example.com' };

describe('X-Forwarded-* (must-handle 4)', () => {
  test.each<[string, Trust, Record<string, string>, string, string]>([
    ['nobody is trusted unless it is said', undefined, https, inner, '127.0.0.1'],
    ['nor is anybody else than who is', trustedProxies('10.0.0.0/8'), https, inner, '127.0.0.1'],
    ['a trusted proxy', loopback, https, 'https://scim.example.com/scim/v2', '127.0.0.1'],
    [
      'its prefix',
      loopback,
      { ...https, 'x-forwarded-prefix': '/tenants/acme/' },
      'https://scim.example.com/tenants/acme/scim/v2',
      '127.0.0.1',
    ],
    [
      'its port',
      loopback,
      { ...https, 'x-forwarded-port': '8443' },
      'https://scim.example.com:8443/scim/v2',
      '127.0.0.1',
    ],
    [
      'a port that goes without saying',
      loopback,
      { ...https, 'x-forwarded-port': '443' },
      'https://scim.example.com/scim/v2',
      '127.0.0.1',
    ],
    [
      'a port that the host has already',
      loopback,
      { 'x-forwarded-host': 'a.test:81', 'x-forwarded-port': '82' },
      'http://a.test:81/scim/v2',
      '127.0.0.1',
    ],
    [
      'an IPv6 host',
      loopback,
      { 'x-forwarded-host': '[2001:db8::1]', 'x-forwarded-port': '82' },
      'http://[2001:db8::1]:82/scim/v2',
      '127.0.0.1',
    ],
    [
      'the scheme alone',
      loopback,
      { 'x-forwarded-proto': 'HTTPS' },
      'https://inner:8080/scim/v2',
      '127.0.0.1',
    ],
    [
      'what the client put in front is not the proxy’s word',
      loopback,
      {
        'x-forwarded-for': '6.6.6.6, 203.0.113.9',
        'x-forwarded-host': 'evil.test, scim.example.com',
        'x-forwarded-proto': 'http, https',
      },
      'https://scim.example.com/scim/v2',
      '203.0.113.9',
    ],
    [
      'two trusted proxies: the outer one met the client',
      trustedProxies('loopback', '10.0.0.0/8'),
      {
        'x-forwarded-for': '6.6.6.6, 203.0.113.9:5555, 10.1.2.3',
        'x-forwarded-host': 'evil.test, scim.example.com, inner-proxy',
        'x-forwarded-proto': 'http, https, http',
      },
      'https://scim.example.com/scim/v2',
      '203.0.113.9',
    ],
    [
      'everybody: the leftmost',
      true,
      { 'x-forwarded-for': '[2001:db8::7]:99, 10.0.0.1', 'x-forwarded-host': 'a.test, b.test' },
      'http://a.test/scim/v2',
      '2001:db8::7',
    ],
    ['a host that is none', loopback, { 'x-forwarded-host': 'a.test/x?' }, inner, '127.0.0.1'],
    ['a host with credentials', loopback, { 'x-forwarded-host': 'a@b.test' }, inner, '127.0.0.1'],
    ['a scheme that is none', loopback, { 'x-forwarded-proto': 'javascript' }, inner, '127.0.0.1'],
    ['a prefix that leads elsewhere', loopback, { 'x-forwarded-prefix': '//evil.test' }, inner, '127.0.0.1'],
    ['a prefix that climbs', loopback, { 'x-forwarded-prefix': '/a/../b' }, inner, '127.0.0.1'],
    ['a prefix without a slash', loopback, { 'x-forwarded-prefix': 'a' }, inner, '127.0.0.1'],
    ['empty values', loopback, { 'x-forwarded-for': ' , ', 'x-forwarded-host': '' }, inner, '127.0.0.1'],
  ])('%s', async (_what, trust, headers, location, address) => {
    expect(await seen(trust, headers)).toEqual([location, address]);
  });

  test('a sender without an address is trusted only as everybody', async () => {
    const unknown = { remoteAddress: undefined };
    expect(await seen(loopback, https, unknown)).toEqual([inner, undefined]);
    expect(await seen(true, https, unknown)).toEqual(['https://scim.example.com/scim/v2', undefined]);
  });

  test('a fixed base URL wins', async () => {
    const scim = provider(createMemoryDatabase(), { trustProxy: true, baseUrl: 'https://fixed.test/scim' });
    const { headers } = await scim.handle({
      method: 'POST',
      url: 'http://inner/scim/v2/Users',
      headers: { authorization: 'Bearer secret', ...https },
      body: { parsed: user('ada') },
    });
    expect(headers.location).toMatch('https://fixed.test/scim/Users/');
  });
});

describe('trusted proxies', () => {
  test.each<[string, string, boolean]>([
    ['loopback', '127.9.9.9', true],
    ['loopback', '::1', true],
    ['loopback', '::ffff:127.0.0.1', true],
    ['loopback', '10.0.0.1', false],
    ['uniquelocal', '172.31.0.1', true],
    ['uniquelocal', '172.32.0.1', false],
    ['uniquelocal', 'fd00::1', true],
    ['linklocal', 'fe80::1%eth0', true],
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['0.0.0.0/0', 'nonsense', false],
  ])('%s, %s: %s', (range, address, expected) => {
    expect(trustedProxies(range)(address)).toBe(expected);
  });

  test.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', '2001:db8::/129', 'toString'])(
    '%j is refused',
    (range) => {
      expect(() => trustedProxies(range)).toThrow(TypeError);
    },
  );
});
