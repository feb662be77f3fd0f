// `scimkit bulk`, `scimkit members`, `scimkit search`: many resources at once, of several types.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, scratch, type Serving, serve } from '../serve/command.ts';
import { clientOf, printed } from './client.ts';

afterAll(cleanUp);

const PEOPLE = 300;

let server: Serving;
let scimkit: ReturnType<typeof clientOf>;
beforeAll(async () => {
  // Bulk in parts of 100, so that references reach from one request into another.
  server = await serve(['--database', ':memory:', '--create-token', '--limit', 'bulkOperations=100']);
  scimkit = clientOf(server);
});

const asLines = (all: readonly object[]) => all.map((each) => JSON.stringify(each)).join('\n');
const create = (userName: string) => ({
  method: 'POST',
  path: '/Users',
  bulkId: userName,
  data: { userName },
});

describe('bulk', () => {
  test('one operation per line, in as many requests as it takes; references reach across them', async () => {
    const group = {
      displayName: 'Crew',
      members: [{ value: 'bulkId:p0' }, { value: `bulkId:p${PEOPLE - 1}` }],
    };
    const operations = [
      { method: 'POST', path: '/Groups', data: group },
      ...Array.from({ length: PEOPLE }, (_, number) => create(`p${number}`)),
    ];
    const ended = await scimkit(['bulk', '--file', '-', '-o', 'json', '-v'], asLines(operations));
    const rows = printed<{ operation: string; status: number; id: string }[]>(ended);
    expect(ended.stderr.match(/POST \S+\/Bulk: 200/g)?.length).toBeGreaterThanOrEqual(PEOPLE / 100);
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set([201]));
    expect(rows.map(({ operation }) => operation)).toEqual(operations.map((_, index) => `${index + 1}`));
    const members = await scimkit(['members', 'list', 'displayName=crew', '-o', 'jsonl']);
    expect(members.stdout.match(/"value":"[\w-]+"/g)?.sort()).toEqual(
      [rows[1], rows[PEOPLE]].map((row) => `"value":"${row?.id}"`).sort(),
    );
  });

  test('a BulkRequest with its failOnErrors: what failed, what was not begun, and the exit code', async () => {
    const file = join(scratch, 'bulk.json');
    const remove = { method: 'DELETE', path: '/Users/nobody' };
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
    writeFileSync(
      file,
      JSON.stringify({ schemas, failOnErrors: 1, Operations: [create('b1'), remove, create('b2')] }),
    );
    const { code, stdout, stderr } = await scimkit(['bulk', '--file', file]);
    const lines = stdout.split('\n');
    expect(code).toBe(1);
    expect(lines[1]).toMatch(/^1 +POST +\/Users +b1 +201 +[\w-]{36}$/);
    expect(lines[2]).toMatch(/^2 +DELETE +\/Users\/nobody +404 +There is no User/);
    expect(lines[3]).toMatch(/^3 +POST +\/Users +b2 +not done$/);
    expect(stderr).toBe('1 of 3 operations failed, 1 were not begun.\n');
  });

  test.each([
    ['no operations', '{"schemas":[]}', /a BulkRequest needs "Operations"/],
    [
      'a wrong method',
      '[{"method":"GET","path":"/Users"}]',
      /operation 1: "method" must be one of POST, PUT/,
    ],
    [
      'an unknown type',
      `[${JSON.stringify(create('x'))},{"method":"POST","path":"/Gadgets","data":{}}]`,
      /operation 2: there is no resource type at "\/Gadgets"; there are \/Users, \/Groups/,
    ],
    ['no id', '[{"method":"PUT","path":"/Users","data":{}}]', /operation 1: the "path" of a PUT needs an id/],
    ['no data', '{"method":"POST","path":"/Users"}', /operation 1: a POST needs "data"/],
    ['one bulkId twice', asLines([create('x'), create('x')]), /bulkId/],
  ])('wrong usage is told before anything is sent: %s', async (_, input, message) => {
    const { code, stdout, stderr } = await scimkit(['bulk', '--file', '-'], input);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
  });
});

