// What a client finds at a server on its own, with nothing but its base URL and a token.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, scratch, type Serving, serve, stop } from './command.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const LOCKER = 'urn:example:Locker';
const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';

let server: Serving;
beforeAll(async () => {
  const folder = join(scratch, 'lockers');
  mkdirSync(folder);
  const attributes = [
    { name: 'floor', type: 'string' },
    { name: 'key', type: 'string', uniqueness: 'server' },
  ];
  writeFileSync(join(folder, 'schema.json'), JSON.stringify({ id: LOCKER, attributes }));
  const type = { name: 'Locker', endpoint: '/Lockers', schema: LOCKER };
  writeFileSync(join(folder, 'type.json'), JSON.stringify(type));
  const files = ['--schema', join(folder, 'schema.json'), '--resource-type', join(folder, 'type.json')];
  server = await serve(['--database', ':memory:', '--create-token', ...files]);
});
afterAll(async () => {
  await stop(server);
  cleanUp();
});

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await server.fetch(path, init);
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what is in it
  const json: any = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, body: json, etag: response.headers.get('etag') };
}
const created = async (path: string, body: Record<string, unknown>): Promise<string> => {
  const answer = await send('POST', path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id;
};
const user = (userName: string, more = {}) => ({ schemas: [USER], userName, ...more });
const patchOp = (...Operations: unknown[]) => ({ schemas: [`${MESSAGES}:PatchOp`], Operations });

test('discovery, CRUD, search, filters and sorting (parity 29)', async () => {
  for (const path of ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes', `/Schemas/${USER}`]) {
    expect([path, (await send('GET', path)).status]).toEqual([path, 200]);
  }
  const [b, a] = [await created('/Users', user('crud-b')), await created('/Users', user('crud-a'))];
  const query = `filter=${encodeURIComponent('userName sw "crud-" and active eq true')}&sortBy=userName`;
  const listed = await send('GET', `/Users?${query}`);
  expect(listed.body.Resources.map(({ id }: { id: string }) => id)).toEqual([a, b]);
  const search = {
    schemas: [`${MESSAGES}:SearchRequest`],
    filter: 'userName sw "crud-"',
    sortBy: 'userName',
    sortOrder: 'descending',
    attributes: ['userName'],
  };
  const searched = await send('POST', '/Users/.search', search);
  expect(searched.body).toMatchObject({ totalResults: 2, Resources: [{ id: b }, { id: a }] });
  const replaced = await send('PUT', `/Users/${a}`, user('crud-a', { title: 'T' }));
  expect(replaced).toMatchObject({ status: 200, body: { title: 'T' } });
  expect((await send('GET', `/Users/${a}`)).body).toEqual(replaced.body);
  expect((await send('DELETE', `/Users/${a}`)).status).toBe(204);
  expect((await send('GET', `/Users/${a}`)).status).toBe(404);
});

test('an ETag that is no longer true stops PUT, PATCH and DELETE (parity 30)', async () => {
  const id = await created('/Users', user('etag'));
  const { etag } = await send('GET', `/Users/${id}`);
  const changed = await send('PUT', `/Users/${id}`, user('etag', { title: 'T' }), { 'if-match': etag ?? '' });
  expect(changed.status).toBe(200);
  const stale = { 'if-match': etag ?? '' };
  expect((await send('PUT', `/Users/${id}`, user('etag'), stale)).status).toBe(412);
  expect((await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'title' }), stale)).status).toBe(
    412,
  );
  expect((await send('DELETE', `/Users/${id}`, undefined, stale)).status).toBe(412);
  expect((await send('GET', `/Users/${id}`)).body.title).toBe('T');
  expect((await send('GET', `/Users/${id}`, undefined, { 'if-none-match': changed.etag ?? '' })).status).toBe(
    304,
  );
  expect((await send('DELETE', `/Users/${id}`, undefined, { 'if-match': changed.etag ?? '' })).status).toBe(
    204,
  );
});

test('what is unique is so, and absent values never clash (parity 31)', async () => {
  const locker = (more: Record<string, unknown> = {}) => ({ schemas: [LOCKER], floor: '1', ...more });
  for (const key of [undefined, undefined, null, '', 'K1']) await created('/Lockers', locker({ key }));
  const other = await created('/Lockers', locker());
  for (const [method, path, body] of [
    ['POST', '/Lockers', locker({ key: 'k1' })],
    ['PUT', `/Lockers/${other}`, locker({ key: 'K1' })],
    ['PATCH', `/Lockers/${other}`, patchOp({ op: 'add', path: 'key', value: 'K1' })],
  ] as const) {
    expect(await send(method, path, body)).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
  }
  expect((await send('PUT', `/Lockers/${other}`, locker({ floor: '2' }))).status).toBe(200);
});

test('PATCH adds, replaces and removes, on users and groups (parity 32)', async () => {
  const ada = await created('/Users', user('patch-ada', { nickName: 'A' }));
  const bob = await created('/Users', user('patch-bob'));
  const patched = await send(
    'PATCH',
    `/Users/${ada}`,
    patchOp(
      { op: 'add', path: 'emails', value: [{ value: 'ada@x.test', type: 'work' }] },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'ada@y.test' },
      { op: 'replace', value: { title: 'T' } },
      { op: 'remove', path: 'nickName' },
    ),
  );
  expect(patched.body).toMatchObject({ title: 'T', emails: [{ value: 'ada@y.test', type: 'work' }] });
  expect(patched.body).not.toHaveProperty('nickName');
  const group = await created('/Groups', { schemas: [GROUP], displayName: 'G', members: [{ value: ada }] });
  const change = patchOp(
    { op: 'add', path: 'members', value: [{ value: bob }] },
    { op: 'remove', path: `members[value eq "${ada}"]` },
  );
  expect((await send('PATCH', `/Groups/${group}`, change)).status).toBe(204);
  expect((await send('GET', `/Groups/${group}`)).body.members).toMatchObject([{ value: bob, type: 'User' }]);
});

test('Bulk: a user and the group that it is put into, in one request (parity 33)', async () => {
  const Operations = [
    {
      method: 'POST',
      path: '/Groups',
      bulkId: 'group',
      data: { schemas: [GROUP], displayName: 'Bulk', members: [{ value: 'bulkId:user' }] },
    },
    { method: 'POST', path: '/Users', bulkId: 'user', data: user('bulk') },
    { method: 'DELETE', path: '/Users/nobody' },
  ];
  const answer = await send('POST', '/Bulk', { schemas: [`${MESSAGES}:BulkRequest`], Operations });
  expect(answer.status).toBe(200);
  expect(answer.body.Operations.map(({ status }: { status: string }) => status)).toEqual([
    '201',
    '201',
    '404',
  ]);
  const [group, member] = answer.body.Operations.map(({ location }: { location: string }) => location);
  const { body } = await send('GET', group.slice(server.baseUrl.length));
  expect(body.members).toMatchObject([{ $ref: member }]);
});
