// Schemas and resource types from files: everything that is derived from them follows.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, root, run, scratch, type Serving, serve, stop } from './command.ts';

afterAll(cleanUp);

const folder = join(root, 'examples/schemas');
const memory = ['--database', ':memory:', '--create-token'];
const globs = ['--schema', join(folder, '*.schema.json'), '--resource-type', join(folder, '*.type.json')];
const DEVICE = 'urn:ietf:params:scim:schemas:core:2.0:Device';
const MAB = 'urn:ietf:params:scim:schemas:extension:ethernet-mab:2.0:Device';
const ROLES = 'urn:ietf:params:scim:schemas:2.0:Roles';
const LICENSE = 'urn:example:params:scim:schemas:2.0:License';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what is in it
  readonly body: any;
}

async function send(server: Serving, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await server.fetch(path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

describe('the examples', () => {
  let server: Serving;
  beforeAll(async () => {
    server = await serve([...memory, ...globs]);
  });
  afterAll(() => stop(server));

  const device = (mac: string, more: Record<string, unknown> = {}) => ({
    schemas: [DEVICE, MAB],
    displayName: 'Printer',
    active: true,
    [MAB]: { deviceMacAddress: mac },
    ...more,
  });

  test('are listed by discovery, as the files say it, beside User and Group (parity 34)', async () => {
    const types = await send(server, 'GET', '/ResourceTypes');
    const names = types.body.Resources.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['User', 'Group', 'Device', 'License', 'Roles', 'Entitlements']);
    for (const file of ['device', 'license', 'roles-and-entitlements']) {
      const json = JSON.parse(readFileSync(join(folder, `${file}.schema.json`), 'utf8'));
      for (const schema of [json.Resources ?? json].flat()) {
        const { body } = await send(server, 'GET', `/Schemas/${schema.id}`);
        expect(body).toMatchObject(schema);
      }
    }
  });

  test('RFC 9944: a device, with its extension: created, found, unique, patched, deleted', async () => {
    const created = await send(server, 'POST', '/Devices', device('2C:54:91:88:C9:E2'));
    expect(created).toMatchObject({ status: 201, body: { active: true, meta: { resourceType: 'Device' } } });
    const { id } = created.body;
    const filter = encodeURIComponent(`${MAB}:deviceMacAddress eq "2c:54:91:88:c9:e2"`);
    expect((await send(server, 'GET', `/Devices?filter=${filter}`)).body.Resources).toMatchObject([{ id }]);
    expect(await send(server, 'POST', '/Devices', device('2c:54:91:88:c9:e2'))).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness' },
    });
    const operation = { op: 'replace', path: 'active', value: false };
    const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] };
    expect((await send(server, 'PATCH', `/Devices/${id}`, patch)).body).toMatchObject({ active: false });
    expect((await send(server, 'DELETE', `/Devices/${id}`)).status).toBe(204);
  });

  test.each<[string, string, Record<string, unknown>, string, RegExp]>([
    [
      'a required one of the extension',
      '/Devices',
      { ...device('b'), [MAB]: {}, displayName: 'x', active: 'soon' },
      'invalidValue',
      /"active"/,
    ],
    [
      'a type',
      '/Devices',
      device('c', { mudUrl: 7, active: 'yes' }),
      'invalidValue',
      /"active" must be true or false|"mudUrl"/,
    ],
    [
      'a role without value',
      '/Roles',
      { schemas: [ROLES], enabled: true },
      'invalidValue',
      /"value" is required/,
    ],
    [
      'a whole number',
      '/Licenses',
      { schemas: [LICENSE], product: 'x', seats: 1.5 },
      'invalidValue',
      /"seats" must be a whole number/,
    ],
    [
      'a time',
      '/Licenses',
      { schemas: [LICENSE], product: 'x', validUntil: 'May' },
      'invalidValue',
      /"validUntil" must be a time/,
    ],
  ])('validate: %s', async (_name, path, body, scimType, detail) => {
    const answer = await send(server, 'POST', path, body);
    expect(answer).toMatchObject({ status: 400, body: { scimType, detail: expect.stringMatching(detail) } });
  });

  test('roles: case matters, and a value is there once', async () => {
    const role = { schemas: [ROLES], value: 'Admin', enabled: true, contains: ['reader', 'writer'] };
    expect((await send(server, 'POST', '/Roles', role)).status).toBe(201);
    expect((await send(server, 'POST', '/Roles', role)).status).toBe(409);
    expect((await send(server, 'POST', '/Roles', { ...role, value: 'admin' })).status).toBe(201);
    const { body } = await send(
      server,
      'GET',
      '/Roles?filter=value+eq+%22Admin%22+and+contains+eq+%22reader%22',
    );
    expect(body.totalResults).toBe(1);
    expect((await send(server, 'GET', '/Roles?filter=contains+eq+%22Reader%22')).body.totalResults).toBe(0);
    const entitlements = (await send(server, 'GET', '/Entitlements')).body;
    expect(entitlements).toMatchObject({ totalResults: 0 });
  });

  test('licenses: holders are users, the key is never shown, the order stays as it is', async () => {
    const user = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'ada',
      displayName: 'Ada',
    };
    const { id } = (await send(server, 'POST', '/Users', user)).body;
    const license = {
      schemas: [LICENSE],
      product: 'Editor',
      key: 'SECRET-KEY',
      orderNumber: '7',
      holders: [{ value: id }],
    };
    const created = await send(server, 'POST', '/Licenses', license);
    expect(JSON.stringify(created.body)).not.toContain('SECRET-KEY');
    const path = `/Licenses/${created.body.id}`;
    expect((await send(server, 'GET', path)).body.holders).toMatchObject([
      { value: id, display: 'Ada', type: 'User' },
    ]);
    const found = await send(
      server,
      'GET',
      `/Licenses?filter=${encodeURIComponent(`holders.value eq "${id}"`)}`,
    );
    expect(found.body.totalResults).toBe(1);
    expect(await send(server, 'PUT', path, { ...license, orderNumber: '8' })).toMatchObject({
      status: 400,
      body: { scimType: 'mutability' },
    });
    await send(server, 'DELETE', `/Users/${id}`);
    expect((await send(server, 'GET', path)).body.holders ?? []).toEqual([]);
  });
});

