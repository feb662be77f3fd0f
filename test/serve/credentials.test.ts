// HTTP Basic, and JWTs of an outside issuer, for a server on its own.
import { writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, run, scratch, type Serving, serve, stop } from './command.ts';

afterAll(cleanUp);

const memory = ['--database', ':memory:'];
const statusWith = async (server: Serving, authorization?: string) =>
  (await fetch(`${server.baseUrl}/Users`, { headers: authorization === undefined ? {} : { authorization } }))
    .status;
const typesOf = async (server: Serving) => {
  const response = await fetch(`${server.baseUrl}/ServiceProviderConfig`);
  const config = (await response.json()) as { authenticationSchemes: { type: string }[] };
  return config.authenticationSchemes.map(({ type }) => type);
};
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('HTTP Basic', () => {
  const file = join(scratch, 'passwords');
  writeFileSync(file, '# the directory\nidp:pa:ss #1\r\nother:w0rd\n');

  test.each<[string, readonly string[], Record<string, string>]>([
    ['--basic-auth-file', ['--basic-auth-file', file], {}],
    ['SCIMKIT_BASIC_AUTH_FILE', [], { SCIMKIT_BASIC_AUTH_FILE: file }],
  ])('%s', async (_name, args, environment) => {
    const server = await serve([...memory, ...args], environment);
    expect(server.output.stdout).toContain('curl -u');
    expect(await statusWith(server, basic('idp:pa:ss #1'))).toBe(200);
    expect(await statusWith(server, basic('other:w0rd'))).toBe(200);
    for (const wrong of ['idp:', 'idp:w0rd', 'other:pa:ss #1', '# the directory', ':', 'idp']) {
      expect(await statusWith(server, basic(wrong))).toBe(401);
    }
    expect(await statusWith(server)).toBe(401);
    expect(await typesOf(server)).toEqual(['httpbasic']);
    await stop(server);
    expect(server.output.stderr + server.output.stdout).not.toMatch(/pa:ss|w0rd/);
  });

  test('beside bearer tokens', async () => {
    const server = await serve([...memory, '--bearer-token', 'a-token', '--basic-auth-file', file]);
    expect(await statusWith(server, 'Bearer a-token')).toBe(200);
    expect(await statusWith(server, basic('other:w0rd'))).toBe(200);
    expect(await typesOf(server)).toEqual(['oauthbearertoken', 'httpbasic']);
    await stop(server);
  });

  test.each<[string, string, RegExp]>([
    ['empty', '\n# nobody\n', /has no name:password/],
    ['without a colon', 'idp:x\nsecret-word\n', /entry 2 is no name:password/],
    ['without a password', 'idp:\n', /entry 1 is no name:password/],
  ])('a file that is wrong: %s', async (name, content, message) => {
    const path = join(scratch, `wrong-${name.replaceAll(' ', '-')}`);
    writeFileSync(path, content);
    const { code, stderr } = await run(['serve', ...memory, '--basic-auth-file', path]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).not.toContain('secret-word');
  });
});

describe('JWTs', () => {
  const issuer = 'https://idp.example.com';
  const keysFile = join(scratch, 'keys.json');
  let sign: (claims: Record<string, unknown>) => Promise<string>;
  let issuerServer: HttpServer;
  let keysUrl: string;

  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] });
    writeFileSync(keysFile, keys);
    issuerServer = createServer((_request, response) => response.end(keys)).listen(0, '127.0.0.1');
    await new Promise((resolve) => issuerServer.once('listening', resolve));
    keysUrl = `http://127.0.0.1:${(issuerServer.address() as { port: number }).port}/keys`;
    sign = async (claims) => {
      const all = { iss: issuer, aud: 'scim', exp: Math.floor(Date.now() / 1000) + 60, ...claims };
      return `Bearer ${await new SignJWT(all).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(privateKey)}`;
    };
  });
  afterAll(() => issuerServer.close());

  test.each<[string, () => readonly string[], () => Record<string, string>]>([
    [
      'keys of a URL',
      () => [
        '--jwt-issuer',
        issuer,
        '--jwt-audience',
        'scim',
        '--jwt-keys',
        keysUrl,
        '--jwt-scope',
        'scim.write',
      ],
      () => ({}),
    ],
    [
      'keys of a file',
      () => [
        '--jwt-issuer',
        issuer,
        '--jwt-audience',
        'scim',
        '--jwt-keys',
        keysFile,
        '--jwt-scope',
        'scim.write',
      ],
      () => ({}),
    ],
    [
      'the environment',
      () => [],
      () => ({
        SCIMKIT_JWT_ISSUER: issuer,
        SCIMKIT_JWT_AUDIENCE: 'scim',
        SCIMKIT_JWT_KEYS: keysFile,
        SCIMKIT_JWT_SCOPE: 'scim.write',
      }),
    ],
  ])('%s', async (_name, args, environment) => {
    const server = await serve([...memory, ...args()], environment());
    expect(await statusWith(server, await sign({ scope: 'openid scim.write' }))).toBe(200);
    expect(await statusWith(server, await sign({ scope: 'openid' }))).toBe(403);
    expect(await statusWith(server, await sign({ scope: 'scim.write', aud: 'other' }))).toBe(401);
    expect(await statusWith(server, await sign({ scope: 'scim.write', iss: 'https://other.example' }))).toBe(
      401,
    );
    expect(await statusWith(server, await sign({ scope: 'scim.write', exp: 1 }))).toBe(401);
    expect(await statusWith(server, 'Bearer a.b.c')).toBe(401);
    expect(await typesOf(server)).toEqual(['oauthbearertoken']);
    await stop(server);
  });

  test('the banner tells of tokens where there are some', async () => {
    const trust = ['--jwt-issuer', issuer, '--jwt-audience', 'scim', '--jwt-keys', keysFile];
    const alone = await serve([...memory, ...trust]);
    expect(alone.output.stdout).toMatch(/JWT .*of https/);
    expect(alone.output.stdout).not.toContain('--new-token');
    await stop(alone);
    const beside = await serve([...memory, ...trust], { SCIMKIT_BEARER_TOKEN: 'a-token' });
    expect(beside.output.stdout).toMatch(/--new-token\n +JWT .*of https/);
    await stop(beside);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['one of three', ['--jwt-issuer', issuer], /belong together; --jwt-audience is missing/],
    ['a scope alone', ['--jwt-scope', 'x'], /--jwt-issuer is missing/],
    [
      'keys by plain HTTP',
      ['--jwt-issuer', issuer, '--jwt-audience', 'a', '--jwt-keys', 'http://idp.example.com/keys'],
      /https URL/,
    ],
    [
      'no such file',
      ['--jwt-issuer', issuer, '--jwt-audience', 'a', '--jwt-keys', '/no/such'],
      /--jwt-keys \/no\/such can't be read: ENOENT/,
    ],
    [
      'no key set',
      ['--jwt-issuer', issuer, '--jwt-audience', 'a', '--jwt-keys', join(scratch, 'no-keys.json')],
      /is no key set/,
    ],
  ])('%s is refused', async (_name, args, message) => {
    writeFileSync(join(scratch, 'no-keys.json'), '{}');
    const { code, stderr } = await run(['serve', ...memory, ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
