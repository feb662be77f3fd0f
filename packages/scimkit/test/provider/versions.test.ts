import { describe, expect, test } from 'vitest';
import { DIRECTORIES, errorBody, fresh, group, made, patchOp, user } from '../fixture.ts';

describe.each(DIRECTORIES)('on %s', (_, create) => {
  const send = fresh(create());
  let counter = 0;
  const userAtVersion2 = async () => {
    const id = await made(send, '/Users', user(`v${++counter}`));
    await send('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'title', value: 'T' }));
    return id;
  };

  // RFC 7644 §3.14, RFC 9110 §13.1; weak comparison is a stated departure (decision 12).
  const MATCHES = ['W/"2"', '"2"', '2', '*', 'W/"1", W/"2"', ' W/"2" ', 'W/"2.digest"'];
  const MISSES = ['W/"1"', '"1"', 'W/"22"', 'W/""', 'nonsense', 'W/"1", W/"3"'];
  const WRITES = [
    ['PUT', (id: string) => user(`put-${id}`)],
    ['PATCH', () => patchOp({ op: 'add', path: 'nickName', value: 'N' })],
    ['DELETE', () => undefined],
  ] as const;

  test.each(MATCHES)('If-Match %s lets a write and a read through', async (tag) => {
    for (const [method, body] of WRITES) {
      const id = await userAtVersion2();
      const headers = { 'if-match': tag };
      expect((await send('GET', `/Users/${id}`, undefined, headers)).status).toBe(200);
      expect((await send(method, `/Users/${id}`, body(id), headers)).status).toBeLessThan(300);
    }
  });

  test.each(MISSES)('If-Match %s is 412 and changes nothing (parity 30)', async (tag) => {
    const id = await userAtVersion2();
    const before = await send('GET', `/Users/${id}`);
    const headers = { 'if-match': tag };
    for (const [method, body] of [...WRITES, ['GET', () => undefined] as const]) {
      const answer = await send(method, `/Users/${id}`, body(id), headers);
      expect(answer.status).toBe(412);
      expect(answer.body).toEqual(errorBody(412));
    }
    expect((await send('GET', `/Users/${id}`)).body).toEqual(before.body);
  });

  test('If-None-Match: 304 on GET, 412 on writes', async () => {
    const id = await userAtVersion2();
    const read = await send('GET', `/Users/${id}`, undefined, { 'if-none-match': 'W/"2"' });
    expect([read.status, read.body, read.headers.get('etag')]).toEqual([304, undefined, 'W/"2"']);
    expect((await send('GET', `/Users/${id}`, undefined, { 'if-none-match': '*' })).status).toBe(304);
    expect((await send('GET', `/Users/${id}`, undefined, { 'if-none-match': 'W/"1"' })).status).toBe(200);
    for (const [method, body] of WRITES) {
      expect((await send(method, `/Users/${id}`, body(id), { 'if-none-match': '*' })).status).toBe(412);
    }
  });

  test('404 goes before 412 (decision 12)', async () => {
    for (const [method, body] of WRITES) {
      expect((await send(method, '/Users/nobody', body('x'), { 'if-match': 'W/"9"' })).status).toBe(404);
    }
  });

  test('members count as a change, once for each real change (decision 12)', async () => {
    const a = await made(send, '/Users', user(`m${++counter}`));
    const b = await made(send, '/Users', user(`m${++counter}`));
    const id = await made(send, '/Groups', group('G', [a]));
    const version = async () =>
      (await send('GET', `/Groups/${id}?excludedAttributes=members`)).headers.get('etag');
    const add = (value: string) => patchOp({ op: 'add', path: 'members', value: [{ value }] });
    const remove = (value: string) => patchOp({ op: 'remove', path: `members[value eq "${value}"]` });
    const steps: readonly [body: unknown, version: string][] = [
      [add(a), 'W/"1"'],
      [add(b), 'W/"2"'],
      [remove('nobody'), 'W/"2"'],
      [remove(b), 'W/"3"'],
      [
        patchOp(
          { op: 'add', path: 'members', value: [{ value: b }] },
          { op: 'remove', path: `members[value eq "${b}"]` },
        ),
        'W/"3"',
      ],
      [patchOp({ op: 'replace', path: 'members', value: [{ value: a }] }), 'W/"3"'],
      [patchOp({ op: 'replace', path: 'members', value: [{ value: b }] }), 'W/"4"'],
    ];
    for (const [body, expected] of steps) {
      expect((await send('PATCH', `/Groups/${id}`, body)).headers.get('etag')).toBe(expected);
      expect(await version()).toBe(expected);
    }
    expect((await send('PATCH', `/Groups/${id}`, add(a), { 'if-match': 'W/"3"' })).status).toBe(412);
    expect((await send('PATCH', `/Groups/${id}`, add(a), { 'if-match': 'W/"4"' })).status).toBe(204);
  });

  test("a user's ETag carries a digest of its groups, which writes don't compare (decision 12)", async () => {
    const id = await made(send, '/Users', user(`g${++counter}`));
    const plain = (await send('GET', `/Users/${id}`)).headers.get('etag') as string;
    const groupId = await made(send, '/Groups', group('First', [id]));
    const inGroup = (await send('GET', `/Users/${id}`)).headers.get('etag') as string;
    expect(plain).toBe('W/"1"');
    expect(inGroup).toMatch(/^W\/"1\.[a-z0-9]+"$/);
    expect((await send('GET', `/Users/${id}`, undefined, { 'if-none-match': plain })).status).toBe(200);
    expect((await send('GET', `/Users/${id}`, undefined, { 'if-none-match': inGroup })).status).toBe(304);
    expect((await send('GET', `/Users/${id}?attributes=userName`)).headers.get('etag')).toBe('W/"1"');
    await send(
      'PATCH',
      `/Groups/${groupId}`,
      patchOp({ op: 'replace', path: 'displayName', value: 'Renamed' }),
    );
    expect((await send('GET', `/Users/${id}`)).headers.get('etag')).not.toBe(inGroup);
    const change = patchOp({ op: 'add', path: 'title', value: 'T' });
    expect((await send('PATCH', `/Users/${id}`, change, { 'if-match': inGroup })).status).toBe(200);
  });
});
