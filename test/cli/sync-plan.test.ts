// What `scimkit sync` plans: files and a target in, a plan out. Nothing is written here.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bearer, createServiceProvider, Group, User } from 'scimkit';
import { bearerToken, createClient, type ScimClient } from 'scimkit/client';
import { createMemoryDatabase } from 'scimkit/memory';
import { afterAll, describe, expect, test } from 'vitest';
import { stopsOf } from '../../packages/cli/src/sync/ceiling.ts';
import { preparePlan } from '../../packages/cli/src/sync/prepare.ts';
import { planJson, planText } from '../../packages/cli/src/sync/print.ts';
import { parseSyncFile } from '../../packages/cli/src/sync/sync-file.ts';

const root = new URL('../..', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'scimkit-sync-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A service provider, with a client that reaches it without sockets. */
function createTarget(): ScimClient {
  const database = createMemoryDatabase();
  const scope = { tenant: 'default', connection: 'default' };
  const scim = createServiceProvider({
    basePath: '/scim/v2',
    authentication: bearer(() => scope),
    resources: [
      { type: User, store: ({ auth }) => database.open(User, auth) },
      { type: Group, store: ({ auth }) => database.open(Group, auth) },
    ],
  });
  return createClient({
    baseUrl: 'http://localhost/scim/v2',
    authorization: bearerToken('token'),
    fetch: (request) => scim.fetch(request),
  });
}

type Given = Readonly<Record<string, unknown>>;

/** What the target has: users and groups, whose members are given by userName. */
interface Has {
  readonly users?: readonly Given[];
  readonly groups?: readonly (Given & { readonly members?: readonly string[] })[];
}

let folders = 0;

/** Plans, from files in a folder of their own. */
async function plan(files: Given, syncFile: Given, has: Has = {}) {
  const folder = join(scratch, String(folders++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text as string);
  const client = createTarget();
  const ids = new Map<string, string>();
  for (const user of has.users ?? []) {
    const { id } = await client.resources(User).create({ userName: `name-${ids.size}`, ...user });
    ids.set(String(user.userName ?? `name-${ids.size}`), id);
  }
  for (const { members = [], ...group } of has.groups ?? []) {
    const value = members.map((name) => ({ value: ids.get(name) ?? '' }));
    await client.resources(Group).create({ displayName: 'group', ...group, members: value });
  }
  const file = parseSyncFile(join(folder, 'sync.json'), JSON.stringify(syncFile));
  const target = { client, name: 'target' };
  const made = await preparePlan({ file, target, tell: () => {} });
  return { made, file, text: planText(made, true), json: planJson(made, []) };
}

const CSV = { source: { csv: '.' } };

/** The lines of a plan that say what is done to whom, by keys alone. */
const actionsIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => /^ {2}(?:[+~-] | {4})/.test(line))
    .map((line) => line.replace(/^( *[+~-] \w+ "[^"]*"): [^(]*?(?= \(|$)/, '$1'));

const people = (map: Given = {}, more: Given = {}): Given => ({
  ...CSV,
  users: {
    ...{ from: 'people.csv', match: 'externalId', missing: 'delete' },
    map: { externalId: 'id', userName: 'email', ...map },
    ...more,
  },
});

const CASES: readonly {
  readonly name: string;
  readonly rows: readonly string[];
  readonly map?: Given;
  readonly more?: Given;
  readonly has: readonly Given[];
  readonly planned: readonly string[];
  readonly problems?: readonly RegExp[];
}[] = [
  {
    name: 'who is new is created, who is gone is deleted, who is as wanted is left',
    rows: ['id,email', '1,ada', '2,bob'],
    has: [
      { externalId: '1', userName: 'ada' },
      { externalId: '3', userName: 'cyd' },
    ],
    planned: ['+ create "2" (people.csv:3)', 'externalId: "2"', 'userName: "bob"', '- delete "3"'],
  },
  {
    name: 'what differs is told with what it was and what it becomes; nothing else is looked at',
    rows: ['id,email,title', '1,ada,Countess', '2,bob,', '3,cyd,Clerk'],
    map: { title: 'title' },
    has: [
      { externalId: '1', userName: 'ada', title: 'Lady', nickName: 'A' },
      { externalId: '2', userName: 'bob', title: 'Baron' },
      { externalId: '3', userName: 'cyd', title: 'Clerk', nickName: 'C' },
    ],
    planned: ['~ update "1"', 'title: "Lady" -> "Countess"', '~ update "2"', 'title: "Baron" -> nothing'],
  },
  {
    name: 'keys are compared as caseExact says: an externalId exactly',
    rows: ['id,email', 'e1,ada'],
    more: { missing: 'keep' },
    has: [{ externalId: 'E1', userName: 'other' }],
    planned: ['+ create "e1" (people.csv:2)', 'externalId: "e1"', 'userName: "ada"'],
  },
  {
    name: 'keys are compared as caseExact says: a userName in any case',
    rows: ['id,email', '1,Ada@Example.com'],
    more: { match: 'userName' },
    map: { userName: { column: 'email', ignoreCase: true } },
    has: [{ externalId: '1', userName: 'ada@example.com' }],
    planned: [],
  },
  {
    name: 'a column of texts means true and false, which deactivates and reactivates',
    rows: ['id,email,status', '1,ada,left', '2,bob,active', '3,cyd,active'],
    map: { active: { column: 'status', values: { active: true, left: false } } },
    has: [
      { externalId: '1', userName: 'ada', active: true },
      { externalId: '2', userName: 'bob', active: false },
      { externalId: '3', userName: 'cyd', active: true },
    ],
    planned: ['~ reactivate "2"', 'active: false -> true', '- deactivate "1"', 'active: true -> false'],
  },
  {
    name: 'deactivated as missing: once, and back when the row is back',
    rows: ['id,email', '2,bob', '4,dan'],
    more: { missing: 'deactivate' },
    has: [
      { externalId: '1', userName: 'ada' },
      { externalId: '2', userName: 'bob', active: false },
      { externalId: '3', userName: 'cyd', active: false },
      { externalId: '4', userName: 'dan' },
    ],
    planned: ['~ reactivate "2"', 'active: false -> true', '- deactivate "1"', 'active: true -> false'],
  },
  {
    name: 'who has no key is nobody of ours, and who is not managed neither',
    rows: ['id,email', '1,ada'],
    more: { managed: 'userType eq "Employee"' },
    has: [
      { externalId: '1', userName: 'ada', userType: 'Employee' },
      { userName: 'admin', userType: 'Employee' },
      { externalId: '2', userName: 'bob', userType: 'Contractor' },
      { externalId: '3', userName: 'cyd', userType: 'employee' },
    ],
    planned: ['- delete "3"'],
  },
  {
    name: 'one value of several, found by its type',
    rows: ['id,email,work,phone', '1,ada,a@new,', '2,bob,b@new,2', '3,cyd,c@x,3', '4,dan,,4'],
    map: {
      'emails[type eq "work"].value': 'work',
      'emails[type eq "work"].primary': { value: true },
      'phoneNumbers[type eq "work"].value': 'phone',
    },
    has: [
      {
        ...{ externalId: '1', userName: 'ada' },
        emails: [
          { type: 'Work', value: 'a@old', primary: true },
          { type: 'home', value: 'a@home' },
        ],
      },
      { externalId: '2', userName: 'bob', phoneNumbers: [{ type: 'work', value: '2' }] },
      {
        ...{ externalId: '3', userName: 'cyd' },
        emails: [{ type: 'work', value: 'c@x', primary: true }],
        phoneNumbers: [{ type: 'work', value: '3' }],
      },
      {
        ...{ externalId: '4', userName: 'dan' },
        emails: [{ type: 'work', value: 'd@x', primary: true }],
        phoneNumbers: [
          { type: 'work', value: '4' },
          { type: 'work', value: '44' },
        ],
      },
    ],
    planned: [
      '~ update "1"',
      'emails[type eq "work"].value: "a@old" -> "a@new"',
      '~ update "2"',
      'emails[type eq "work"].value: nothing -> "b@new"',
      'emails[type eq "work"].primary: nothing -> true',
      '~ update "4"',
      'emails[type eq "work"].value: "d@x" -> nothing',
      'emails[type eq "work"].primary: true -> nothing',
    ],
  },
  {
    name: 'two values where one is meant are left as they are, and told',
    rows: ['id,email,phone', '1,ada,1'],
    map: { 'phoneNumbers[type eq "work"].value': 'phone' },
    has: [
      {
        ...{ externalId: '1', userName: 'ada' },
        phoneNumbers: [
          { type: 'work', value: '7' },
          { type: 'work', value: '8' },
        ],
      },
    ],
    planned: [],
    problems: [/people\.csv:2: phoneNumbers\[type eq "work"\] finds 2 values/],
  },
  {
    name: 'a list in a cell: its order says nothing, and what stays keeps what else it has',
    rows: ['id,email,roles', '1,ada,b;a', '2,bob,a;c'],
    map: { roles: { column: 'roles', separator: ';' } },
    has: [
      { externalId: '1', userName: 'ada', roles: [{ value: 'a', display: 'A' }, { value: 'b' }] },
      { externalId: '2', userName: 'bob', roles: [{ value: 'a', display: 'A' }, { value: 'b' }] },
    ],
    planned: [
      '~ update "2"',
      'roles: [{"value":"a","display":"A"},{"value":"b"}] -> [{"value":"a"},{"value":"c"}]',
    ],
  },
  {
    name: 'attributes of extensions; a reference is the id of who has the key',
    rows: ['id,email,dept,boss', '1,ada,Sales,', '2,bob,Sales,1', '3,cyd,,9'],
    map: {
      [`${ENTERPRISE}:department`]: 'dept',
      [`${ENTERPRISE.toLowerCase()}:MANAGER.value`]: { column: 'boss', reference: true },
    },
    has: [
      { externalId: '2', userName: 'bob', [ENTERPRISE]: { department: 'Sales' } },
      { externalId: '3', userName: 'cyd' },
    ],
    planned: [
      '+ create "1" (people.csv:2)',
      'externalId: "1"',
      'userName: "ada"',
      `${ENTERPRISE}:department: "Sales"`,
      '~ update "2"',
      `${ENTERPRISE}:manager.value: nothing -> "1" (its id, once it is there)`,
    ],
    problems: [/people\.csv:4: .*manager\.value: there is no user "9"/],
  },
  {
    name: 'templates, constants, defaults, and what is for the creation alone; secrets are not shown',
    rows: ['id,email,first,last,lang', '1,ada,Ada,Lovelace,', '2,bob,Bob,,en'],
    map: {
      displayName: { template: '{first} {last}' },
      userType: { value: 'Employee' },
      preferredLanguage: { column: 'lang', default: 'de' },
      password: { template: 'Secret-{id}', only: 'create' },
    },
    has: [
      { externalId: '2', userName: 'bob', displayName: 'Bob', userType: 'Employee', preferredLanguage: 'en' },
    ],
    planned: [
      '+ create "1" (people.csv:2)',
      'externalId: "1"',
      'userName: "ada"',
      'displayName: "Ada Lovelace"',
      'userType: "Employee"',
      'preferredLanguage: "de"',
      'password: (secret)',
    ],
  },
  {
    name: 'rows that do not count are not there',
    rows: ['id,email,kind', '1,ada,staff', '2,bob,guest'],
    more: { where: { column: 'kind', notIn: ['guest', 'robot'] } },
    has: [
      { externalId: '1', userName: 'ada' },
      { externalId: '2', userName: 'bob' },
    ],
    planned: ['- delete "2"'],
  },
  {
    name: 'a row that is wrong removes nobody, and changes nobody',
    rows: ['id,email,title,on', '1,ada,New,maybe', '2,,New,true', '3,cyd,New,true', '3,cyd,Other,true'],
    map: { title: 'title', active: 'on' },
    has: [1, 2, 3, 4].map((number) => ({ externalId: String(number), userName: `u${number}`, title: 'Old' })),
    planned: ['- delete "4"'],
    problems: [
      /people\.csv:2: active: the column "on" must be true or false, not "maybe"/,
      /people\.csv:3: userName has no value/,
      /people\.csv:5: has the externalId "3", which people\.csv:4 has too/,
    ],
  },
  {
    name: 'a row of which nobody knows whom it is about: nobody is removed at all',
    rows: ['id,email', ',ada', '2,bob'],
    has: [
      { externalId: '1', userName: 'ada' },
      { externalId: '3', userName: 'cyd' },
    ],
    planned: ['+ create "2" (people.csv:3)', 'externalId: "2"', 'userName: "bob"'],
    problems: [/people\.csv:2: has no externalId/, /left out until those rows are mended: users: 2/],
  },
  {
    name: 'a row with a cell too many or too few: the same',
    rows: ['id,email', '1,ada,x', '2'],
    has: [{ externalId: '3', userName: 'cyd' }],
    planned: [],
    problems: [
      /people\.csv:2: has 3 cells, but there are 2 columns/,
      /people\.csv:3: has 1 cells/,
      /users: 1/,
    ],
  },
  {
    name: 'two resources with one key are not guessed between',
    rows: ['id,email', '1,ada'],
    has: [
      { externalId: '1', userName: 'ada' },
      { externalId: '1', userName: 'ada2' },
    ],
    planned: [],
    problems: [/target: 2 User resources have the externalId "1" \(ids .*, .*\): none is touched/],
  },
];

describe('users', () => {
  for (const { name, rows, map, more, has, planned, problems = [] } of CASES) {
    test(name, async () => {
      const made = await plan({ 'people.csv': `${rows.join('\n')}\n` }, people(map, more), { users: has });
      expect(actionsIn(made.text).map((line) => line.trim())).toEqual(planned);
      if (problems.length === 0) expect(made.json.problems).toEqual([]);
      for (const problem of problems) expect(made.text).toMatch(problem);
      expect(made.text + JSON.stringify(made.json)).not.toContain('Secret-');
    });
  }
});

describe('memberships', () => {
  const file = {
    ...CSV,
    users: {
      ...{ from: 'people.csv', match: 'externalId', missing: 'keep' },
      map: { externalId: 'id', userName: 'email' },
    },
    groups: {
      ...{ from: 'teams.csv', match: 'displayName', missing: 'delete' },
      map: { displayName: 'team' },
      members: { from: 'members.csv', group: 'team', member: 'who' },
    },
  };
  const files = {
    'people.csv': 'id,email\n1,ada\n2,bob\n3,cyd\n',
    'teams.csv': 'team\nRed\nBlue\n',
  };
  const users = [
    { externalId: '1', userName: 'ada' },
    { externalId: '2', userName: 'bob' },
    { userName: 'robot' },
  ];
  // In what order a target tells members is its own affair.
  const membersIn = ({ json }: { readonly json: Given }) =>
    (json.memberships as readonly { readonly remove: readonly string[]; readonly labels: object }[]).map(
      ({ labels: _, ...change }) => ({
        ...change,
        remove: change.remove.toSorted(),
      }),
    );

  test('come and go; who is nobody of ours stays, and who is new comes when there', async () => {
    const made = await plan({ ...files, 'members.csv': 'team,who\nred,1\nRED,1\nRed,3\nBlue,2\n' }, file, {
      users,
      groups: [{ displayName: 'red', members: ['bob', 'robot'] }, { displayName: 'Old' }],
    });
    expect(membersIn(made)).toEqual([
      { group: 'Red', add: ['1', '3'], remove: ['2'] },
      { group: 'Blue', add: ['2'], remove: [] },
    ]);
    expect(made.text).toContain('- delete "Old"');
    expect(made.json.problems).toEqual([]);
  });

  test('who is gone from the users and still in the memberships stays a member, unless deleted', async () => {
    const rows = { ...files, 'people.csv': 'id,email\n1,ada\n', 'members.csv': 'team,who\nRed,1\nRed,2\n' };
    const has = { users, groups: [{ displayName: 'Red', members: ['bob'] }, { displayName: 'Blue' }] };
    const deactivated = await plan(rows, { ...file, users: { ...file.users, missing: 'deactivate' } }, has);
    expect(deactivated.text).toContain('- deactivate "2": bob');
    expect(membersIn(deactivated)).toEqual([{ group: 'Red', add: ['1'], remove: [] }]);
    const late = { ...rows, 'members.csv': `${rows['members.csv']}Blue,2\n` };
    const deleted = await plan(late, { ...file, users: { ...file.users, missing: 'delete' } }, has);
    expect(deleted.text).toContain('- delete "2": bob');
    expect(membersIn(deleted)).toEqual([{ group: 'Red', add: ['1'], remove: [] }]);
  });

  test('who is not managed, or has a row that is wrong, is taken out of no group', async () => {
    const made = await plan(
      { ...files, 'people.csv': 'id,email\n1,ada\n2,\n3,cyd\n', 'members.csv': 'team,who\nBlue,1\n' },
      { ...file, users: { ...file.users, managed: 'userName ne "cyd"' } },
      {
        users: [...users, { externalId: '3', userName: 'cyd' }],
        groups: [{ displayName: 'Red', members: ['ada', 'bob', 'cyd', 'robot'] }],
      },
    );
    expect(membersIn(made)).toEqual([
      { group: 'Red', add: [], remove: ['1'] },
      { group: 'Blue', add: ['1'], remove: [] },
    ]);
  });

  const has = {
    users,
    groups: [
      { displayName: 'Red', members: ['ada', 'bob'] },
      { displayName: 'Blue', members: ['ada', 'bob'] },
    ],
  };
  const WRONG: readonly (readonly [row: string, problem: RegExp, left: readonly object[]])[] = [
    [
      'Red,99',
      /members\.csv:3: there is no user with the externalId "99"/,
      [{ group: 'Blue', add: [], remove: ['1', '2'] }],
    ],
    ['Red,', /members\.csv:3: has no who/, [{ group: 'Blue', add: [], remove: ['1', '2'] }]],
    ['Rde,2', /members\.csv:3: names the group "Rde", which teams\.csv has not/, []],
    [',2', /members\.csv:3: has no team/, []],
    ['Red,2,x', /members\.csv:3: has 3 cells/, []],
  ];
  for (const [row, problem, left] of WRONG) {
    test(`a row that is wrong removes nobody: ${row}`, async () => {
      const made = await plan({ ...files, 'members.csv': `team,who\nRed,1\n${row}\n` }, file, has);
      expect(made.text).toMatch(problem);
      expect(membersIn(made)).toEqual(left);
      expect(made.text).toContain('left out until those rows are mended: memberships:');
    });
  }

  test('in a column of the groups, by another attribute, without users being synced', async () => {
    const made = await plan(
      { 'teams.csv': 'team,who\nRed,"ADA, nobody"\nBlue,\n' },
      {
        ...CSV,
        groups: {
          ...{ from: 'teams.csv', match: 'displayName', map: { displayName: 'team' } },
          members: { member: 'who', separator: ',', by: 'userName' },
        },
      },
      has,
    );
    expect(membersIn(made)).toEqual([{ group: 'Blue', add: [], remove: ['ada', 'bob'] }]);
    expect(made.text).toMatch(/teams\.csv:2: there is no user with the userName "nobody"/);
  });
});

test('beside keys stand the names that people know, of those who come, change and go', async () => {
  const made = await plan(
    {
      'people.csv': 'id,email,first,last\n1,ada,Ada,King\n2,bob,Bob,\n5,eve,,\n',
      'teams.csv': 'id,team\nT1,Red\nT2,Blue\n',
      'members.csv': 'team,who\nT1,1\nT1,2\n',
    },
    {
      ...CSV,
      users: {
        ...{ from: 'people.csv', match: 'externalId', missing: 'delete' },
        map: { externalId: 'id', userName: 'email', 'name.givenName': 'first', 'name.familyName': 'last' },
      },
      groups: {
        ...{ from: 'teams.csv', match: 'externalId', map: { externalId: 'id', displayName: 'team' } },
        ...{ missing: 'delete', members: { from: 'members.csv', group: 'team', member: 'who' } },
      },
    },
    {
      users: [
        { externalId: '1', userName: 'ada', name: { givenName: 'Ada', familyName: 'Byron' } },
        { externalId: '3', userName: 'cyd', name: { givenName: 'Cyd' } },
        { externalId: '5', userName: 'eve' },
      ],
      groups: [
        { externalId: 'T1', displayName: 'Red', members: ['eve'] },
        { externalId: 'T3', displayName: 'Old' },
      ],
    },
  );
  for (const line of [
    '  + create "2": bob, Bob (people.csv:3)',
    '  ~ update "1": ada, Ada Byron',
    '  - delete "3": cyd, Cyd',
    '  + create "T2": Blue (teams.csv:3)',
    '  - delete "T3": Old',
    '  "T1": Red\n    + 2 members: 1 (ada, Ada King), 2 (bob, Bob)\n    - 1 member: 5 (eve)',
  ]) {
    expect(made.text).toContain(`${line}\n`);
  }
  expect(made.json.users).toContainEqual(
    expect.objectContaining({ action: 'delete', key: '3', label: 'cyd, Cyd' }),
  );
  expect(made.json.memberships).toEqual([
    {
      ...{ group: 'T1', label: 'Red', add: ['1', '2'], remove: ['5'] },
      labels: { 1: 'ada, Ada King', 2: 'bob, Bob', 5: 'eve' },
    },
  ]);
});

test('JSON lines: members within members, lists, numbers as keys; a line that is wrong removes nobody', async () => {
  const lines = [
    { id: 1, login: 'ada', name: { first: 'Ada' }, mail: [{ value: 'a@x', type: 'work' }] },
    { id: '2', login: 'bob', name: {}, mail: ['b@x', 'b@y'] },
  ].map((line) => JSON.stringify(line));
  const made = await plan(
    { 'people.jsonl': `${[...lines, '{"id": 3'].join('\n')}\n` },
    {
      source: { jsonl: '.' },
      users: {
        ...{ from: 'people.jsonl', match: 'externalId', missing: 'delete' },
        map: { externalId: 'id', userName: 'login', 'name.givenName': 'name.first', emails: 'mail' },
      },
    },
    { users: [{ externalId: '3', userName: 'cyd' }] },
  );
  expect(actionsIn(made.text).map((line) => line.trim())).toEqual([
    '+ create "1" (people.jsonl:1)',
    'externalId: "1"',
    'userName: "ada"',
    'name.givenName: "Ada"',
    'emails: [{"value":"a@x","type":"work"}]',
    '+ create "2" (people.jsonl:2)',
    'externalId: "2"',
    'userName: "bob"',
    'emails: [{"value":"b@x"},{"value":"b@y"}]',
  ]);
  expect(made.text).toMatch(/people\.jsonl:3: is no JSON/);
});

test("the guide's files are sync files, and its first one works", async () => {
  const guide = readFileSync(join(root, 'docs/sync.md'), 'utf8');
  const [first = '', second = '', ...others] = [...guide.matchAll(/^```json\n(.*?)^```/gms)].map(
    ([, text = '']) => text,
  );
  expect(others).toEqual([]);
  expect(parseSyncFile('second.json', second)).toMatchObject({ source: { kind: 'scim', profile: 'old' } });
  const columns = 'employee_id,email,first,last,status,dept,boss,kind';
  const made = await plan(
    {
      'people.csv': `${columns}\nE1,ada@x,Ada,Lovelace,active,R+D,E2,staff\nE2,li@x,Li,Wang,left,,,guest\n`,
      'teams.csv': 'team\nEngines\n',
      'memberships.csv': 'team,employee_id\nengines,E1\n',
    },
    JSON.parse(first) as Given,
    { users: [{ externalId: 'E2', userName: 'li@x' }] },
  );
  expect(made.json).toMatchObject({
    counts: { 'users create': 1, 'users deactivate': 1, 'groups create': 1, 'members add': 1 },
    problems: [],
  });
  expect(made.file.targetProfile).toBe('prod');
});

describe('the ceiling', () => {
  const rowsOf = (count: number) => Array.from({ length: count }, (_, index) => `${index},u${index}`);
  const users = rowsOf(40).map((row) => {
    const [externalId = '', userName = ''] = row.split(',');
    return { externalId, userName };
  });
  const TABLE: readonly (readonly [
    left: number,
    removals: Given | undefined,
    allowed: number | undefined,
    reason: RegExp | undefined,
  ])[] = [
    [35, undefined, undefined, undefined],
    [34, undefined, undefined, /users: 6 of 40, and the ceiling is 5\. .* --allow-removals 6\./],
    [34, undefined, 5, /--allow-removals 6/],
    [34, undefined, 6, undefined],
    [34, { ceiling: '15%' }, undefined, undefined],
    [33, { ceiling: '15%' }, undefined, /7 of 40, and the ceiling is 6/],
    [39, { ceiling: '2%' }, undefined, /1 of 40, and the ceiling is 0/],
    [20, { ceiling: 20 }, undefined, undefined],
    [39, { ceiling: { users: 0 } }, undefined, /1 of 40, and the ceiling is 0/],
    [0, { ceiling: 40 }, 40, /The source has no users at all/],
  ];
  for (const [left, removals, allowed, reason] of TABLE) {
    const what = `${JSON.stringify(removals) ?? 'the usual'}, ${allowed ?? 'none'} allowed`;
    test(`${left} of 40 are left; ${what}`, async () => {
      const { made, file } = await plan(
        { 'people.csv': `id,email\n${rowsOf(left).join('\n')}\n` },
        { ...people(), ...(removals && { removals }) },
        { users },
      );
      const stops = stopsOf(made, file.ceilings, allowed);
      expect(stops).toHaveLength(reason ? 1 : 0);
      if (reason) expect(stops[0]?.reason).toMatch(reason);
    });
  }
});

describe('a sync file that is wrong is refused, with the place', () => {
  const users = (more: Given) => ({ ...CSV, users: { ...(people().users as Given), ...more } });
  const map = (more: Given) => people(more);
  const TABLE: readonly (readonly [wrong: Given, error: RegExp])[] = [
    [{}, /sync\.json: it must have "source"/],
    [CSV, /must have "users", "groups", or both/],
    [{ ...people(), user: {} }, /has no member "user": there are source, target, users, groups, removals/],
    [{ ...people(), source: { csv: '.', jsonl: '.' } }, /source must say one thing/],
    [users({ match: undefined }), /users must have "match"/],
    [users({ missing: 'drop' }), /users\.missing must be one of "keep", "deactivate", "delete"/],
    [users({ match: 'title' }), /users must map title, which rows are matched by/],
    [users({ match: 'titel' }), /users has "match": "titel", which is no attribute of User/],
    [users({ managed: 'x eq' }), /users\.managed is no filter that works here/],
    [users({ where: { column: 'id' } }), /users\.where must have "column" and one of/],
    [users({ from: 'nobody.csv' }), /nobody\.csv is not there/],
    [map({ titel: 'id' }), /users\.map\.titel is no attribute of User .*\(Did you mean title\?\)/],
    [map({ department: 'id' }), /users\.map\.department is no .* Write urn:.*:2\.0:User:department\.$/],
    [map({ 'Manager.Value': 'id' }), /is no attribute of User .* Write urn:.*:2\.0:User:manager\.value\.$/],
    [map({ departmnt: 'id' }), /\(Did you mean urn:.*:2\.0:User:department\?\)/],
    [map({ givenName: 'id' }), /users\.map\.givenName is no .* Write name\.givenName\.$/],
    [map({ 'urn:acme:User:department': 'id' }), / Write urn:.*:2\.0:User:department\.$/],
    [map({ name: 'id' }), /users\.map\.name has parts: .* name\.formatted and name\.familyName/],
    [
      map({ 'emails.value': 'id' }),
      /\["emails\.value"\] must say which value it means, such as emails\[type eq "work"\]\.value/,
    ],
    [map({ 'emails[type eq "work"]': 'id' }), /must be written like emails\[type eq "work"\]\.value/],
    [map({ 'emails[type co "work"].value': 'id' }), /must be written like/],
    [map({ groups: 'id' }), /users\.map\.groups is read-only/],
    [map({ id: 'id' }), /users\.map\.id is read-only/],
    [map({ password: 'id' }), /users\.map\.password is never sent back.*"only": "create"/],
    [
      map({ title: { column: 'id', value: 'x' } }),
      /users\.map\.title must have one of "column", "value" and "template"/,
    ],
    [map({ title: { colum: 'id' } }), /users\.map\.title has no member "colum"/],
    [
      map({ active: { column: 'id', values: { a: 'yes' } } }),
      /users\.map\.active must be true or false, not "yes"/,
    ],
    [
      map({ title: 'titel', nickName: 'nick' }),
      /people\.csv has no column "titel", "nick"\. It has "id", "email"/,
    ],
    [
      { ...people(), removals: { ceiling: 'few' } },
      /removals\.ceiling must be a whole number, or a part such as "5%"/,
    ],
    [{ ...people(), groups: { from: 'people.csv' } }, /groups must have "match"/],
  ];
  for (const [wrong, error] of TABLE) {
    test(String(error), async () => {
      await expect(plan({ 'people.csv': 'id,email\n1,ada\n' }, wrong)).rejects.toThrow(error);
    });
  }

  const FILES: readonly (readonly [text: string | Buffer, error: RegExp])[] = [
    ['', /people\.csv is empty: its first line must name the columns/],
    ['id,email,id\n', /people\.csv has the column "id" twice/],
    ['id,email\n1,"ada\n2,bob\n', /people\.csv is no CSV: .*/],
    [Buffer.from('id,email\n1,ad\xe4\n', 'latin1'), /people\.csv:2 is not in UTF-8/],
    [
      Buffer.from(`id,email\n${'1,ada\n'.repeat(30_000)}1,\xe4`, 'latin1'),
      /people\.csv:30002 is not in UTF-8/,
    ],
    ['id;email\n1;ada\n', /has no column "id", "email".* Is ";" between .* "delimiter": ";" in "source"/],
  ];
  for (const [text, error] of FILES) {
    test(String(error), async () => {
      await expect(plan({ 'people.csv': text }, people())).rejects.toThrow(error);
    });
  }
});
