import { createServiceProvider, Group, type Selection, type Store, User, anonymous } from 'scimkit';
import { describe, expect, test } from 'vitest';
import {
  client,
  DIRECTORIES,
  type Database,
  errorBody,
  fresh,
  group,
  GROUP,
  made,
  patchOp,
  user,
} from '../fixture.ts';

/** A database whose stores write down what they are asked for. */
function watched(database: Database, selections: Selection[]): Database {
  return {
    open(type, scope) {
      const store = database.open(type, scope);
      const seen = <Options extends { readonly selection?: Selection | undefined }>(
        options: Options,
      ): Options => {
        if (options.selection) selections.push(options.selection);
        return options;
      };
      return {
        create: (input, options) => store.create(input, seen(options)),
        get: (id, selection) => store.get(id, seen({ selection }).selection),
        query: (query) => store.query(seen(query)),
        replace: (id, input, options) => store.replace(id, input, seen(options)),
        ...(store.patch && {
          patch: (id, changes, options) => store.patch?.(id, changes, seen(options)) as never,
        }),
        delete: (id, options) => store.delete(id, options),
        groupsOf: (ids) => store.groupsOf?.(ids) as ReturnType<NonNullable<Store['groupsOf']>>,
      };
    },
  };
}

describe.each(DIRECTORIES)('on %s', (name, create) => {
  const send = fresh(create());
  const members = async (id: string) =>
    ((await send('GET', `/Groups/${id}`)).body.members as { value: string }[]).map((m) => m.value).sort();
  const users = (n: number, prefix: string) =>
    Promise.all(
      Array.from({ length: n }, (__, i) =>
        made(send, '/Users', user(`${prefix}${i}`, { displayName: `D${i}` })),
      ),
    );

  test('POST and PUT of a group take members (anchor 11; parity 9, 12): type, $ref and display are computed', async () => {
    const [a = '', b = ''] = await users(2, 'pp');
    const answer = await send('POST', '/Groups', {
      schemas: [GROUP],
      displayName: 'G',
      members: [{ value: a, type: 'Group', display: 'liar', $ref: 'https://elsewhere/x' }],
    });
    expect(answer.body.members).toEqual([
      { value: a, $ref: `http://scim.test/scim/v2/Users/${a}`, display: 'D0', type: 'User' },
    ]);
    const { id } = answer.body;
    await send('PUT', `/Groups/${id}`, group('G', [b]));
    expect(await members(id)).toEqual([b]);
    // Absent members stay, an empty list clears (decision 4), and is shown as [] (decision 16).
    await send('PUT', `/Groups/${id}`, { schemas: [GROUP], displayName: 'G2' });
    expect(await members(id)).toEqual([b]);
    const cleared = await send('PUT', `/Groups/${id}`, { schemas: [GROUP], displayName: 'G2', members: [] });
    expect(cleared.body.members).toEqual([]);
  });

  // must-handle 29, 30; [what, operations, members afterwards] with members a and b before.
  const CHANGES: readonly [string, (a: string, b: string, c: string) => Record<string, unknown>[], string][] =
    [
      ['add one', (_a, _b, c) => [{ op: 'add', path: 'members', value: [{ value: c }] }], 'abc'],
      ['add one that is there', (a) => [{ op: 'add', path: 'members', value: [{ value: a }] }], 'ab'],
      [
        'add the same twice',
        (_a, _b, c) => [{ op: 'add', path: 'members', value: [{ value: c }, { value: c }] }],
        'abc',
      ],
      ['add an object', (_a, _b, c) => [{ op: 'add', path: 'members', value: { value: c } }], 'abc'],
      ['add a bare id', (_a, _b, c) => [{ op: 'add', path: 'members', value: [c] }], 'abc'],
      [
        'add with $ref null',
        (_a, _b, c) => [{ op: 'Add', path: 'members', value: [{ $ref: null, value: c }] }],
        'abc',
      ],
      ['add without path', (_a, _b, c) => [{ op: 'add', value: { members: [{ value: c }] } }], 'abc'],
      ['add nothing', () => [{ op: 'add', path: 'members', value: [] }], 'ab'],
      ['add by URN', (_a, _b, c) => [{ op: 'add', path: `${GROUP}:members`, value: [{ value: c }] }], 'abc'],
      ['remove by value path', (a) => [{ op: 'remove', path: `members[value eq "${a}"]` }], 'b'],
      ['remove by or', (a, b) => [{ op: 'remove', path: `members[value eq "${a}" or value eq "${b}"]` }], ''],
      ['remove by not', (a) => [{ op: 'remove', path: `members[not (value eq "${a}")]` }], 'a'],
      ['remove by type', () => [{ op: 'remove', path: 'members[type eq "Group"]' }], 'ab'],
      ['remove by display', () => [{ op: 'remove', path: 'members[display eq "d0"]' }], 'b'],
      ['remove an array of values', (a) => [{ op: 'remove', path: 'members', value: [{ value: a }] }], 'b'],
      ['remove one object', (a) => [{ op: 'remove', path: 'members', value: { value: a } }], 'b'],
      [
        'remove nested values',
        (a) => [{ op: 'remove', path: 'members', value: { members: [{ value: a }] } }],
        'b',
      ],
      ['remove a stranger', (_a, _b, c) => [{ op: 'remove', path: `members[value eq "${c}"]` }], 'ab'],
      ['remove an empty array', () => [{ op: 'remove', path: 'members', value: [] }], 'ab'],
      ['remove all', () => [{ op: 'remove', path: 'members' }], ''],
      ['remove null', () => [{ op: 'remove', path: 'members', value: null }], ''],
      [
        'replace',
        (_a, b, c) => [{ op: 'replace', path: 'members', value: [{ value: b }, { value: c }] }],
        'bc',
      ],
      ['replace without path', (_a, _b, c) => [{ op: 'replace', value: { members: [{ value: c }] } }], 'c'],
      ['replace by nothing', () => [{ op: 'replace', path: 'members', value: [] }], ''],
      [
        'replace at a value path',
        (a, _b, c) => [{ op: 'replace', path: `members[value eq "${a}"]`, value: { value: c } }],
        'bc',
      ],
      [
        'remove and add in one request',
        (a, _b, c) => [
          { op: 'remove', path: `members[value eq "${a}"]` },
          { op: 'add', path: 'members', value: [{ value: c, display: 'x' }] },
        ],
        'bc',
      ],
      [
        'replace, then remove',
        (a, b, c) => [
          { op: 'replace', path: 'members', value: [{ value: c }, { value: a }] },
          { op: 'remove', path: 'members', value: [{ value: a }, { value: b }] },
        ],
        'c',
      ],
      [
        'an unknown member beside a known one (must-handle 42)',
        (_a, _b, c) => [{ op: 'add', path: 'members', value: [{ value: 'nobody' }, { value: c }] }],
        'abc',
      ],
    ];

  test.each(CHANGES)('PATCH: %s (parity 9)', async (what, operations, expected) => {
    const [a = '', b = '', c = ''] = await users(3, `ch-${what}`);
    const id = await made(send, '/Groups', group('G', [a, b]));
    const answer = await send('PATCH', `/Groups/${id}`, patchOp(...operations(a, b, c)));
    expect([answer.status, answer.body]).toEqual([204, undefined]);
    const ids: Record<string, string> = { a, b, c };
    expect(await members(id)).toEqual([...expected].map((name) => ids[name]).sort());
  });

  test('an operation that fails undoes those before it, members included (RFC 7644 §3.5.2)', async () => {
    const [a = '', b = ''] = await users(2, 'atomic');
    const id = await made(send, '/Groups', group('G', [a]));
    const answer = await send(
      'PATCH',
      `/Groups/${id}`,
      patchOp(
        { op: 'add', path: 'members', value: [{ value: b }] },
        { op: 'replace', path: 'displayName', value: 'H' },
        { op: 'remove', path: 'displayName' },
      ),
    );
    expect(answer.body).toEqual(errorBody(400, 'mutability'));
    expect((await send('GET', `/Groups/${id}`)).body).toMatchObject({
      displayName: 'G',
      members: [{ value: a }],
    });
  });

  test('sub-attributes of members are immutable, groups of users readOnly (decision 5)', async () => {
    const [a = ''] = await users(1, 'ro');
    const id = await made(send, '/Groups', group('G', [a]));
    for (const [path, operation] of [
      [`/Groups/${id}`, { op: 'replace', path: `members[value eq "${a}"].value`, value: 'x' }],
      [`/Groups/${id}`, { op: 'replace', path: `members[value eq "${a}"].display`, value: 'x' }],
      [`/Users/${a}`, { op: 'add', path: 'groups', value: [{ value: id }] }],
      [`/Users/${a}`, { op: 'remove', path: `groups[value eq "${id}"]` }],
      [`/Users/${a}`, { op: 'replace', path: 'id', value: 'x' }],
      [`/Users/${a}`, { op: 'replace', path: 'meta.created', value: 'x' }],
    ] as const) {
      expect((await send('PATCH', path, patchOp(operation))).body).toEqual(errorBody(400, 'mutability'));
    }
  });

  test('unknown members are refused where the policy says so (must-handle 42)', async () => {
    const strict = fresh(create(), { unknownReferences: 'reject' });
    const known = await made(strict, '/Users', user('known'));
    const refused = await strict('POST', '/Groups', group('G', [known, 'nobody']));
    expect(refused.body).toEqual(errorBody(400, 'invalidValue'));
    expect(refused.body.detail).toContain('nobody');
    const id = await made(strict, '/Groups', group('G', [known]));
    const added = await strict(
      'PATCH',
      `/Groups/${id}`,
      patchOp({ op: 'add', path: 'members', value: [{ value: 'x' }] }),
    );
    expect(added.status).toBe(400);
    expect((await strict('GET', `/Groups/${id}`)).body.members).toHaveLength(1);
  });

  test('User.groups: direct and through groups, direct wins, cycles end (anchor 11; parity 12)', async () => {
    const [a = ''] = await users(1, 'nested');
    const inner = await made(send, '/Groups', group('Inner', [a]));
    const outer = await made(send, '/Groups', group('Outer', [inner]));
    const top = await made(send, '/Groups', group('Top', [outer, a]));
    // A circle: the outermost is a member of the innermost.
    await send('PATCH', `/Groups/${inner}`, patchOp({ op: 'add', path: 'members', value: [{ value: top }] }));
    const groups = (await send('GET', `/Users/${a}`)).body.groups as {
      value: string;
      type: string;
      $ref: string;
    }[];
    expect(Object.fromEntries(groups.map((g) => [g.value, g.type]))).toEqual({
      [inner]: 'direct',
      [top]: 'direct',
      [outer]: 'indirect',
    });
    expect(groups.find((g) => g.value === inner)).toEqual({
      value: inner,
      $ref: `http://scim.test/scim/v2/Groups/${inner}`,
      display: 'Inner',
      type: 'direct',
    });
    const found = async (filter: string) =>
      (await send('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults;
    expect(await found(`groups.value eq "${outer}"`)).toBe(1);
    expect(await found(`groups[value eq "${outer}" and type eq "direct"]`)).toBe(0);
    expect(await found('groups.display eq "OUTER"')).toBe(1);
    expect(await found('groups pr and id eq "x"')).toBe(0);
    expect((await send('GET', `/Users/${a}?excludedAttributes=groups`)).body).not.toHaveProperty('groups');
    expect((await send('GET', `/Users/${a}?attributes=groups.value`)).body.groups).toHaveLength(3);
  });

  test('a joiner, a mover and a leaver: roles and groups follow them, and none is left behind (parity 28)', async () => {
    const engineers = await made(send, '/Groups', group('Engineers'));
    const managers = await made(send, '/Groups', group('Managers'));
    const joiner = await send('POST', '/Users', user('jml', { roles: [{ value: 'reader', primary: true }] }));
    const { id } = joiner.body;
    const patch = async (path: string, ...operations: Record<string, unknown>[]) =>
      expect((await send('PATCH', path, patchOp(...operations))).status).toBeLessThan(300);
    const seen = async () => {
      const { body } = await send('GET', `/Users/${id}`);
      const groups = ((body.groups ?? []) as { display: string }[]).map(({ display }) => display);
      return [body.active, body.roles?.map((role: { value: string }) => role.value), groups];
    };
    await patch(`/Groups/${engineers}`, { op: 'add', path: 'members', value: [{ value: id }] });
    expect(await seen()).toEqual([true, ['reader'], ['Engineers']]);
    await patch(`/Groups/${engineers}`, { op: 'remove', path: `members[value eq "${id}"]` });
    await patch(`/Groups/${managers}`, { op: 'add', path: 'members', value: [{ value: id }] });
    await patch(
      `/Users/${id}`,
      { op: 'remove', path: 'roles[value eq "reader"]' },
      { op: 'add', path: 'roles', value: [{ value: 'approver' }, { value: 'admin' }] },
    );
    expect(await seen()).toEqual([true, ['approver', 'admin'], ['Managers']]);
    const admins = await send('GET', '/Users?filter=roles.value eq "admin" and userName eq "jml"');
    expect(admins.body.totalResults).toBe(1);
    await patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    expect(await seen()).toEqual([false, ['approver', 'admin'], ['Managers']]);
    expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
    expect(await members(managers)).toEqual([]);
  });

  test('deleting a user or a group takes its memberships along (must-handle 35)', async () => {
    const [a = '', b = ''] = await users(2, 'cascade');
    const inner = await made(send, '/Groups', group('Inner', [a, b]));
    const outer = await made(send, '/Groups', group('Outer', [inner]));
    await send('DELETE', `/Users/${a}`);
    expect(await members(inner)).toEqual([b]);
    expect((await send('GET', `/Groups/${inner}`)).headers.get('etag')).toBe('W/"2"');
    await send('DELETE', `/Groups/${inner}`);
    expect(await members(outer)).toEqual([]);
    expect((await send('GET', `/Users/${b}`)).body).not.toHaveProperty('groups');
  });

  test('membership checks by filter (must-handle 9)', async () => {
    const [a = '', b = ''] = await users(2, 'check');
    const id = await made(send, '/Groups', group('Check', [a]));
    const total = async (filter: string) =>
      (await send('GET', `/Groups?filter=${encodeURIComponent(filter)}&excludedAttributes=members`)).body
        .totalResults;
    expect(await total(`id eq "${id}" and members eq "${a}"`)).toBe(1);
    expect(await total(`id eq "${id}" and members eq "${b}"`)).toBe(0);
    expect(await total(`members[value eq "${a}" and type eq "user"]`)).toBe(1);
    expect(await total(`id eq "${id}" and not (members.value eq "${a}")`)).toBe(0);
    expect(await total(`id eq "${id}" and members pr`)).toBe(1);
    for (const filter of ['members.$ref sw "x"', 'members[$ref eq "x"]', 'members.$ref pr']) {
      const answer = await send('GET', `/Groups?filter=${encodeURIComponent(filter)}`);
      expect(answer.body).toEqual(errorBody(400, 'invalidFilter'));
    }
  });

  test('members are read when they are wanted and not before (must-handle 10)', async () => {
    const selections: Selection[] = [];
    const database = watched(create(), selections);
    const quiet = client(
      createServiceProvider<{ tenant: string }>({
        authentication: anonymous({ tenant: 'acme' }),
        resources: [User, Group].map((type) => ({ type, store: ({ auth }) => database.open(type, auth) })),
      }),
    );
    const a = await made(quiet, '/Users', user('a'));
    const id = await made(quiet, '/Groups', group('G', [a]));
    const wanted = async (method: string, path: string, body?: unknown) => {
      selections.length = 0;
      expect((await quiet(method, path, body)).status).toBeLessThan(300);
      return selections.some((selection) => selection.relations.has('members'));
    };
    const change = patchOp({ op: 'remove', path: `members[value eq "${a}"]` });
    expect(await wanted('GET', `/Groups/${id}`)).toBe(true);
    expect(await wanted('GET', `/Groups/${id}?attributes=members.value`)).toBe(true);
    expect(await wanted('GET', `/Groups/${id}?excludedAttributes=members`)).toBe(false);
    expect(await wanted('GET', '/Groups?excludedAttributes=members')).toBe(false);
    expect(await wanted('GET', `/Groups/${id}?attributes=displayName`)).toBe(false);
    // A store that can't patch has to be read.
    const readsToPatch = name === 'a store without patch';
    expect(await wanted('PATCH', `/Groups/${id}`, change)).toBe(readsToPatch);
    expect(await wanted('PATCH', `/Groups/${id}?excludedAttributes=members`, change)).toBe(readsToPatch);
    expect(await wanted('PUT', `/Groups/${id}?attributes=displayName`, group('G'))).toBe(false);
  });
});
