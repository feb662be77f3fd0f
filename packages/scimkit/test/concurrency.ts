// Requests at once: none may undo another one.
import { expect, test } from 'vitest';
import { errorBody, group, patchOp, type Send, user } from './fixture.ts';

const count = (statuses: readonly number[], status: number) => statuses.filter((s) => s === status).length;
const all = <T>(n: number, task: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: n }, (_, i) => task(i)));

// anchors 1 and 13: the version is compared inside the write, and nothing is read, changed and written back.
/** Declares the tests; `ready` is a client over real sockets, of one server or of several in turn. */
export function declareConcurrency(ready: Promise<Send>): void {
  test('200 single-member PATCHes of one group lose none', async () => {
    const send = await ready;
    const users = await all(
      200,
      async (i) => (await send('POST', '/Users', user(`m${i}`))).body.id as string,
    );
    const { id } = (await send('POST', '/Groups', group('G'))).body;
    const add = (value: string) => patchOp({ op: 'add', path: 'members', value: [{ value }] });
    const statuses = await all(
      200,
      async (i) => (await send('PATCH', `/Groups/${id}`, add(users[i] as string))).status,
    );
    expect(count(statuses, 204)).toBe(200);
    const members = (await send('GET', `/Groups/${id}`)).body.members as { value: string }[];
    expect(members.map((m) => m.value).toSorted()).toEqual(users.toSorted());
    const remove = (value: string) => patchOp({ op: 'remove', path: `members[value eq "${value}"]` });
    await all(199, (i) => send('PATCH', `/Groups/${id}`, remove(users[i] as string)));
    expect((await send('GET', `/Groups/${id}`)).body.members).toHaveLength(1);
  });

  test('50 POSTs of one userName in different case: one 201, the others 409 uniqueness', async () => {
    const send = await ready;
    const answers = await all(50, (i) =>
      send('POST', '/Users', user(i % 2 ? 'Race@Example.com' : 'rACE@eXAMPLE.com')),
    );
    expect(
      count(
        answers.map((a) => a.status),
        201,
      ),
    ).toBe(1);
    const refused = answers.filter((a) => a.status !== 201);
    expect(refused).toHaveLength(49);
    for (const { body } of refused) expect(body).toEqual(errorBody(409, 'uniqueness'));
  });

  test('50 PUTs with one If-Match: one succeeds, the others 412', async () => {
    const send = await ready;
    const { id } = (await send('POST', '/Users', user('put'))).body;
    const answers = await all(50, (i) =>
      send('PUT', `/Users/${id}`, user('put', { title: `t${i}` }), { 'if-match': 'W/"1"' }),
    );
    const statuses = answers.map((a) => a.status);
    expect([count(statuses, 200), count(statuses, 412)]).toEqual([1, 49]);
    const winner = answers.find((a) => a.status === 200);
    expect((await send('GET', `/Users/${id}`)).body).toEqual(winner?.body);
  });

  test('60 additions of an e-mail without If-Match: all there', async () => {
    const send = await ready;
    const { id } = (await send('POST', '/Users', user('mail'))).body;
    const add = (i: number) =>
      patchOp({ op: 'add', path: 'emails', value: [{ value: `e${i}@example.com`, type: 'other' }] });
    const answers = await all(60, (i) => send('PATCH', `/Users/${id}`, add(i)));
    expect(
      count(
        answers.map((a) => a.status),
        200,
      ),
    ).toBe(60);
    const { body, headers } = await send('GET', `/Users/${id}`);
    expect(new Set(body.emails.map((e: { value: string }) => e.value)).size).toBe(60);
    expect(headers.get('etag')).toBe('W/"61"');
  });

  test('deletes and additions at once leave no dangling member', async () => {
    const send = await ready;
    const users = await all(
      20,
      async (i) => (await send('POST', '/Users', user(`dangling${i}`))).body.id as string,
    );
    const { id } = (await send('POST', '/Groups', group('D'))).body;
    const add = (value: string) => patchOp({ op: 'add', path: 'members', value: [{ value }] });
    await all(40, (i) =>
      i % 2
        ? send('DELETE', `/Users/${users[i >> 1]}`)
        : send('PATCH', `/Groups/${id}`, add(users[i >> 1] as string)),
    );
    expect((await send('GET', `/Groups/${id}`)).body.members).toEqual([]);
  });
}
