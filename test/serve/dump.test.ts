// --dump-resources and --load-resources: what a server keeps between two runs without a database.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, run, scratch, type Serving, serve, stop } from './command.ts';

afterAll(cleanUp);

const memory = ['--database', ':memory:', '--bearer-token', 'a-token'];
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
let count = 0;
const fresh = () => join(scratch, `dump-${count++}.json`);

async function create(server: Serving, path: string, body: Record<string, unknown>) {
  const response = await server.fetch(path, { method: 'POST', body: JSON.stringify(body) }, 'a-token');
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string };
}

async function read(server: Serving, path: string): Promise<unknown> {
  const text = await (await server.fetch(path, {}, 'a-token')).text();
  return JSON.parse(text.replaceAll(server.baseUrl, ''));
}

async function filled(path: string, environment: Record<string, string> = {}) {
  const args = Object.keys(environment).length > 0 ? memory : [...memory, '--dump-resources', path];
  const server = await serve(args, environment);
  const ada = await create(server, '/Users', {
    schemas: [USER],
    userName: 'ada',
    password: 'hunter2-SECRET',
  });
  const group = await create(server, '/Groups', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName: 'Readers',
    members: [{ value: ada.id }],
  });
  return { server, ada, group };
}

test.each<[NodeJS.Signals]>([['SIGTERM'], ['SIGINT'], ['SIGHUP']])(
  '%s: the dump is whole, private, and has no secret (dumps and logs in the field; parity 37)',
  async (signal) => {
    const path = fresh();
    const { server } = await filled(path);
    expect(server.output.stdout).toContain(path);
    expect(existsSync(path)).toBe(false);
    server.child.kill(signal);
    expect(await server.exited).toBe(0);
    const text = readFileSync(path, 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      totalResults: 2,
      Resources: [{ userName: 'ada' }, { displayName: 'Readers' }],
    });
    expect(text).not.toMatch(/SECRET|a-token/);
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(readdirSync(scratch).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  },
);

test('while requests are under way, they are finished first, and are in the dump', async () => {
  const path = fresh();
  const { server } = await filled(path);
  const more = Array.from({ length: 30 }, (_, i) =>
    create(server, '/Users', { schemas: [USER], userName: `u${i}` }),
  );
  await more[0];
  server.child.kill('SIGTERM');
  const settled = await Promise.allSettled(more);
  await server.exited;
  const { Resources } = JSON.parse(readFileSync(path, 'utf8')) as { Resources: { id: string }[] };
  const ids = new Set(Resources.map(({ id }) => id));
  for (const result of settled) if (result.status === 'fulfilled') expect(ids).toContain(result.value.id);
});

test('what was dumped is served again, from options or from the environment', async () => {
  const path = fresh();
  const { server, ada, group } = await filled(path, { SCIMKIT_DUMP_RESOURCES: path });
  const paths = [`/Users/${ada.id}`, `/Groups/${group.id}`, '/Users'];
  const before = await Promise.all(paths.map((p) => read(server, p)));
  await stop(server);
  for (const [args, environment] of [
    [['--load-resources', path], {}],
    [[], { SCIMKIT_LOAD_RESOURCES: path }],
  ] as const) {
    const again = await serve([...memory, ...args], environment);
    expect(again.output.stdout).toContain(`loaded from ${path}`);
    expect(await Promise.all(paths.map((p) => read(again, p)))).toEqual(before);
    await stop(again);
  }
});

test('one file for both: nothing at first, and what there was after each run', async () => {
  const path = fresh();
  const args = [...memory, '--load-resources', path, '--dump-resources', path];
  for (let round = 0; round < 3; round++) {
    const server = await serve(args);
    expect(server.output.stdout).toContain(round === 0 ? `none yet in ${path}` : `loaded from ${path}`);
    expect(await read(server, '/Users')).toMatchObject({ totalResults: round });
    await create(server, '/Users', { schemas: [USER], userName: `user ${round}` });
    await stop(server);
  }
});

test('a database that has resources is left as it is, and the banner says so', async () => {
  const path = fresh();
  const { server } = await filled(path);
  await stop(server);
  const args = [
    '--database',
    join(scratch, 'kept.db'),
    '--bearer-token',
    'a-token',
    '--load-resources',
    path,
  ];
  const first = await serve(args);
  expect(await read(first, '/Users')).toMatchObject({ totalResults: 1 });
  await create(first, '/Users', { schemas: [USER], userName: 'eve' });
  await stop(first);
  const second = await serve(args);
  expect(second.output.stdout).toContain(`not loaded, because the database has resources already: ${path}`);
  expect(await read(second, '/Users')).toMatchObject({ totalResults: 2 });
  await stop(second);
});

describe('what can not be read or written is told before anything is served', () => {
  const file = (content: string) => {
    const path = fresh();
    writeFileSync(path, content);
    return path;
  };
  const one = {
    schemas: [USER],
    id: 'a',
    userName: 'ada',
    meta: { resourceType: 'User', created: '2026-01-31T12:00:00Z' },
  };
  mkdirSync(join(scratch, 'a-folder'));
  test.each<[string, () => readonly string[], RegExp]>([
    [
      'no such file',
      () => ['--load-resources', '/no/such.json'],
      /--load-resources \/no\/such\.json can't be read: ENOENT/,
    ],
    ['no JSON', () => ['--load-resources', file('{')], /--load-resources .* is not valid JSON/],
    [
      'no dump',
      () => ['--load-resources', file('{}')],
      /--load-resources .*: a ListResponse with "Resources"/,
    ],
    [
      'a wrong resource',
      () => ['--load-resources', file(JSON.stringify([one, { ...one, id: 'b' }]))],
      /Resources\[1\] \(User "b"\): The value "ada" of "userName" is taken/,
    ],
    [
      'a folder that is not there',
      () => ['--dump-resources', '/no/such/folder/x.json'],
      /--dump-resources .* can't be written: ENOENT/,
    ],
    [
      'a folder',
      () => ['--dump-resources', join(scratch, 'a-folder')],
      /--dump-resources .* can't be written: EISDIR/,
    ],
  ])('%s', async (_name, args, message) => {
    const { code, stdout, stderr } = await run(['serve', ...memory, ...args()]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([2, '']);
  });

  test('a start that fails leaves an earlier dump alone', async () => {
    const path = file('[]\n');
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const { code } = await run(['serve', ...memory, '--dump-resources', path, '--port', String(port)]);
    other.close();
    expect([code, readFileSync(path, 'utf8')]).toEqual([1, '[]\n']);
  });
});
