// `scimkit token`: what it makes and revokes counts at once in a server that runs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hashToken } from 'scimkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, run, scratch, type Serving, serve, stop } from './command.ts';

afterAll(cleanUp);

const path = join(scratch, 'tokens.db');
const database = ['--database', path];
const token = (...args: readonly string[]) => run(['token', ...args]);

/** Makes a token; what is told of it is on the standard error, and the token alone on the other. */
async function made(...args: readonly string[]) {
  const { code, stdout, stderr } = await token('create', ...database, ...args);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^scimkit_[\w-]{43}\n$/)]);
  expect(stderr).not.toContain(stdout.trim());
  return { token: stdout.trim(), id: /^Token ([0-9a-f]{12}) /.exec(stderr)?.[1] as string, told: stderr };
}

/** The line of a token in the list, in columns. */
async function listed(id: string, ...args: readonly string[]) {
  const { code, stdout } = await token('list', ...database, ...args);
  expect(code).toBe(0);
  const line = stdout.split('\n').find((text) => text.startsWith(id));
  return line?.split(/ {2,}/);
}

describe('beside a server that runs', () => {
  let server: Serving;
  beforeAll(async () => {
    server = await serve([...database, '--create-token']);
    return () => stop(server);
  });
  const statusWith = async (bearer: string) => (await server.fetch('/Users', {}, bearer)).status;
  const post = async (bearer: string, userName: string) => {
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
    const body = JSON.stringify({ schemas, userName });
    return (await server.fetch('/Users', { method: 'POST', body }, bearer)).status;
  };
  const total = async (bearer: string) =>
    ((await (await server.fetch('/Users', {}, bearer)).json()) as { totalResults: number }).totalResults;

  test('a token is shown once, kept as its hash, and is its tenant’s and connection’s', async () => {
    const acme = await made('--tenant', 'acme', '--connection', 'main');
    const second = await made('--tenant', 'acme', '--connection', 'second');
    const globex = await made('--tenant', 'globex');
    expect(acme.told).toMatch(/for tenant "acme", connection "main"; expires never/);
    expect(globex.told).toMatch(/for tenant "globex", connection "default"/);
    expect(await post(acme.token, 'ada')).toBe(201);
    // A name is one's own within the tenant, over its connections.
    expect(await post(second.token, 'ada')).toBe(409);
    expect(await post(globex.token, 'ada')).toBe(201);
    expect(await post(globex.token, 'bob')).toBe(201);
    expect(await Promise.all([acme, second, globex].map(({ token: each }) => total(each)))).toEqual([
      1, 0, 2,
    ]);
    expect(await total(server.token as string)).toBe(0);

    const files = readdirSync(scratch).filter((name) => name.startsWith('tokens.db'));
    const stored = files.map((name) => readFileSync(join(scratch, name), 'latin1')).join('');
    const list = (await token('list', ...database)).stdout;
    expect(stored).toContain(await hashToken(acme.token));
    for (const text of [stored, list, server.output.stderr, server.output.stdout]) {
      expect(text).not.toContain(acme.token);
    }
    expect((await hashToken(acme.token)).startsWith(acme.id)).toBe(true);
  });

  test('--name, and the lists of a tenant and a connection', async () => {
    const { id } = await made('--tenant', 'listed', '--connection', 'one', '--name', 'of the directory');
    const other = await made('--tenant', 'listed', '--connection', 'two');
    expect(await listed(id)).toEqual([
      ...[id, 'listed', 'one', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), 'valid', 'of the directory'],
    ]);
    expect(await listed(id, '--tenant', 'listed')).toBeDefined();
    expect(await listed(id, '--tenant', 'acme')).toBeUndefined();
    expect(await listed(id, '--connection', 'one')).toBeDefined();
    expect(await listed(other.id, '--tenant', 'listed', '--connection', 'one')).toBeUndefined();
  });

  test('what is revoked is dead at once, and stays so', async () => {
    const { token: bearer, id } = await made('--tenant', 'acme');
    expect(await statusWith(bearer)).toBe(200);
    expect(await token('revoke', ...database, id)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`Token ${id} for tenant "acme", connection "default" is revoked`),
    });
    expect(await statusWith(bearer)).toBe(401);
    const first = (await listed(id))?.[4];
    expect(first).toMatch(/^revoked \d{4}-/);
    expect((await token('revoke', ...database, id)).code).toBe(0);
    expect((await listed(id))?.[4]).toBe(first);
  });

  test('--expires: afterwards it is dead, without a restart', async () => {
    const date = new Date(Date.now() + 1_500).toISOString();
    const { token: bearer, id, told } = await made('--expires', date);
    expect(told).toContain(`expires ${date}`);
    expect(await statusWith(bearer)).toBe(200);
    await expect.poll(() => statusWith(bearer), { timeout: 20_000 }).toBe(401);
    expect((await listed(id))?.[4]).toBe(`expired ${date}`);
  });

  test.each([
    ['90d', 90 * 86_400_000],
    ['12h', 12 * 3_600_000],
    ['30m', 30 * 60_000],
  ])('--expires %s', async (text, milliseconds) => {
    const before = Date.now();
    const { id } = await made('--expires', text);
    const until = Date.parse((await listed(id))?.[4]?.replace('expires ', '') ?? '');
    expect(until).toBeGreaterThanOrEqual(before + milliseconds);
    expect(until).toBeLessThanOrEqual(Date.now() + milliseconds);
  });

  test('--expires with a date is the beginning of that day, in UTC', async () => {
    const { id } = await made('--expires', '2999-12-31');
    expect((await listed(id))?.[4]).toBe('expires 2999-12-31T00:00:00.000Z');
  });
});