describe('where files come from', () => {
  test('several at once as a shell expands globs, repeated options, the environment (parity 34)', async () => {
    const files = (kind: string, ...names: string[]) =>
      names.map((name) => join(folder, `${name}.${kind}.json`));
    const server = await serve(['--schema', ...files('schema', 'device', 'license'), ...memory], {
      SCIMKIT_RESOURCE_TYPE: files('type', 'device', 'license').join(','),
    });
    const { body } = await send(server, 'GET', '/ResourceTypes');
    expect(body.totalResults).toBe(4);
    await stop(server);
  });

  test('a resource type of the name User takes the place of the built-in one; a schema likewise', async () => {
    const schema = join(scratch, 'user.schema.json');
    const type = join(scratch, 'user.type.json');
    const id = 'urn:example:person';
    writeFileSync(
      schema,
      JSON.stringify({ id, attributes: [{ name: 'login', type: 'string', required: true }] }),
    );
    writeFileSync(type, JSON.stringify({ name: 'User', endpoint: '/People', schema: id }));
    const server = await serve([...memory, '--schema', schema, '--resource-type', type]);
    expect((await send(server, 'POST', '/People', { schemas: [id], login: 'ada' })).status).toBe(201);
    const local = server.baseUrl;
    expect(
      (await fetch(`${local}/Users`, { headers: { authorization: `Bearer ${server.token}` } })).status,
    ).toBe(404);
    await stop(server);

    const group = join(scratch, 'group.schema.json');
    const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
    writeFileSync(
      group,
      JSON.stringify({
        id: GROUP,
        attributes: [
          { name: 'displayName', type: 'string' },
          { name: 'cost', type: 'integer' },
        ],
      }),
    );
    const other = await serve([...memory, '--schema', group]);
    expect((await send(other, 'POST', '/Groups', { schemas: [GROUP], cost: 3 })).body).toMatchObject({
      cost: 3,
    });
    await stop(other);
  });

  test('a changed file counts for what is stored already; what contradicts it ends the start', async () => {
    const schema = join(scratch, 'rack.json');
    const type = join(scratch, 'rack-type.json');
    const database = join(scratch, 'racks.db');
    const write = (uniqueness: string, caseExact: boolean) =>
      writeFileSync(
        schema,
        JSON.stringify({
          id: 'urn:example:rack',
          attributes: [{ name: 'serial', type: 'string', uniqueness, caseExact }],
        }),
      );
    writeFileSync(type, JSON.stringify({ name: 'Rack', endpoint: '/Racks', schema: 'urn:example:rack' }));
    const args = ['--database', database, '--bearer-token', 't', '--schema', schema, '--resource-type', type];
    const post = async (server: Serving, serial: string) =>
      (
        await server.fetch(
          '/Racks',
          { method: 'POST', body: JSON.stringify({ schemas: ['urn:example:rack'], serial }) },
          't',
        )
      ).status;
    write('none', true);
    const first = await serve(args);
    expect([await post(first, 'a'), await post(first, 'A')]).toEqual([201, 201]);
    await stop(first);
    write('server', true);
    const second = await serve(args);
    expect(await post(second, 'a')).toBe(409);
    await stop(second);
    write('server', false);
    const { code, stderr } = await run(['serve', ...args]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^error: the database .* can't be opened: Resources of the type Rack contradict.*\n$/,
      ),
    ]);
  });
});

