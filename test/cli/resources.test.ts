// `scimkit users`, `scimkit groups`, `scimkit devices`: resources of every type a server has, from the command line.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, root, scratch, type Serving, serve } from '../serve/command.ts';
import { cli, clientOf, printed } from './client.ts';

afterAll(cleanUp);

const folder = join(root, 'examples/schemas');
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const MAB = 'urn:ietf:params:scim:schemas:extension:ethernet-mab:2.0:Device';

let server: Serving;
let scimkit: ReturnType<typeof clientOf>;
beforeAll(async () => {
  const schemas = ['--schema', join(folder, '*.schema.json'), '--resource-type', join(folder, '*.type.json')];
  server = await serve(['--database', ':memory:', '--create-token', ...schemas]);
  scimkit = clientOf(server);
});

type Stored = Readonly<Record<string, unknown>> & {
  readonly emails?: unknown[];
  readonly members?: unknown[];
};
/** What the server has, asked for without the command. */
const stored = async (path: string) => (await (await server.fetch(path)).json()) as Stored;

describe('create', () => {
  test('options are attributes, converted by their types, an extension’s by its short name', async () => {
    const created = printed(
      await scimkit([
        ...[
          'users',
          'create',
          '--userName',
          'ada@example.com',
          '--name.givenName',
          'Ada',
          '--active',
          'false',
        ],
        ...['--emails', 'value=ada@example.com,type=work,primary=true', '--emails', 'ada@home.example'],
        ...['--department', 'R+D', '--addresses', '{"locality":"London, UK","type":"home"}'],
        ...['--roles', 'value=peer,display=Countess, of Lovelace', `--${ENTERPRISE}:costCenter`, '7'],
      ]),
    );
    const expected = {
      ...{ userName: 'ada@example.com', name: { givenName: 'Ada' }, active: false },
      emails: [{ value: 'ada@example.com', type: 'work', primary: true }, { value: 'ada@home.example' }],
      addresses: [{ locality: 'London, UK', type: 'home' }],
      roles: [{ value: 'peer', display: 'Countess, of Lovelace' }],
      [ENTERPRISE]: { department: 'R+D', costCenter: '7' },
    };
    expect(created).toMatchObject(expected);
    expect(await stored(`/Users/${created.id}`)).toMatchObject(expected);
  });

  test('options win over the document, whose names count in any case', async () => {
    const document = '{"USERNAME":"doc","title":"Boss","name":{"GivenName":"G","familyName":"F"}}';
    const created = printed(
      await scimkit(
        ['users', 'create', '--file', '-', '--userName', 'flag', '--name.givenName', 'X', '--active'],
        document,
      ),
    );
    expect(created).toMatchObject({
      ...{ userName: 'flag', title: 'Boss', name: { givenName: 'X', familyName: 'F' }, active: true },
    });
  });

  test('a type of the server’s own is a command by its endpoint, in any case', async () => {
    const args = ['DEVICES', 'create', '--displayName', 'Printer', '--active', 'true'];
    const device = printed(await scimkit([...args, '--deviceMacAddress', '00:11:22:33:44:55']));
    expect(device).toMatchObject({ [MAB]: { deviceMacAddress: '00:11:22:33:44:55' } });
    const { stdout } = await scimkit(['devices', 'list', '--columns', `active,${MAB}:deviceMacAddress`]);
    expect(stdout).toMatch(/^ACTIVE +URN.*\ntrue +00:11:22:33:44:55\n$/);
  });

  test('integers, dates, and what may not be an argument', async () => {
    const license = ['licenses', 'create', '--product', 'x'];
    writeFileSync(join(scratch, 'key'), 'top-secret-key\n');
    const made = await scimkit([
      ...license,
      '--seats',
      '12',
      '--validUntil',
      '2030-01-31T00:00:00Z',
      '--key',
      'file:key',
    ]);
    expect(printed(made)).toMatchObject({ seats: 12, validUntil: expect.stringMatching(/^2030-01-31T/) });
    expect(made.stdout + made.stderr).not.toContain('top-secret');
    const refused = await scimkit([...license, '--key', 'top-secret-key']);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/--key takes no value.*env:NAME/),
    ]);
    expect(refused.stderr).not.toContain('top-secret');
  });

  test('many: each is reported, and one that is refused does not keep the others', async () => {
    const lines = ['{"userName":"many1"}', '', '{"userName":"ADA@example.com"}', '{"userName":"many2"}'].join(
      '\n',
    );
    const { code, stdout, stderr } = await scimkit(['users', 'create', '--file', '-', '-o', 'jsonl'], lines);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([code, stderr]).toEqual([1, '']);
    expect(rows).toMatchObject([
      { line: '1', status: 201, name: 'many1', id: expect.any(String) },
      { line: '3', status: 409, error: expect.stringMatching(/^uniqueness: /) },
      { line: '4', status: 201, name: 'many2' },
    ]);
    const array = await scimkit(['groups', 'create', '--json', '[{"displayName":"A"},{"displayName":"B"}]']);
    expect([array.code, array.stdout]).toEqual([
      0,
      expect.stringMatching(/^LINE +STATUS.*\n1 +201.* A\n2 +201.* B\n$/),
    ]);
  });

  test.each([
    ['a misspelt option', ['--username', 'x'], /unknown option '--username'.*Did you mean --userName/],
    ['what is readOnly', ['--meta', 'x'], /unknown option '--meta'/],
    ['no boolean', ['--active', 'maybe'], /^error: active: 'maybe' is neither true nor false\.\n$/],
    ['a misspelt sub-attribute', ['--emails', 'typ=work'], /emails: .*Did you mean type\?/],
    ['JSON that is none', ['--name', '{"givenName":'], /^error: name: .*is no JSON/],
    ['nothing to create', [], /say what is created/],
    ['a document that is none', ['--json', '{"userName"'], /^error: --json is no JSON: /],
    ['a wrong line', ['--file', 'lines'], /--file lines, line 2, is no JSON: /],
    ['no such file', ['--file', 'nowhere'], /--file nowhere can't be read: ENOENT/],
    ['two documents', ['--json', '{}', '--file', 'x'], /give one of them/],
  ])('wrong usage is told in one line: %s', async (_, args, message) => {
    writeFileSync(join(scratch, 'lines'), '{"userName":"x"}\n{"userName":\n');
    const { code, stdout, stderr } = await scimkit(['users', 'create', ...args]);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
  });
});

