// What the command prints: formats, columns, and nothing that moves a terminal's cursor.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, type Serving, serve, start } from '../serve/command.ts';
import { clientOf, printed } from './client.ts';

afterAll(cleanUp);

/** What moves a cursor, or turns a text around; lines may end. */
const HARMFUL = /(?!\n)[\p{Cc}\u202e]/u;

let server: Serving;
let scimkit: ReturnType<typeof clientOf>;
const people = [
  {
    userName: 'ada',
    displayName: '\u001b[31mred\u202e\u0007',
    emails: [
      { value: 'ada@x.example', type: 'work' },
      { value: 'a@h.example', type: 'home' },
    ],
  },
  { userName: 'bob', displayName: '=HYPERLINK("http://evil.example")', title: 'says "hi", twice' },
  { userName: 'cai', displayName: '蔡', phoneNumbers: [{ value: '+44 20 7946 0000' }], title: '-1+cmd|x' },
  { userName: 'dan', displayName: 'two\nlines', title: '@SUM(A1)' },
];
beforeAll(async () => {
  server = await serve(['--database', ':memory:', '--create-token']);
  scimkit = clientOf(server);
  const lines = people.map((person) => JSON.stringify(person)).join('\n');
  expect((await scimkit(['users', 'create', '--file', '-'], lines)).code).toBe(0);
});

const list = (...args: readonly string[]) => scimkit(['users', 'list', '--sort-by', 'userName', ...args]);

test('a table, with what would harm a terminal written out, and wide characters in their columns', async () => {
  const { stdout } = await list('--columns', 'userName,displayName,emails[type eq "work"].value');
  expect(stdout).not.toMatch(HARMFUL);
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^USERNAME {2}DISPLAYNAME {2,}EMAILS\[TYPE EQ "WORK"\]\.VALUE$/);
  expect(lines[1]).toMatch(/^ada {7}\\u001b\[31mred\\u202e\\u0007 +ada@x\.example$/);
  expect(lines[3]).toMatch(/^cai {7}蔡$/);
  expect(lines[4]).toMatch(/^dan {7}two\\nlines$/);
});

test('JSON and JSON lines are the same values, and safe for a terminal too', async () => {
  const [json, lines] = await Promise.all([list('-o', 'json'), list('-o', 'jsonl')]);
  const all = printed<{ displayName: string }[]>(json);
  expect(all.map(({ displayName }) => displayName)).toEqual(people.map(({ displayName }) => displayName));
  expect(
    lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(all);
  for (const { stdout } of [json, lines]) expect(stdout).not.toMatch(HARMFUL);
});

test('CSV: quoted as RFC 4180 has it, formulas made texts, telephone numbers left alone', async () => {
  const columns = ['--columns', 'userName,displayName,title,phoneNumbers.value,emails.value', '-o', 'csv'];
  const [guarded, plain] = await Promise.all([list(...columns), list(...columns, '--no-formula-guard')]);
  expect(guarded.stdout).toBe(
    [
      'userName,displayName,title,phoneNumbers.value,emails.value',
      'ada,\\u001b[31mred\\u202e\\u0007,,,ada@x.example;a@h.example',
      `bob,"'=HYPERLINK(""http://evil.example"")","says ""hi"", twice",,`,
      "cai,蔡,'-1+cmd|x,+44 20 7946 0000,",
      `dan,"two\nlines",'@SUM(A1),,`,
      '',
    ].join('\n'),
  );
  expect(plain.stdout).toContain('bob,"=HYPERLINK(""http://evil.example"")"');
});

test('filters, with an extension’s attribute by its short name; pages, limits, order', async () => {
  const [filtered, limited, ended] = await Promise.all([
    list('--filter', 'title pr and not (department pr)', '-o', 'jsonl', '--attributes', 'userName'),
    list('--limit', '3', '--count', '2', '--descending', '--columns', 'userName', '-v'),
    list('--limit', '1', '--exclude', 'displayName,meta', '-o', 'json', '--post', '-v'),
  ]);
  expect(filtered.stdout.match(/"userName":"\w+"/g)).toEqual([
    '"userName":"bob"',
    '"userName":"cai"',
    '"userName":"dan"',
  ]);
  expect(limited.stdout).toBe('USERNAME\ndan\ncai\nbob\n');
  expect(limited.stderr.match(/\/Users\?\S*count=2/g)).toHaveLength(2);
  expect(printed<object[]>(ended)[0]).not.toHaveProperty('displayName');
  expect(ended.stderr).toMatch(/^POST \S+\/Users\/\.search: 200, \d+ ms$/m);
});

test('nothing found: an empty table, an empty array, no line', async () => {
  const none = ['--filter', 'userName eq "nobody"'];
  const [table, json, lines] = await Promise.all([
    list(...none),
    list(...none, '-o', 'json'),
    list(...none, '-o', 'jsonl'),
  ]);
  expect([table.stdout, json.stdout, lines.stdout]).toEqual([expect.stringMatching(/^ID .*\n$/), '[]\n', '']);
});

test('who stops reading ends the command in silence', async () => {
  const environment = { SCIM_BASE_URL: server.baseUrl, SCIM_TOKEN: server.token ?? '' };
  const { child, output, exited } = start(['users', 'list', '-o', 'jsonl', '--count', '1'], environment);
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect([await exited, output.stderr]).toEqual([0, '']);
});

describe('wrong usage', () => {
  test.each([
    ['a format', ['-o', 'yaml'], /Allowed choices are table, json, jsonl, csv/],
    [
      'a column',
      ['--columns', 'usrName'],
      /--columns: User has no attribute 'usrName'.*Did you mean userName/,
    ],
    ['a column with half a filter', ['--columns', 'emails[type'], /--columns: 'emails\[type' is no path/],
    ['a filter', ['--filter', 'userName = "x"'], /--filter: The filter is wrong at character/],
    ['a filter on nothing', ['--filter', 'usrName eq "x"'], /--filter: .*Did you mean userName/],
    ['a filter of another type', ['--filter', 'active eq "x"'], /--filter: .*true or false without quotes/],
    ['an order', ['--sort-by', 'nme'], /--sort-by: .*Did you mean name/],
    ['both selections', ['--attributes', 'id', '--exclude', 'meta'], /contradict each other/],
    ['a count', ['--count', '0'], /whole number of at least 1/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await list(...args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
  });
});