describe('a wrong file: one sentence that names file, place and rule, exit code 2', () => {
  const file = (name: string, content: unknown) => {
    mkdirSync(scratch, { recursive: true });
    const path = join(scratch, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const rack = { id: 'urn:example:rack', attributes: [{ name: 'serial', type: 'string' }] };
  const type = { name: 'Rack', endpoint: '/Racks', schema: 'urn:example:rack' };
  test.each<[string, () => readonly string[], RegExp]>([
    ['no such file', () => ['--schema', '/no/such.json'], /--schema \/no\/such\.json: there is no such file/],
    [
      'a glob of nothing',
      () => ['--resource-type', join(scratch, '*.nothing')],
      /--resource-type .*\.nothing: there is no such file/,
    ],
    ['a folder', () => ['--schema', scratch], /--schema .* can't be read: EISDIR/],
    ['no JSON', () => ['--schema', file('bad.json', '{"id"')], /--schema .*bad\.json is not valid JSON/],
    [
      'a wrong schema',
      () => ['--schema', file('type.json', { ...rack, attributes: [{ name: 'serial', type: 'text' }] })],
      /--schema .*type\.json: .*attribute "serial": "type" must be one of .*RFC 7643 §2\.3/,
    ],
    [
      'a wrong resource type',
      () => [
        '--schema',
        file('rack.json', rack),
        '--resource-type',
        file('rt.json', [{ ...type, schema: 'urn:example:shelf' }]),
      ],
      /--resource-type .*rt\.json: \[0\]: "schema" must be the URN .*RFC 7643 §6/,
    ],
    [
      'a schema that nothing uses',
      () => ['--schema', file('rack.json', rack)],
      /--schema: no resource type has the schema "urn:example:rack"/,
    ],
    [
      'a schema twice',
      () => [
        '--schema',
        file('rack.json', rack),
        file('rack2.json', rack),
        '--resource-type',
        file('t.json', type),
      ],
      /urn:example:rack.*twice/,
    ],
    [
      'a resource type twice',
      () => [
        '--schema',
        file('rack.json', rack),
        '--resource-type',
        file('t.json', type),
        file('t2.json', type),
      ],
      /--resource-type: there are two of the name "Rack"/,
    ],
    [
      'an endpoint of the protocol',
      () => [
        '--schema',
        file('rack.json', rack),
        '--resource-type',
        file('t.json', { ...type, endpoint: '/Bulk' }),
      ],
      /"\/Bulk" is the protocol's own/,
    ],
    [
      'an endpoint twice',
      () => [
        '--schema',
        file('rack.json', rack),
        '--resource-type',
        file('t.json', { ...type, endpoint: '/Users' }),
      ],
      /a name and an endpoint of its own/,
    ],
  ])('%s', async (_name, args, message) => {
    const { code, stdout, stderr } = await run(['serve', ...memory, ...args()]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([2, '']);
  });
});