describe('one resource', () => {
  let id: string;
  beforeAll(async () => {
    const args = [
      '--userName',
      'grace',
      '--title',
      'Rear Admiral',
      '--emails',
      'value=g@x.example,type=work',
    ];
    id = printed(await scimkit(['users', 'create', ...args])).id as string;
    await scimkit([
      'users',
      'create',
      '--json',
      '[{"userName":"t1","title":"Twin"},{"userName":"t2","title":"Twin"}]',
    ]);
  });

  test('get: by its id or by a name, which one alone must have', async () => {
    const [byId, byName, by] = await Promise.all([
      scimkit(['users', 'get', id, '--attributes', 'userName']),
      scimkit(['users', 'get', 'userName=GRACE']),
      scimkit(['user', 'get', 'g@x.example', '--by', 'emails', '-o', 'table', '--columns', 'id,title']),
    ]);
    expect(printed(byId)).toEqual({
      schemas: expect.any(Array),
      id,
      userName: 'grace',
      meta: expect.anything(),
    });
    expect(printed(byName).id).toBe(id);
    expect(by.stdout).toMatch(new RegExp(`^ID +TITLE\\n${id} +Rear Admiral\\n$`));
    const [several, none, unknown] = await Promise.all([
      scimkit(['users', 'get', 'title=twin']),
      scimkit(['users', 'get', 'userName=nobody']),
      scimkit(['users', 'get', 'x', '--by', 'usrName']),
    ]);
    expect([several.code, several.stderr]).toEqual([
      1,
      expect.stringMatching(/several resources are User with title "twin".*\([\w-]{36}, [\w-]{36}\)/),
    ]);
    expect([none.code, none.stderr]).toEqual([1, 'error: there is no User with userName "nobody".\n']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/Did you mean userName\?/)]);
  });

  test('patch: options, paths and operations; what a document changes is sent alone', async () => {
    const args = ['--title', 'Admiral', '--set', 'emails[type eq "work"].value=grace@x.example'];
    const patched = printed(
      await scimkit([
        'users',
        'patch',
        id,
        ...args,
        '--add',
        'emails=value=h@x.example,type=home',
        '--nickName',
        'Amazing',
      ]),
    );
    expect(patched).toMatchObject({
      title: 'Admiral',
      emails: [
        { value: 'grace@x.example', type: 'work' },
        { value: 'h@x.example', type: 'home' },
      ],
    });
    const dry = await scimkit(
      ['users', 'patch', id, '--file', '-', '--dry-run'],
      '{"title":"Admiral","nickName":null,"name":{"familyName":"Hopper"}}',
    );
    expect(JSON.parse(dry.stdout.slice(dry.stdout.indexOf('{'))).Operations).toEqual([
      { op: 'replace', path: 'name', value: { familyName: 'Hopper' } },
      { op: 'remove', path: 'nickName' },
    ]);
    expect(dry.stdout).toMatch(/^If-Match: W\/"/m);
    expect(await stored(`/Users/${id}`)).toMatchObject({ nickName: 'Amazing' });
    const operations = '[{"op":"remove","path":"nickName"}]';
    await scimkit([
      'users',
      'patch',
      'userName=grace',
      '--operations',
      operations,
      '--remove',
      'emails[type eq "home"]',
    ]);
    const after = await stored(`/Users/${id}`);
    expect([after.nickName, after.emails?.length]).toEqual([undefined, 1]);
    const same = await scimkit(['users', 'patch', id, '--json', '{"title":"Admiral"}']);
    expect([same.code, same.stderr]).toEqual([0, expect.stringMatching(/nothing was sent/)]);
  });

  test('a document clears by null, in parts and extensions too, and leaves what it does not name', async () => {
    const name = { givenName: 'Katherine', familyName: 'Johnson' };
    const user = {
      userName: 'kay',
      title: 'Dr',
      nickName: 'K',
      name,
      [ENTERPRISE]: { department: 'D', division: 'E' },
    };
    const { id: kay } = printed(await scimkit(['users', 'create', '--file', '-'], JSON.stringify(user)));
    const change = { title: null, name: { givenName: null }, [ENTERPRISE]: { department: null } };
    const { code } = await scimkit(['users', 'patch', kay as string, '--json', JSON.stringify(change)]);
    const after = await stored(`/Users/${kay}`);
    expect([code, after.title, after.nickName, after.name, after[ENTERPRISE]]).toEqual([
      ...[0, undefined, 'K', { familyName: 'Johnson' }, { division: 'E' }],
    ]);
  });

  test('a group is answered without its members, and printed without them', async () => {
    const group = printed(await scimkit(['groups', 'create', '--displayName', 'Crew', '--members', id]));
    expect(group.members).toMatchObject([{ value: id }]);
    const patched = printed(
      await scimkit(['groups', 'patch', group.id as string, '--displayName', 'Crew 2']),
    );
    expect(patched).toMatchObject({ displayName: 'Crew 2' });
    expect(patched).not.toHaveProperty('members');
    expect((await stored(`/Groups/${group.id}`)).members).toHaveLength(1);
  });

  test('replace takes the whole; a version that is stale is refused', async () => {
    const before = printed(await scimkit(['users', 'get', id]));
    const { version } = before.meta as { version: string };
    const whole = JSON.stringify({ ...before, title: undefined, displayName: 'Grace' });
    const replaced = printed(
      await scimkit(['users', 'replace', id, '--file', '-', '--if-match', version], whole),
    );
    expect(replaced).toMatchObject({ displayName: 'Grace', userName: 'grace' });
    expect(replaced).not.toHaveProperty('title');
    const stale = await scimkit(['users', 'replace', id, '--file', '-', '--if-match', version], whole);
    expect([stale.code, stale.stderr]).toEqual([
      1,
      expect.stringMatching(/^error: the service provider answered 412/),
    ]);
  });

  test('delete needs --yes where nobody can be asked, and takes several', async () => {
    const asked = await scimkit(['users', 'delete', 'userName=t1']);
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringMatching(/give --yes/)]);
    const both = await scimkit(['users', 'delete', '--yes', 'userName=t1', 'userName=t2']);
    expect([both.code, both.stderr]).toEqual([0, expect.stringMatching(/^(Deleted User [\w-]{36}\.\n){2}$/)]);
    const gone = await scimkit(['users', 'delete', '--yes', 'userName=t1']);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringMatching(/there is no User/)]);
  });

  test('what is wrong in a patch is told before anything is sent', async () => {
    const ended = await Promise.all(
      [
        ['--set', 'titel=x'],
        ['--set', 'id=4'],
        ['--set', 'title'],
        ['--remove', 'emails[typ eq "x"]'],
        ['--json', '{"titel":1}'],
        ['--json', '{"department":"R+D"}'],
        ['--json', '{"emails":[{"typ":"work"}]}'],
      ].map((args) => scimkit(['users', 'patch', id, ...args])),
    );
    expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 2));
    expect(ended.map(({ stderr }) => stderr)).toEqual([
      expect.stringMatching(/Did you mean title\?/),
      expect.stringMatching(/id is readOnly/),
      expect.stringMatching(/'title' is no path=value/),
      expect.stringMatching(/--remove: .*typ/),
      expect.stringMatching(/Did you mean title\?/),
      expect.stringMatching(/'department'\. In a document it is within "urn:\S+enterprise:2\.0:User"/),
      expect.stringMatching(/'emails\.typ'.*Did you mean type\?/),
    ]);
  });
});