describe('members', () => {
  const list = async (...args: readonly string[]) =>
    printed<{ value: string; type: string; display: string }[]>(
      await scimkit(['members', 'list', 'displayName=Many', '-o', 'json', ...args]),
    );
  beforeAll(async () => {
    printed(await scimkit(['groups', 'create', '--displayName', 'Many']));
    printed(await scimkit(['groups', 'create', '--displayName', 'Nested']));
  });

  test('by name and by id, from arguments and a file, as many as there are', async () => {
    const ada = printed(await scimkit(['users', 'create', '--userName', 'ada'])).id as string;
    const names = Array.from({ length: PEOPLE }, (_, number) => `P${number}`);
    writeFileSync(join(scratch, 'names'), `# people\r\n${names.join('\r\n')}\r\n`);
    const file = ['--by', 'userName', '--file', 'names', '--size', '200', '-v'];
    const byFile = await scimkit(['members', 'add', 'displayName=Many', ...file]);
    expect([byFile.code, byFile.stderr]).toEqual([
      0,
      expect.stringMatching(/^300 members named: all are in Group [\w-]{36} now\.\n$/m),
    ]);
    expect(byFile.stderr.match(/^PATCH /gm)).toHaveLength(2);
    // Names are asked for together.
    expect(byFile.stderr.match(/^GET \S+\/Users\?/gm)?.length).toBeLessThan(40);
    const more = await scimkit([
      'members',
      'add',
      'displayName=Many',
      ada,
      'displayName=Nested',
      'userName=p0',
    ]);
    expect([more.code, more.stderr]).toEqual([0, expect.stringMatching(/^3 members named: all are in/)]);
    const all = await list();
    expect(all).toHaveLength(PEOPLE + 2);
    expect(all).toContainEqual(expect.objectContaining({ value: ada, type: 'User', display: 'ada' }));
    expect(all).toContainEqual(expect.objectContaining({ type: 'Group', display: 'Nested' }));
    const table = await scimkit(['members', 'list', 'displayName=Many']);
    expect(table.stdout).toMatch(/^ID +TYPE +DISPLAY\n/);
    const gone = await scimkit(
      ['members', 'remove', 'displayName=Many', '--by', 'userName', '--file', '-'],
      names.slice(1).join('\n'),
    );
    expect([gone.code, gone.stderr]).toEqual([
      0,
      expect.stringMatching(/^299 members named: none of them is in Group/),
    ]);
    expect((await list()).map(({ display }) => display).sort()).toEqual(['Nested', 'ada', 'p0']);
  });

  test.each([
    ['nobody', [], 2, /name members: ids, names/],
    [
      'a name that nobody has',
      ['userName=p1', 'userName=nobody'],
      1,
      /there is no User with userName "nobody"/,
    ],
    [
      'an id that nobody has',
      ['userName=p1', 'grace', 'mary'],
      1,
      /^error: no User and no Group has the id 'grace': for a name, write userName=grace\. Nor has anybody 'mary'\. Nothing was changed\.\n$/,
    ],
    ['a misspelt attribute', ['userNam=p1'], 1, /has the id 'userNam=p1' \(Did you mean userName\?\)/],
    ['an attribute that nobody has', ['x', '--by', 'usrName'], 2, /--by: there is no attribute 'usrName'/],
    ['a type without members', ['x', '--type', 'users'], 2, /--type: User has no members\. Take groups\./],
  ])('%s: nothing is changed', async (_, args, expected, message) => {
    const { code, stderr } = await scimkit(['members', 'add', 'displayName=Many', ...args]);
    expect([code, stderr]).toEqual([expected, expect.stringMatching(message)]);
    expect(stderr).not.toMatch(/named/);
    expect((await list()).map(({ display }) => display)).not.toContain('p1');
  });

  test('who is no member can be removed, and nobody claims that he was one', async () => {
    const { code, stderr } = await scimkit(['members', 'remove', 'displayName=Many', 'nobody']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^1 member named: it is not in Group [\w-]{36} now, whether or not it was before\.\n$/,
      ),
    ]);
  });
});

describe('search', () => {
  test('over all types, by one filter; columns of each', async () => {
    const filter = 'userName eq "p1" or displayName eq "crew"';
    const [table, columns] = await Promise.all([
      scimkit(['search', filter, '-v']),
      scimkit([
        'search',
        filter,
        '--columns',
        'meta.resourceType,userName,displayName',
        '-o',
        'csv',
        '--sort-by',
        'id',
      ]),
    ]);
    expect(table.stdout).toMatch(/^TYPE +ID +NAME +EXTERNALID\n/);
    expect(table.stdout).toMatch(/^User +[\w-]{36} +p1$/m);
    expect(table.stdout).toMatch(/^Group +[\w-]{36} +Crew$/m);
    expect(table.stderr).toMatch(/^POST \S+\/v2\/\.search: 200/m);
    expect(columns.stdout.split('\n').sort()).toEqual([
      '',
      'Group,,Crew',
      'User,p1,',
      'meta.resourceType,userName,displayName',
    ]);
  });

  test('limits, and what none of the types has', async () => {
    const [limited, unknown, value] = await Promise.all([
      scimkit(['search', '--limit', '3', '-o', 'jsonl', '--attributes', 'id']),
      scimkit(['search', 'usrName eq "x"']),
      scimkit(['search', 'active eq "x"']),
    ]);
    expect(limited.stdout.trim().split('\n')).toHaveLength(3);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/none of User, Group has.*Did you mean userName/),
    ]);
    expect([value.code, value.stderr]).toEqual([2, expect.stringMatching(/true or false without quotes/)]);
  });
});