test('a token counts at once, too, where the server was started with none', async () => {
  const file = join(scratch, 'basic.db');
  const { writeFileSync } = await import('node:fs');
  const passwords = join(scratch, 'passwords');
  writeFileSync(passwords, 'idp:password\n');
  const server = await serve(['--database', file, '--basic-auth-file', passwords]);
  const { stdout } = await run(['token', 'create'], { SCIMKIT_DATABASE: file });
  expect((await server.fetch('/Users', {}, stdout.trim())).status).toBe(200);
  expect((await server.fetch('/Users', {}, 'another')).status).toBe(401);
  await stop(server);
});

test('tokens of an older file stay, and are the default tenant’s; a token can be made before the first start', async () => {
  const file = join(scratch, 'older.db');
  const older = new DatabaseSync(file);
  older.exec('CREATE TABLE credential (hash TEXT PRIMARY KEY, created TEXT NOT NULL) STRICT, WITHOUT ROWID');
  older
    .prepare('INSERT INTO credential VALUES (?, ?)')
    .run(await hashToken('from-before'), '2026-01-31T12:00:00.000Z');
  older.close();
  const list = await run(['token', 'list', '--database', file]);
  expect(list.stdout).toMatch(/ default +default +2026-01-31T12:00:00\.000Z +valid\n/);
  const { stdout } = await run(['token', 'create', '--database', `sqlite:${file}`, '--tenant', 'acme']);
  const server = await serve(['--database', file]);
  for (const bearer of ['from-before', stdout.trim()]) {
    expect((await server.fetch('/Users', {}, bearer)).status).toBe(200);
  }
  await stop(server);
});

test('a server whose tokens are all over makes one, if it is to', async () => {
  const file = ['--database', join(scratch, 'over.db')];
  const first = await serve([...file, '--create-token']);
  await stop(first);
  const id = (await hashToken(first.token as string)).slice(0, 12);
  expect((await run(['token', 'revoke', ...file, id])).code).toBe(0);
  expect(await run(['serve', ...file])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/No credential/),
  });
  const second = await serve([...file, '--create-token']);
  expect(second.token).toMatch(/^scimkit_/);
  await stop(second);
});

describe('a wrong use: one sentence, and an exit code', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ['nothing to do', [], 2, /create[\s\S]*list[\s\S]*revoke/],
    ['no id', ['revoke', ...database], 2, /missing required argument 'id'/],
    [
      'an id that there is not',
      ['revoke', ...database, '000000000000'],
      1,
      /no token with the id '000000000000'/,
    ],
    ['a part of an id', ['revoke', ...database, '0'], 1, /no token with the id '0'/],
    ['no such file', ['list', '--database', join(scratch, 'none.db')], 2, /none\.db: there is no such file/],
    ['no such file to revoke in', ['revoke', '--database', join(scratch, 'none.db'), 'x'], 2, /no such file/],
    ['memory', ['create', '--database', ':memory:'], 2, /gone with its process/],
    ['no database', ['create', '--database', scratch], 1, /can't be opened/],
    ['another kind', ['create', '--database', 'mysql://x'], 2, /mysql/],
    ['no name', ['create', ...database, '--tenant', ''], 2, /the tenant must have a name/],
    ['a name for no path', ['create', ...database, '--tenant', '..'], 2, /the tenant must have a name/],
    [
      'a connection on two lines',
      ['create', ...database, '--connection', 'a\nb'],
      2,
      /the connection must have a name/,
    ],
    ['words on two lines', ['create', ...database, '--name', 'a\nb'], 2, /on one line/],
    ['an end that is over', ['create', ...database, '--expires', '2020-01-31'], 2, /That is over/],
    ['an end that is none', ['create', ...database, '--expires', '90'], 2, /90d, 12h or 30m/],
    ['a day that is none', ['create', ...database, '--expires', '2999-02-77'], 2, /2030-01-31/],
    ['too much', ['create', ...database, 'x'], 2, /too many arguments/],
  ])('%s', async (_what, args, expected, message) => {
    const { code, stdout, stderr } = await token(...args);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(message);
    if (args.length > 0) expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

test('--help tells what there is', async () => {
  expect((await token('--help')).stdout).toMatch(/create[\s\S]*list[\s\S]*revoke[\s\S]*Examples:/);
  const { stdout } = await token('create', '--help');
  for (const name of ['database', 'tenant', 'connection', 'name', 'expires'])
    expect(stdout).toContain(`--${name}`);
  expect(stdout.replace(/\s+/g, ' ')).toContain('SCIMKIT_DATABASE');
});
