import { Group, type Middleware, type Reference, type ScimResponse, type Selection } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { describe, expect, test } from 'vitest';
import {
  type Auth,
  client,
  type Database,
  errorBody,
  fresh,
  group,
  HOST,
  patchOp,
  provider,
  SEARCH_REQUEST,
  type Send,
} from '../fixture.ts';
import { counting, makeGroup, readingOn } from '../large-group.ts';

// RFC 7644 §3.4.1: a group with more members than are read at once is sent as it is read. None is twice there, none is
// missing, and nobody can tell the answer from one that was made at once.
const SIZE = 2_500;
const DATABASES: readonly (readonly [name: string, create: () => Database])[] = [
  ['memory', () => createMemoryDatabase()] as const,
  ['sqlite', () => createSqliteDatabase({ path: ':memory:' })] as const,
].slice(0, HOST ? 1 : undefined);

const search = (more: object) => ({ schemas: [SEARCH_REQUEST], ...more });

describe.each(DATABASES)('on %s', async (_, create) => {
  const { database, count } = counting(create());
  const { id, members } = await makeGroup(database, SIZE);
  const small = (await makeGroup(database, 3)).id;
  const path = `/Groups/${id}`;
  const send = fresh(database, { me: () => ({ resourceType: 'Group', id }) });
  // The same resources by stores that can't read on: all at once.
  const atOnce = fresh(
    readingOn(database, () => undefined),
    { me: () => ({ resourceType: 'Group', id }) },
  );
  const inOrder = (list: readonly { value: string }[]) =>
    list.toSorted((a, b) => (a.value < b.value ? -1 : 1));

  test.each([
    ['GET', path],
    ['GET', '/Me'],
    ['GET', `${path}?attributes=members`],
    ['GET', `${path}?attributes=members.value`],
    ['GET', `${path}?attributes=members.display`],
    ['GET', `${path}?attributes=displayName,members.type,members.$ref`],
    ['GET', `${path}?excludedAttributes=members.display,members.$ref`],
    ['GET', `${path}?excludedAttributes=displayName,meta`],
    ['GET', '/Groups'],
    ['GET', '/Groups?attributes=members.value&count=1'],
    ['GET', '/Groups?sortBy=displayName&sortOrder=descending'],
    ['GET', '/?filter=displayName+sw+%22Large%22+and+not+(userName+pr)'],
    ['POST', '/Groups/.search', search({ attributes: ['members.value', 'displayName'] })],
    ['POST', '/.search', search({ filter: 'displayName eq "large"', sortBy: 'id', count: 1_000 })],
  ])('%s %s is what it is at once', async (method, where, body?: unknown) => {
    const before = count();
    const [large, plain] = [await send(method, where, body), await atOnce(method, where, body)];
    expect(count() - before).toBeGreaterThanOrEqual(2);
    expect(large.status).toBe(200);
    expect(large.body).toEqual(plain.body);
    expect(large.headers.get('etag')).toBe(plain.headers.get('etag'));
    expect(large.headers.get('content-type')).toBe(plain.headers.get('content-type'));
  });

  test('each member is there once', async () => {
    const { body } = await send('GET', path);
    expect(inOrder(body.members).map(({ value }) => value)).toEqual(members.toSorted());
    expect(body.members[1]).toEqual({
      value: expect.any(String),
      $ref: `http://scim.test/scim/v2/Users/${body.members[1].value}`,
      display: expect.any(String),
      type: 'User',
    });
  });

  test('answers to writes, too', async () => {
    const created = await send('POST', '/Groups', group('Made', members));
    expect([created.status, created.body.members.length]).toEqual([201, SIZE]);
    const made = `/Groups/${created.body.id}`;
    expect(created.headers.get('location')).toBe(`http://scim.test/scim/v2${made}`);
    const replaced = await send('PUT', made, group('Replaced', members.slice(1)));
    expect([replaced.body.displayName, replaced.body.members.length]).toEqual(['Replaced', SIZE - 1]);
    const add = patchOp({ op: 'add', path: 'members', value: [{ value: members[0] }] });
    expect((await send('PATCH', made, add)).status).toBe(204);
    const named = await send('PATCH', `${made}?attributes=members.value`, add);
    expect(inOrder(named.body.members)).toEqual(members.toSorted().map((value) => ({ value })));
    expect((await send('DELETE', made)).status).toBe(204);
  });

  test('HEAD has its headers and no length, If-None-Match is 304, and neither reads on', async () => {
    const before = count();
    const head = await send('HEAD', path);
    const etag = head.headers.get('etag') as string;
    expect([head.status, head.body, etag]).toEqual([200, undefined, expect.stringMatching(/^W\/"\d+"$/)]);
    expect(head.headers.get('content-length')).toBeNull();
    expect((await send('GET', path, undefined, { 'if-none-match': etag })).status).toBe(304);
    expect((await send('GET', `${path}?excludedAttributes=members`)).body.displayName).toBe('Large');
    expect(count()).toBe(before);
  });

  test('a group that fits into one reading is sent whole, with its length', async () => {
    const before = count();
    const answer = await send('GET', `/Groups/${small}`);
    expect(answer.body.members).toHaveLength(3);
    // Hosts of web standards need not send it.
    if (HOST === 'node') expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
    expect(count()).toBe(before);
  });

  test('when the store fails in the middle, the answer is none, and observe has the cause once', async () => {
    const cause = new Error('The disk is gone.');
    const seen: unknown[] = [];
    let calls = 0;
    const failing = readingOn(database, (references) => async (...args) => {
      if (++calls % 2 === 0) throw cause;
      return references(...args);
    });
    const broken = fresh(failing, {
      observe: ({ error, isComplete, response }) => seen.push([error, isComplete, response.status]),
    });
    await expect(broken('GET', path)).rejects.toThrow();
    await expect(broken('GET', '/Groups')).rejects.toThrow();
    expect(seen).toEqual([
      [cause, false, 200],
      [cause, false, 200],
    ]);
    expect((await broken('GET', `/Groups/${small}`)).status).toBe(200);
    expect(seen.at(-1)).toEqual([undefined, true, 200]);
  });

  test('one that is deleted while it is sent is not sent as if it were smaller', async () => {
    const group = await makeGroup(database, SIZE);
    const errors: unknown[] = [];
    let calls = 0;
    const deleting = readingOn(database, (references) => async (...args) => {
      if (++calls === 2) await database.open(Group, { tenant: 'acme' }).delete(group.id, {});
      return references(...args);
    });
    const send = fresh(deleting, { observe: ({ error }) => errors.push(error) });
    await expect(send('GET', `/Groups/${group.id}`)).rejects.toThrow();
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('deleted') })]);
    expect((await send('GET', `/Groups/${group.id}`)).status).toBe(404);
  });

  test('whoever writes with the ETag of a group that changed while it was sent is answered 412', async () => {
    const { id, members } = await makeGroup(database, SIZE);
    let calls = 0;
    const changing = readingOn(database, (references) => async (...args) => {
      const remove = patchOp({ op: 'remove', path: `members[value eq "${members.toSorted().at(-1)}"]` });
      if (++calls === 1) await send('PATCH', `/Groups/${id}`, remove);
      return references(...args);
    });
    const { body, headers } = await fresh(changing)('GET', `/Groups/${id}`);
    expect(body.members).toHaveLength(SIZE - 1);
    const etag = headers.get('etag') as string;
    expect(body.meta.version).toBe(etag);
    const answer = await send('PUT', `/Groups/${id}`, group('G', members), { 'if-match': etag });
    expect(answer.body).toEqual(errorBody(412));
  });

  test('a middleware may ask for all values at once', async () => {
    const limits: (number | undefined)[] = [];
    const counts: number[] = [];
    const all: Middleware<Auth> = async (operation, next) => {
      if (operation.name !== 'get') return next();
      limits.push(operation.selection.limit);
      const { relations } = operation.selection;
      const stored = await next({ ...operation, selection: { relations } });
      const found = stored && 'relations' in stored ? stored.relations : undefined;
      counts.push((found as ReadonlyMap<string, readonly Reference[]>).get('members')?.length ?? 0);
      return stored;
    };
    const before = count();
    expect((await fresh(database, { use: [all] })('GET', path)).body.members).toHaveLength(SIZE);
    expect([limits, counts, count() - before]).toEqual([[1_000], [SIZE], 0]);
  });
});