describe('help and commands', () => {
  test('--help lists the attributes of the server’s schemas, and never those that it alone writes', async () => {
    const { code, stdout } = await scimkit(['licenses', 'create', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--seats <integer>/);
    expect(stdout).toMatch(/--orderNumber <text> [\s\S]*?immutable/);
    expect(stdout).toMatch(/--product <text> [\s\S]*?required/);
    expect(stdout).not.toMatch(/--(id|meta|schemas)\b/);
  });

  test('without a server it is the RFC’s User, also where the server can’t be asked', async () => {
    const [plain, dead] = await Promise.all([
      cli(['users', 'create', '--help']),
      cli(['users', 'create', '--help', '--base-url', 'http://127.0.0.1:10/scim', '--attempts', '1']),
    ]);
    for (const { code, stdout } of [plain, dead])
      expect([code, stdout]).toEqual([0, expect.stringMatching(/--department <text>/)]);
    expect([plain.stderr, dead.stderr]).toEqual([
      '',
      expect.stringMatching(/^note: .*schemas could not be read.*ECONNREFUSED/),
    ]);
  });

  test('an unknown command tells what there is', async () => {
    const [alone, here, nowhere] = await Promise.all([
      cli(['usrs', 'list']),
      scimkit(['device', 'lst']),
      scimkit(['gadgets', 'list']),
    ]);
    expect([alone.code, alone.stderr]).toEqual([
      2,
      expect.stringMatching(/unknown command 'usrs'.*Did you mean users\?.*--base-url/),
    ]);
    expect([here.code, here.stderr]).toEqual([
      2,
      expect.stringMatching(/unknown command 'lst'.*Did you mean list\?/),
    ]);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      expect.stringMatching(/no resource type of http.*devices, licenses/),
    ]);
  });

  test('without a service provider it says how to name one', async () => {
    const { code, stderr } = await cli(['users', 'list']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^error: no service provider is given.*--base-url.*SCIM_BASE_URL.*profile add/),
    ]);
  });

  test('--no-discovery takes the RFC’s types', async () => {
    const [users, devices] = await Promise.all([
      scimkit(['users', 'list', '--no-discovery', '--limit', '1', '-v']),
      scimkit(['devices', 'list', '--no-discovery']),
    ]);
    expect(users.code).toBe(0);
    expect(users.stderr).not.toMatch(/\/Schemas/);
    expect([devices.code, devices.stderr]).toEqual([2, expect.stringMatching(/unknown command 'devices'/)]);
  });
});
