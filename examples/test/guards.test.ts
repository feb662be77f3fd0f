import { beforeAll, describe, expect, test } from 'vitest';
import { startProcess } from './example-process.ts';

let baseUrl: string;

beforeAll(async () => {
  baseUrl = await startProcess('guards', process.execPath, () => ['guards/app.ts'], { SEATS: '3' });
});

async function send(method: string, path: string, body?: unknown) {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: { authorization: 'Bearer example', 'content-type': 'application/scim+json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
}

const user = (userName: string, more = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  ...{ userName, ...more },
});
const patch = (...Operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
const active = (value: unknown) => patch({ op: 'replace', path: 'active', value });
const admin = { roles: [{ value: 'admin' }] };

async function clear() {
  // The last administrator stays.
  const { body } = await send('GET', '/Users?count=1000');
  for (const { id } of body.Resources) await send('DELETE', `/Users/${id}`);
  const rest = await send('GET', '/Users');
  return rest.body.Resources as { id: string; userName: string }[];
}

describe('parity 4, 28: guards refuse before anything is written', () => {
  test('seats: no more active users than there are, however they come', async () => {
    await clear();
    const ids: string[] = [];
    for (const name of ['a', 'b']) ids.push((await send('POST', '/Users', user(name))).body.id);
    const idle = await send('POST', '/Users', user('idle', { active: false }));
    expect(idle.status).toBe(201);
    const third = await send('POST', '/Users', user('c'));
    expect(third.status).toBe(201);
    const fourth = await send('POST', '/Users', user('d'));
    expect(fourth.body).toMatchObject({ status: '403', detail: expect.stringContaining('All 3 seats') });
    const path = `/Users/${idle.body.id}`;
    expect((await send('PATCH', path, active(true))).status).toBe(403);
    expect((await send('PATCH', path, patch({ op: 'Replace', value: { active: 'True' } }))).status).toBe(403);
    expect((await send('PUT', path, user('idle', { active: true }))).status).toBe(403);
    expect((await send('PATCH', path, patch({ op: 'add', path: 'title', value: 'x' }))).status).toBe(200);
    expect((await send('PATCH', `/Users/${ids[0]}`, active(false))).status).toBe(200);
    expect((await send('PATCH', path, active(true))).status).toBe(200);
    expect((await send('GET', '/Users?filter=not (active eq false)&count=0')).body.totalResults).toBe(3);
  });

  test('seats hold when all come at once', async () => {
    await clear();
    const names = Array.from({ length: 20 }, (_, index) => `at-once-${index}`);
    const statuses = await Promise.all(
      names.map(async (name) => (await send('POST', '/Users', user(name))).status),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(3);
    expect(statuses.filter((status) => status === 403)).toHaveLength(17);
  });

  test('the last administrator stays, and no two of them go at once', async () => {
    await clear();
    const [first, second] = [
      (await send('POST', '/Users', user('first', admin))).body.id,
      (await send('POST', '/Users', user('second', admin))).body.id,
    ];
    const both = await Promise.all([
      send('PATCH', `/Users/${first}`, active(false)),
      send('PATCH', `/Users/${second}`, active(false)),
    ]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
    const last = both[0]?.status === 403 ? first : second;
    const name = last === first ? 'first' : 'second';
    for (const answer of [
      await send('DELETE', `/Users/${last}`),
      await send('PUT', `/Users/${last}`, user(name)),
      await send('PATCH', `/Users/${last}`, patch({ op: 'remove', path: 'roles[value eq "admin"]' })),
    ]) {
      expect(answer.body).toMatchObject({
        status: '403',
        detail: expect.stringContaining('last active user'),
      });
    }
    expect((await send('PATCH', `/Users/${last === first ? second : first}`, active(true))).status).toBe(200);
    expect((await send('DELETE', `/Users/${last}`)).status).toBe(204);
    expect(await clear()).toHaveLength(1);
  });

  test('users who refer to each other in a circle are refused instead of waiting for ever', async () => {
    const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const member = (bulkId: string, manager: string) => ({
      ...{ method: 'POST', bulkId, path: '/Users' },
      data: user(bulkId, { [enterprise]: { manager: { value: `bulkId:${manager}` } } }),
    });
    const { body } = await send('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [member('x', 'y'), member('y', 'x')],
    });
    expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(['409', '409']);
  });
});
