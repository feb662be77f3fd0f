import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, root, run, scratch, serve, stop } from './command.ts';

afterAll(cleanUp);

const file = join(scratch, 'tokens');
writeFileSync(file, '# of the file\nfrom-file-1\n\nfrom-file-2 # the second\nwith#in,it\r\n');
mkdirSync(join(scratch, 'folder'));
const memory = ['--database', ':memory:'];
const token = ['--bearer-token', 'a-token'];

describe('a wrong option, no credential, anonymous beside a token (parity 35): one sentence, exit code 2', () => {
  test.each<[string, readonly string[], Record<string, string>, RegExp]>([
    ['unknown', ['--nope'], {}, /unknown option '--nope'/],
    ['misspelt', ['--prot', '1'], {}, /unknown option '--prot'.*Did you mean --port/],
    ['empty hostname', ['--hostname', ''], {}, /--hostname.*0\.0\.0\.0/],
    ['hostname, environment', [], { SCIMKIT_HOSTNAME: '' }, /--hostname.*0\.0\.0\.0/],
    ['port', ['--port', 'http'], {}, /--port.*'http'.*0 to 65535/],
    ['port too large', ['--port', '70000'], {}, /0 to 65535/],
    ['port, environment', [], { SCIMKIT_PORT: 'x' }, /SCIMKIT_PORT.*0 to 65535/],
    ['database of another kind', ['--database', 'mysql://x'], {}, /mysql:.*postgres:/],
    ['empty database', ['--database', ''], {}, /--database/],
    ['durability', ['--durability', 'none'], {}, /full, normal/],
    ['base URL', ['--base-url', 'example.com'], {}, /absolute URL/],
    ['empty token (ToolJet 16217)', ['--bearer-token', ''], {}, /--bearer-token/],
    ['an empty token among others', ['--bearer-token', 'x', '--bearer-token', ''], {}, /--bearer-token/],
    ['empty token, environment', [], { SCIMKIT_BEARER_TOKEN: ' , ' }, /SCIMKIT_BEARER_TOKEN.*empty/],
    ['token file that is not there', ['--bearer-token-file', '/no/such/file'], {}, /no\/such\/file.*ENOENT/],
    ['token file without token', ['--bearer-token-file', '/dev/null'], {}, /has no token/],
    ['switch, environment', [], { SCIMKIT_STRICT: 'maybe' }, /SCIMKIT_STRICT.*true or false/],
    ['drain timeout', ['--drain-timeout', 'soon'], {}, /seconds/],
    ['endless drain timeout', ['--drain-timeout', '9999999999'], {}, /86400/],
    ['too many arguments', ['extra'], {}, /too many arguments/],
    ['no credential at all (ToolJet 16217)', memory, {}, /--bearer-token.*--create-token.*--allow-anonymous/],
    [
      'anonymous for everybody',
      [...memory, '--allow-anonymous', '--hostname', '0.0.0.0'],
      {},
      /this machine alone/,
    ],
    ['anonymous with a token', [...memory, ...token, '--allow-anonymous'], {}, /exclude each other/],
  ])('%s', async (_what, args, environment, message) => {
    const { code, stdout, stderr } = await run(['serve', ...args], environment);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([2, '']);
  });

  test('an unknown command', async () => {
    const { code, stderr } = await run(['serv']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: unknown command 'serv'.*Did you mean serve.*\n$/);
  });
});

describe('a failure of the surroundings: one sentence, exit code 1', () => {
  test('the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const result = await run(['serve', ...memory, ...token, '--port', String(port)]);
    other.close();
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/taken.*--port/);
  });

  test('the database is a folder', async () => {
    const result = await run(['serve', ...token, '--database', join(scratch, 'folder')]);
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: the database .*folder can't be opened/),
    });
  });

  test('the database is something else', async () => {
    const result = await run(['serve', ...token, '--database', file]);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^error: the database .*tokens can't be opened: .*not a database\n$/);
  });

  test('the address is not of this machine', async () => {
    const result = await run(['serve', ...memory, ...token, '--hostname', '192.0.2.1']);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: can't listen on .*\n$/) });
  });

  test('a Node that is too old is told so, before anything is loaded that it has not', () => {
    const pretend = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})";
    const bin = join(root, 'packages/cli/bin/scimkit.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', pretend, bin, 'serve'], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^scimkit needs Node 22\.18 or newer; this is 20\.20\.2\.\n$/);
  });

  test('the database is of a newer version', async () => {
    const path = join(scratch, 'newer.db');
    await stop(await serve([...token, '--database', path]));
    const database = new DatabaseSync(path);
    database.exec('INSERT INTO scimkit_schema (version) VALUES (999)');
    database.close();
    const result = await run(['serve', ...token, '--database', path]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/999.*newer scimkit/);
  });
});