describe('a page of groups', () => {
  test('takes few values of each with it, however many there are', async () => {
    const selections: (Selection | undefined)[] = [];
    const send = fresh(createMemoryDatabase(), {
      use: [
        async (operation, next) => {
          if (operation.name === 'query') selections.push(operation.query.selection);
          return next();
        },
      ],
    });
    for (const count of [0, 1, 100, 1_000]) await send('GET', `/Groups?count=${count}`);
    await send('GET', '/?sortBy=id');
    const limits = selections.filter((s) => s?.relations.has('members')).map((s) => s?.limit);
    expect(limits).toEqual([1_000, 1_000, 200, 20, 2]);
  });
});

// What only a caller in the same process sees.
if (!HOST)
  describe('in process', async () => {
    const { database, count } = counting(createMemoryDatabase());
    const { id } = await makeGroup(database, 5_000);
    const small = (await makeGroup(database, 2)).id;
    const seen: unknown[] = [];
    const scim = provider(database, {
      observe: ({ error, isComplete }) => seen.push([error, isComplete]),
    });
    const headers = { authorization: 'Bearer secret' };
    const url = (id: string) => `http://scim.test/scim/v2/Groups/${id}`;
    const get = (id: string): Promise<ScimResponse> => scim.handle({ method: 'GET', url: url(id), headers });
    const fetched = (id: string) => scim.fetch(new Request(url(id), { headers }));

    test('a small group is one text; a large one is pieces, which are made as they are taken', async () => {
      seen.length = 0;
      expect(typeof (await get(small)).body).toBe('string');
      expect(seen).toEqual([[undefined, true]]);
      const before = count();
      const { body } = await get(id);
      let pieces = 0;
      for await (const piece of body as AsyncIterable<string>) {
        expect(piece.length).toBeLessThan(400_000);
        expect(count() - before).toBe(pieces);
        if (piece !== ']}') pieces++;
      }
      expect(pieces).toBe(5);
      expect(seen).toEqual([
        [undefined, true],
        [undefined, true],
      ]);
    });

    test('fetch: the stream is read as it is taken; one that is cancelled reads no further', async () => {
      seen.length = 0;
      const before = count();
      const response = await fetched(id);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(count()).toBe(before);
      await reader.read();
      await reader.read();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect([count() - before, seen]).toEqual([1, []]);
      await reader.cancel();
      expect([count() - before, seen]).toEqual([1, [[undefined, false]]]);
      expect(((await (await fetched(id)).json()) as { members: unknown[] }).members).toHaveLength(5_000);
    });

    test('pieces that nobody takes are told of, too', async () => {
      seen.length = 0;
      const { body } = await get(id);
      const iterator = (body as AsyncIterable<string>)[Symbol.asyncIterator]();
      await iterator.return?.();
      await iterator.return?.();
      expect(seen).toEqual([[undefined, false]]);
    });

    test('a store that gives the same values again does not make an endless answer', async () => {
      const again = readingOn(
        database,
        (references) => (id, path, _after, limit) => references(id, path, undefined, limit),
      );
      await expect(fresh(again)('GET', `/Groups/${id}`)).rejects.toThrow();
    });

    test('a part of the members by a store that cannot read on is a failure, and no answer', async () => {
      const partial: Database = {
        open: (...place) => {
          const store = database.open(...place);
          return {
            ...Object.fromEntries(
              (['create', 'query', 'replace', 'delete'] as const).map((name) => [
                name,
                store[name].bind(store),
              ]),
            ),
            get: (id: string, selection: Selection) => store.get(id, { ...selection, limit: 10 }),
          } as never;
        },
      };
      const send: Send = client(provider(partial));
      expect((await send('GET', `/Groups/${id}`)).status).toBe(500);
    });
  });