describe('every option has an effect, on the command line and in the environment', () => {
  const both = (
    option: string,
    value: string,
  ): readonly [string, readonly string[], Record<string, string>][] => [
    [`--${option}`, [`--${option}`, value], {}],
    [
      `SCIMKIT_${option.toUpperCase().replaceAll('-', '_')}`,
      [],
      { [`SCIMKIT_${option.toUpperCase().replaceAll('-', '_')}`]: value },
    ],
  ];

  test.each(both('hostname', '127.0.0.2'))('%s (parity 36)', async (_name, args, environment) => {
    const server = await serve([...memory, ...token, ...args], environment);
    expect(server.origin).toMatch('http://127.0.0.2:');
    expect((await server.fetch('/Users', {}, 'a-token')).status).toBe(200);
    await stop(server);
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  );
  test.each<[hostname: string, origin: string]>([
    ['0.0.0.0', 'http://127.0.0.1:'],
    ...((hasIpv6
      ? [
          ['::1', 'http://[::1]:'],
          ['[::1]', 'http://[::1]:'],
        ]
      : []) as [string, string][]),
  ])('--hostname %s is reached at %s', async (hostname, origin) => {
    const server = await serve([...memory, ...token, '--hostname', hostname]);
    expect(server.baseUrl).toMatch(origin);
    expect((await server.fetch('/Users', {}, 'a-token')).status).toBe(200);
    await stop(server);
  });

  test('SCIMKIT_PORT, and the command line before it (parity 36)', async () => {
    const server = await serve([...memory, ...token], { SCIMKIT_PORT: '1' });
    expect(new URL(server.origin).port).not.toBe('1');
    await stop(server);
  });

  test.each([
    ...both('database', join(scratch, 'plain.db')),
    ...both('database', `sqlite:${join(scratch, 'url.db')}`),
    ...both('database', `sqlite://${join(scratch, 'url%20slashes.db')}`),
  ])('%s: what is written is there after a restart', async (_name, args, environment) => {
    const body = JSON.stringify({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: `${Math.random()}`,
    });
    const first = await serve([...token, ...args], environment);
    const created = await first.fetch('/Users', { method: 'POST', body }, 'a-token');
    const { id } = (await created.json()) as { id: string };
    expect(await stop(first)).toBe(0);
    const second = await serve([...token, ...args], environment);
    expect((await second.fetch(`/Users/${id}`, {}, 'a-token')).status).toBe(200);
    await stop(second);
  });

  test.each(both('durability', 'normal'))('%s is taken', async (_name, args, environment) => {
    await stop(await serve([...memory, ...token, ...args], environment));
  });

  test.each<[string, readonly string[], Record<string, string>, readonly string[]]>([
    [
      '--bearer-token, twice',
      ['--bearer-token', 'token-1', '--bearer-token', 'token-2'],
      {},
      ['token-1', 'token-2'],
    ],
    ['--bearer-token with a comma', ['--bearer-token', 'x,y'], {}, ['x,y']],
    ['SCIMKIT_BEARER_TOKEN', [], { SCIMKIT_BEARER_TOKEN: 'token-1, token-2' }, ['token-1', 'token-2']],
    ['--bearer-token-file', ['--bearer-token-file', file], {}, ['from-file-1', 'from-file-2', 'with#in,it']],
    ['SCIMKIT_BEARER_TOKEN_FILE', [], { SCIMKIT_BEARER_TOKEN_FILE: file }, ['from-file-1', 'from-file-2']],
    [
      'file and option together',
      ['--bearer-token-file', file, '--bearer-token', 'token-1'],
      {},
      ['from-file-1', 'token-1'],
    ],
  ])('%s (parity 35)', async (_name, args, environment, accepted) => {
    const server = await serve([...memory, ...args], environment);
    // What `ps` shows to everybody: nothing of a token that was not on the command line.
    const commandLine = `/proc/${server.child.pid}/cmdline`;
    if (!args.includes('--bearer-token') && existsSync(commandLine)) {
      for (const hidden of accepted) expect(readFileSync(commandLine, 'utf8')).not.toContain(hidden);
    }
    for (const good of accepted) expect((await server.fetch('/Users', {}, good)).status).toBe(200);
    for (const bad of ['', '#', 'of', 'three', 'x', 'with', [...accepted, 'more'].join(' ')]) {
      expect((await server.fetch('/Users', {}, bad)).status).toBe(401);
    }
    expect(server.output.stdout).not.toContain(accepted[0]);
    await stop(server);
  });

  test.each(both('base-url', 'https://scim.example.com/in/scim/v2/'))(
    '%s',
    async (_name, args, environment) => {
      const server = await serve([...memory, ...token, ...args], environment);
      expect(server.baseUrl).toBe('https://scim.example.com/in/scim/v2');
      const response = await server.fetch('/ServiceProviderConfig');
      const config = (await response.json()) as { meta: { location: string } };
      expect(config.meta.location).toBe('https://scim.example.com/in/scim/v2/ServiceProviderConfig');
      await stop(server);
    },
  );

  test.each<[string, readonly string[], Record<string, string>, number]>([
    ['by default', [], {}, 200],
    ['--strict', ['--strict'], {}, 400],
    ['SCIMKIT_STRICT=true', [], { SCIMKIT_STRICT: 'true' }, 400],
    ['SCIMKIT_STRICT=false', [], { SCIMKIT_STRICT: 'false' }, 200],
  ])('an unquoted filter value, %s: %i', async (_name, args, environment, status) => {
    const server = await serve([...memory, ...token, ...args], environment);
    expect((await server.fetch('/Users?filter=userName+eq+ada', {}, 'a-token')).status).toBe(status);
    await stop(server);
  });

  test.each<[string, readonly string[], Record<string, string>]>([
    ['--allow-anonymous', ['--allow-anonymous'], {}],
    ['SCIMKIT_ALLOW_ANONYMOUS', ['--hostname', 'localhost'], { SCIMKIT_ALLOW_ANONYMOUS: '1' }],
  ])('%s: no credential is needed, and the banner says so (parity 35)', async (_name, args, environment) => {
    const server = await serve([...memory, ...args], environment);
    expect(server.output.stdout).toMatch(/WARNING: --allow-anonymous/);
    expect((await fetch(`${server.origin}/scim/v2/Users`)).status).toBe(200);
    await stop(server);
  });
});

test('--help has every option with its variable, and examples; --version is one line', async () => {
  const { code, stdout } = await run(['serve', '--help']);
  expect(code).toBe(0);
  for (const name of [
    ...['hostname', 'port', 'tls-cert', 'tls-key', 'database', 'durability', 'schema', 'resource-type'],
    ...['dump-resources', 'load-resources', 'bearer-token', 'bearer-token-file', 'create-token', 'new-token'],
    ...[
      'basic-auth-file',
      'jwt-issuer',
      'jwt-audience',
      'jwt-keys',
      'jwt-scope',
      'allow-anonymous',
      'base-url',
    ],
    ...['tenant-from', 'tenant-host', 'resources-tenant', 'resources-connection'],
    ...['jwt-tenant-claim', 'jwt-connection-claim'],
    ...['trust-proxy', 'strict', 'limit', 'drain-timeout', 'log-level', 'verbose-errors'],
  ]) {
    expect(stdout).toContain(`--${name}`);
    expect(stdout.replace(/\s+/g, ' ')).toContain(`SCIMKIT_${name.toUpperCase().replaceAll('-', '_')}`);
  }
  expect(stdout).toMatch(/Examples:[\s\S]*scimkit serve --create-token/);
  const manifest = readFileSync(join(root, 'packages/cli/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});
