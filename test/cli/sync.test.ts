// `scimkit sync` as a process, against `scimkit serve`, with a proxy between them that counts what is sent.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cleanUp, run, scratch, type Serving, serve, start } from '../serve/command.ts';
import {
  type Company,
  createCompany,
  expectedState,
  listAll,
  stateOf,
  SYNC_FILE,
  writeCompany,
} from './company.ts';
import { type CountingProxy, proxyTo } from './proxy.ts';

let target: Serving;
let proxy: CountingProxy;
let environment: Record<string, string>;
let folder: string;
let folders = 0;

beforeAll(async () => {
  target = await serve(['--database', join(scratch, 'sync.db'), '--create-token', '--durability', 'normal']);
  proxy = await proxyTo(target.baseUrl);
  environment = {
    ...{ SCIM_TOKEN: target.token as string, SCIM_BASE_URL: proxy.baseUrl },
    SCIMKIT_CONFIG: join(scratch, 'profiles.json'),
  };
});

beforeEach(async () => {
  for (const endpoint of ['/Groups', '/Users']) {
    for (const { id } of await listAll(target, endpoint)) {
      await target.fetch(`${endpoint}/${id}`, { method: 'DELETE' });
    }
  }
  folder = join(scratch, `sync-${folders++}`);
  mkdirSync(folder);
  proxy.hooks.before = () => false;
  proxy.forget();
});

afterAll(async () => {
  await proxy.close();
  cleanUp();
});

/** Writes a company and brings the target there. */
async function settle(company: Company): Promise<string> {
  const file = writeCompany(folder, company);
  expect(await run(['sync', file, '--yes', '--quiet'], environment)).toMatchObject({ code: 0, stderr: '' });
  expect(await stateOf(target)).toEqual(expectedState(company));
  proxy.forget();
  return file;
}

/** The operations of the PATCHes that were sent. */
const operations = (): readonly unknown[] =>
  proxy.writes().flatMap(({ method, path, body }) => {
    expect(method).toBe('PATCH');
    return JSON.parse(body).Operations.map((operation: object) => ({
      at: path.split('/').at(-2),
      ...operation,
    }));
  });

describe('the plan', () => {
  test('alone writes nothing; without --yes nothing is written where nobody can be asked', async () => {
    const file = writeCompany(folder, createCompany(12, 2));
    const plan = await run(['sync', file, '--plan'], environment);
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect(plan.stdout).toMatch(new RegExp(`^${file} -> ${proxy.baseUrl}\\n\\nUsers: 12 changes`));
    expect(plan.stdout).toContain('create: 12');
    expect(plan.stdout).toContain('+ create "E0": person0@example.com (people.csv:2)');
    expect(plan.stdout).toContain('... and 2 more; --all shows them.');
    const detailed = await run(
      ['sync', file, '--dry-run', '--detailed-exit-code', '-o', 'json'],
      environment,
    );
    expect(detailed.code).toBe(4);
    const json = JSON.parse(detailed.stdout);
    expect(json.counts).toMatchObject({ 'users create': 12, 'groups create': 2 });
    expect(json).toMatchObject({ source: file, target: proxy.baseUrl, targetUrl: proxy.baseUrl });
    expect(json.users[1].changes).toContainEqual({ path: 'userName', after: 'person1@example.com' });
    const asked = await run(['sync', file], environment);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/^error: there are changes to be written: say --yes/);
    expect(proxy.writes()).toEqual([]);
    for (const { stdout, stderr } of [plan, detailed, asked]) {
      expect(stdout + stderr).not.toContain(target.token);
    }
  });

  test('a file that is wrong, a profile that is not there, a service that refuses', async () => {
    const file = writeCompany(folder, createCompany(2, 1), { ...SYNC_FILE, sauce: {} });
    expect(await run(['sync', file, '--yes'], environment)).toMatchObject({
      code: 2,
      stderr: `error: ${file}: it has no member "sauce": there are source, target, users, groups, removals.\n`,
    });
    const other = writeCompany(folder, createCompany(2, 1), { ...SYNC_FILE, target: { profile: 'nobody' } });
    const lacking = await run(['sync', other, '--yes'], environment);
    expect(lacking.code).toBe(2);
    expect(lacking.stderr).toContain('nobody');
    const good = writeCompany(folder, createCompany(2, 1));
    const refused = await run(['sync', good, '--yes'], { ...environment, SCIM_TOKEN: 'wrong' });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('401');
    expect(proxy.writes()).toEqual([]);
  });
});

describe('what is written', () => {
  test('is what differs, and nothing else of the resource', async () => {
    const company = createCompany(30, 3);
    const file = await settle(company);
    const ada = company.people.get('E7');
    if (ada) {
      ada.title = 'Countess';
      ada.boss = 'E8';
    }
    const [first, second] = [...company.teams.values()];
    const [moved = ''] = [...(first ?? [])].filter((id) => !second?.has(id));
    first?.delete(moved);
    second?.add(moved);
    const { id } = (await listAll(target, '/Users')).find(({ externalId }) => externalId === 'E7') ?? {};
    const mine = { op: 'add', path: 'nickName', value: 'mine' };
    const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
    const init = { method: 'PATCH', body: JSON.stringify({ schemas: [PATCH], Operations: [mine] }) };
    expect((await target.fetch(`/Users/${id}`, init)).status).toBe(200);
    writeCompany(folder, company);
    expect(await run(['sync', file, '--yes', '--quiet'], environment)).toMatchObject({ code: 0 });
    expect(await stateOf(target)).toEqual(expectedState(company));
    const users = await listAll(target, '/Users');
    const idOf = (key: string) => users.find(({ externalId }) => externalId === key)?.id;
    expect(users.find(({ externalId }) => externalId === 'E7')).toMatchObject({ nickName: 'mine' });
    const manager = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value';
    expect(operations()).toEqual(
      [
        { at: 'Users', op: 'replace', path: 'title', value: 'Countess' },
        { at: 'Users', op: 'replace', path: manager, value: idOf('E8') },
        { at: 'Groups', op: 'remove', path: `members[value eq "${idOf(moved)}"]` },
        { at: 'Groups', op: 'add', path: 'members', value: [{ value: idOf(moved) }] },
      ].toSorted((a, b) => (a.at === b.at ? 0 : a.at === 'Users' ? -1 : 1)),
    );
  });

  test('a name passes on from one to the next, and members of a new group come in parts', async () => {
    const company = createCompany(620, 3);
    const file = await settle(company);
    // Each takes the name of the one before, who has another one by then.
    const [one, two, three] = ['E1', 'E2', 'E3'].map((id) => company.people.get(id));
    if (!one || !two || !three) throw new Error('They are not there.');
    [one.email, two.email, three.email] = [two.email, three.email, 'fresh@example.com'];
    company.teams.set('everybody', new Set(company.people.keys()));
    writeCompany(folder, company);
    expect(await run(['sync', file, '--yes', '--quiet', '--concurrency', '1'], environment)).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await stateOf(target)).toEqual(expectedState(company));
    const additions = proxy
      .writes()
      .filter(({ path, body }) => path.includes('/Groups/') && body.includes('members'));
    expect(additions.map(({ body }) => JSON.parse(body).Operations[0].value.length)).toEqual([500, 120]);
  });

  test('who comes under another key takes the name over from the one who is deleted', async () => {
    const company = createCompany(10, 1);
    const syncFile = { ...SYNC_FILE, users: { ...SYNC_FILE.users, missing: 'delete' } };
    const file = writeCompany(folder, company, syncFile);
    expect(await run(['sync', file, '--yes', '--quiet'], environment)).toMatchObject({ code: 0 });
    const person = company.people.get('E5');
    if (!person) throw new Error('There is nobody.');
    company.people.delete('E5');
    company.people.set('X5', { ...person, id: 'X5' });
    for (const members of company.teams.values()) if (members.delete('E5')) members.add('X5');
    writeCompany(folder, company, syncFile);
    expect(await run(['sync', file, '--yes', '--quiet'], environment)).toMatchObject({ code: 0, stderr: '' });
    expect(await stateOf(target)).toEqual(expectedState(company));
  });

  test('who has another key by now is never left without an account', async () => {
    const company = createCompany(10, 1);
    const file = await settle(company);
    const before = await stateOf(target);
    const person = company.people.get('E5');
    if (!person) throw new Error('There is nobody.');
    company.people.delete('E5');
    company.people.set('X5', { ...person, id: 'X5' });
    for (const members of company.teams.values()) if (members.delete('E5')) members.add('X5');
    writeCompany(folder, company);
    const held = await run(['sync', file, '--yes'], environment);
    expect(held.code).toBe(1);
    expect(held.stdout).toContain(
      'people.csv:11: "X5" is new and has the userName "person5@example.com" of "E5", who would be deactivated: is it the same person with another key?',
    );
    expect(held.stdout).toContain('Removals that are left out until those rows are mended: users: 1');
    // Both are in the source, and the old one is said to have left.
    company.people.set('E5', { ...person, isActive: false });
    writeCompany(folder, company);
    expect((await run(['sync', file, '--yes', '--quiet'], environment)).code).toBe(1);
    expect(proxy.writes()).toEqual([]);
    expect(await stateOf(target)).toEqual(before);
    // Deleted for one who is refused as well: not even that.
    company.people.delete('E5');
    writeCompany(folder, company, { ...SYNC_FILE, users: { ...SYNC_FILE.users, missing: 'delete' } });
    proxy.hooks.before = ({ method }, response) => {
      if (method === 'POST') response.writeHead(400).end();
      return method === 'POST';
    };
    const refused = await run(['sync', file, '--yes'], environment);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('userName "person5@example.com" goes to "X5", who is new');
    expect(refused.stdout).toContain('"X5", who has the same userName, could not be created.');
    expect(proxy.writes().map(({ method }) => method)).not.toContain('DELETE');
  });

  test('is reported: what one refuses does not stop the rest', async () => {
    const company = createCompany(20, 2);
    const file = writeCompany(folder, company);
    proxy.hooks.before = ({ method, body }, response) => {
      const isIt = method === 'POST' && body.includes('"E5"');
      if (isIt) {
        response.writeHead(400, { 'content-type': 'application/scim+json' });
        const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];
        response.end(
          JSON.stringify({ schemas, status: '400', scimType: 'invalidValue', detail: 'No fives here.' }),
        );
      }
      return isIt;
    };
    const report = join(folder, 'report.json');
    const made = await run(['sync', file, '--yes', '--report', report, '--quiet'], environment);
    expect(made.code).toBe(1);
    expect(made.stdout).toMatch(/^users create +20 +19 +1 +0$/m);
    expect(made.stdout).toContain(
      'users create "E5": person5@example.com (people.csv:7): 400 invalidValue: No fives here.',
    );
    expect(await listAll(target, '/Users')).toHaveLength(19);
    const json = JSON.parse(readFileSync(report, 'utf8'));
    expect(made.stdout).toContain(`${file} -> ${proxy.baseUrl}\n`);
    expect(json).toMatchObject({ source: file, target: proxy.baseUrl, targetUrl: proxy.baseUrl });
    expect(json.counts['users create']).toEqual({ planned: 20, done: 19, failed: 1, left: 0 });
    expect(json.failures[0]).toEqual({
      ...{ step: 'users create', key: 'E5', label: 'person5@example.com', where: 'people.csv:7' },
      ...{ status: 400, scimType: 'invalidValue', detail: 'No fives here.' },
    });
    // Who was to be a member, and is not there, is told for each of the teams.
    expect(json.counts['members add'].failed).toBeGreaterThan(0);
    expect(JSON.stringify(json)).not.toContain(target.token);
    proxy.hooks.before = () => false;
    expect(await run(['sync', file, '--yes', '--quiet'], environment)).toMatchObject({ code: 0 });
    expect(await stateOf(target)).toEqual(expectedState(company));
  });
});

describe('removals', () => {
  test('above the ceiling stop the run before any write, until they are allowed by their number', async () => {
    const company = createCompany(40, 4);
    const file = await settle(company);
    const leaving = [...company.people.values()].filter(({ isActive }) => isActive).slice(0, 12);
    for (const person of leaving) person.isActive = false;
    for (const person of company.people.values()) person.title = 'Other';
    writeCompany(folder, company);
    const report = join(folder, 'report.json');
    const stopped = await run(['sync', file, '--yes', '--report', report], environment);
    expect(stopped.code).toBe(3);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      counts: { 'users deactivate': { planned: 12, done: 0, failed: 0, left: 12 } },
      stopped: expect.stringContaining('--allow-removals 12'),
    });
    expect(stopped.stderr).toBe(
      'stopped: The plan deactivates or deletes users: 12 of 39, and the ceiling is 5. ' +
        'If that is meant, run it again with --allow-removals 12.\nNothing was written.\n',
    );
    const fewer = await run(['sync', file, '--yes', '--allow-removals', '11'], environment);
    expect(fewer.code).toBe(3);
    expect(proxy.writes()).toEqual([]);
    const allowed = await run(['sync', file, '--yes', '--quiet', '--allow-removals', '12'], environment);
    expect(allowed).toMatchObject({ code: 0, stderr: '' });
    expect(await stateOf(target)).toEqual(expectedState(company));
  });

  test('never come from an empty file, nor from rows that are wrong', async () => {
    const company = createCompany(20, 2);
    const file = await settle(company);
    const before = await stateOf(target);
    writeFileSync(join(folder, 'people.csv'), 'employee_id,email,title,status,boss\n');
    const empty = await run(['sync', file, '--yes', '--allow-removals', '1000'], environment);
    expect(empty.code).toBe(3);
    expect(empty.stderr).toContain('The source has no users at all.');
    const rows = readFileSync(join(folder, 'memberships.csv'), 'utf8').split('\n');
    writeFileSync(
      join(folder, 'memberships.csv'),
      ['team,employee_id', 'team-0', ...rows.slice(1, 3)].join('\n'),
    );
    const broken = [...company.people.keys()].map((id) => `${id},,,on holiday,`);
    writeFileSync(join(folder, 'people.csv'), ['employee_id,email,title,status,boss', ...broken].join('\n'));
    const wrong = await run(['sync', file, '--yes', '--allow-removals', '1000'], environment);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain(
      'people.csv:3: active: the column "status" must be one of "active", "left"',
    );
    const quiet = await run(['sync', file, '--yes', '--quiet'], environment);
    expect(quiet).toMatchObject({ code: 1, stdout: '' });
    expect(quiet.stderr).toContain('people.csv:3: active: the column "status"');
    expect(proxy.writes()).toEqual([]);
    expect(await stateOf(target)).toEqual(before);
  });
});

describe('a run', () => {
  test('slows down as a whole when the target asks for it', async () => {
    const company = createCompany(60, 2);
    const file = writeCompany(folder, company);
    let refused = 0;
    let until = 0;
    let creations = 0;
    proxy.hooks.before = ({ method }, response) => {
      if (method === 'POST' && ++creations === 20) until = Date.now() + 1000;
      if (Date.now() >= until) return false;
      refused++;
      response.writeHead(429, { 'retry-after': '1' }).end();
      return true;
    };
    const made = await run(['sync', file, '--yes', '--quiet', '--concurrency', '8'], environment);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(await stateOf(target)).toEqual(expectedState(company));
    // Those that were under way already, and no other.
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(8);
  });

  test('that is asked to stop finishes what is under way, tells what is left, and is gone on with', async () => {
    const company = createCompany(200, 4);
    const file = writeCompany(folder, company);
    const report = join(folder, 'report.json');
    const { child, exited, output } = start(
      ['sync', file, '--yes', '--quiet', '--report', report],
      environment,
    );
    let creations = 0;
    proxy.hooks.before = ({ method }) => {
      if (method === 'POST' && ++creations === 50) child.kill('SIGTERM');
      return false;
    };
    expect(await exited).toBe(143);
    expect(output.stderr).toContain('Stopping: what is under way is finished.');
    const json = JSON.parse(readFileSync(report, 'utf8'));
    const { planned, done, failed, left } = json.counts['users create'];
    expect({ planned, failed, sum: done + left }).toEqual({ planned: 200, failed: 0, sum: 200 });
    expect(await listAll(target, '/Users')).toHaveLength(done);
    expect(output.stdout).toContain('Run it again to go on.');
    expect(await run(['sync', file, '--yes', '--quiet'], environment)).toMatchObject({ code: 0 });
    expect(await stateOf(target)).toEqual(expectedState(company));
  });

  test('that is asked twice ends at once', async () => {
    const file = writeCompany(folder, createCompany(20, 2));
    const { child, exited, output } = start(['sync', file, '--yes', '--quiet'], environment);
    // Nothing is ever answered, so that there is no end to wait for.
    let isAsked = false;
    proxy.hooks.before = ({ method }) => {
      if (method === 'GET') return false;
      if (!isAsked) child.kill('SIGINT');
      isAsked = true;
      return true;
    };
    child.stderr?.on('data', () => {
      if (output.stderr.includes('Once more')) child.kill('SIGINT');
    });
    expect(await exited).toBe(130);
  });

  test('ends early where the credential is refused, or nobody answers any more', async () => {
    const file = writeCompany(folder, createCompany(100, 2));
    proxy.hooks.before = ({ method }, response) => {
      if (method !== 'POST') return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      return true;
    };
    const refused = await run(['sync', file, '--yes', '--quiet'], environment);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('Stopped: the target refuses the credential');
    expect(proxy.writes().length).toBeLessThanOrEqual(8);
    proxy.forget();
    proxy.hooks.before = ({ method }, response) => {
      if (method !== 'POST') return false;
      response.destroy();
      return true;
    };
    const silent = await run(['sync', file, '--yes', '--quiet', '--attempts', '1'], environment);
    expect(silent.code).toBe(1);
    expect(silent.stdout).toContain('Stopped: the target does not answer any more');
    expect(proxy.writes().length).toBeLessThan(30);
  });

  test('ends at once where the target has gone: attempts are for one request, not for each', async () => {
    const company = createCompany(40, 2);
    const file = writeCompany(folder, company);
    const args = ['sync', file, '--yes', '--quiet', '--concurrency', '1', '--attempts', '3'];
    let creations = 0;
    proxy.hooks.before = ({ method }, response) => {
      if (method === 'POST') creations++;
      if (creations <= 5) return false;
      response.destroy();
      return true;
    };
    const gone = await run(args, environment);
    expect(gone.code).toBe(1);
    expect(gone.stdout).toContain('Stopped: the target does not answer any more');
    // A creation, its look-up three times; another one, its look-up once.
    const last = proxy.seen.slice(proxy.seen.findLastIndex(({ body }) => body.includes('"E4"')) + 1);
    expect(last.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET', 'POST', 'GET']);
    // Changes are repeated, creations are looked up: the same patience for both.
    proxy.hooks.before = () => false;
    expect(await run(args, environment)).toMatchObject({ code: 0, stderr: '' });
    for (const person of company.people.values()) person.title = 'Other';
    writeCompany(folder, company);
    proxy.forget();
    proxy.hooks.before = ({ method }, response) => {
      if (method === 'PATCH') response.destroy();
      return method === 'PATCH';
    };
    expect((await run(args, environment)).stdout).toContain('Stopped: the target does not answer any more');
    expect(proxy.writes()).toHaveLength(4);
    // One request that breaks is no target that has gone.
    proxy.forget();
    proxy.hooks.before = ({ method }, response) => {
      const isBroken = method === 'PATCH' && proxy.writes().length <= 3;
      if (isBroken) response.destroy();
      return isBroken;
    };
    expect((await run(args, environment)).stdout).toMatch(/^users update +40 +39 +1 +0$/m);
  });

  test('that finds what a killed one has still created takes it, and makes no second one', async () => {
    const company = createCompany(3, 1);
    const file = writeCompany(folder, company);
    const post = (endpoint: string, body: object) =>
      target.fetch(endpoint, { method: 'POST', body: JSON.stringify(body) });
    let isThere = false;
    const schema = 'urn:ietf:params:scim:schemas:core:2.0';
    // What is on its way when a run is killed may come after the next one has read what is there.
    const late = async () => {
      const user = { externalId: 'E1', userName: 'person1@example.com', title: 'Half', active: true };
      await post('/Users', { schemas: [`${schema}:User`], ...user });
      await post('/Groups', { schemas: [`${schema}:Group`], externalId: 'team-0', displayName: 'team-0' });
    };
    proxy.hooks.before = ({ method }, response) => {
      if (method === 'GET' || isThere) return false;
      isThere = true;
      // The first write waits, and is sent again.
      void late().then(() => response.writeHead(429, { 'retry-after': '0' }).end());
      return true;
    };
    const made = await run(['sync', file, '--yes', '--quiet', '--concurrency', '1'], environment);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(isThere).toBe(true);
    expect(await stateOf(target)).toEqual(expectedState(company));
  });
});

test('from another service provider: attributes, references, groups in groups', async () => {
  const old = await serve(['--database', ':memory:', '--create-token']);
  const schema = 'urn:ietf:params:scim:schemas:core:2.0';
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const post = async (endpoint: string, body: object) => {
    const answer = await old.fetch(endpoint, { method: 'POST', body: JSON.stringify(body) });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { readonly id: string }).id;
  };
  const ada = await post('/Users', {
    ...{ schemas: [`${schema}:User`], userName: 'ada', name: { givenName: 'Ada' }, active: true },
    emails: [
      { value: 'ada@work', type: 'work', primary: true },
      { value: 'ada@home', type: 'home' },
    ],
  });
  const bob = await post('/Users', {
    ...{ schemas: [`${schema}:User`, enterprise], userName: 'bob' },
    [enterprise]: { department: 'Engines', manager: { value: ada } },
  });
  const inner = await post('/Groups', {
    ...{ schemas: [`${schema}:Group`], displayName: 'inner', members: [{ value: bob }] },
  });
  await post('/Groups', {
    schemas: [`${schema}:Group`],
    ...{ displayName: 'outer', members: [{ value: ada }, { value: inner }] },
  });
  writeFileSync(
    environment.SCIMKIT_CONFIG ?? '',
    JSON.stringify({
      profiles: {
        old: { baseUrl: old.baseUrl, authentication: { scheme: 'bearer', token: { env: 'OLD_TOKEN' } } },
        new: { baseUrl: proxy.baseUrl, authentication: { scheme: 'bearer', token: { env: 'SCIM_TOKEN' } } },
      },
    }),
  );
  const file = join(folder, 'sync.json');
  const syncFile = {
    ...{ source: { profile: 'old' }, target: { profile: 'new' } },
    users: { missing: 'delete' },
    groups: { missing: 'delete' },
  };
  writeFileSync(file, JSON.stringify(syncFile));
  const more = { ...environment, OLD_TOKEN: old.token as string };
  // What the file says counts before what the environment does.
  const planned = await run(['sync', file, '--plan'], { ...more, SCIM_PROFILE: 'old' });
  expect(planned.stdout).toMatch(new RegExp(`^old \\(${old.baseUrl}\\) -> new \\(${proxy.baseUrl}\\)\\n`));
  expect(planned.stdout).toContain(`  + create "${ada}": ada, Ada (`);
  expect(planned.stdout).toContain(`${bob} (bob)`);
  expect(await run(['sync', file, '--yes', '--quiet'], more)).toMatchObject({ code: 0, stderr: '' });
  const users = await listAll(target, '/Users');
  const groups = await listAll(target, '/Groups');
  const idOf = (name: string) =>
    [...users, ...groups].find((one) => (one.userName ?? one.displayName) === name)?.id ?? '';
  expect(users.find(({ userName }) => userName === 'ada')).toMatchObject({
    ...{ externalId: ada, name: { givenName: 'Ada' } },
    emails: [
      { value: 'ada@work', type: 'work', primary: true },
      { value: 'ada@home', type: 'home' },
    ],
  });
  expect(users.find(({ userName }) => userName === 'bob')).toMatchObject({
    externalId: bob,
    [enterprise]: { department: 'Engines', manager: { value: idOf('ada') } },
  });
  const members = (name: string) =>
    groups
      .find(({ displayName }) => displayName === name)
      ?.members?.map(({ value }) => value)
      .toSorted();
  expect(members('inner')).toEqual([idOf('bob')]);
  expect(members('outer')).toEqual([idOf('ada'), idOf('inner')].toSorted());
  proxy.forget();
  expect(await run(['sync', file, '--yes', '--quiet'], more)).toMatchObject({ code: 0, stdout: '' });
  expect(proxy.writes()).toEqual([]);
  // Groups alone, once their members are there: those are found by their ids at the source.
  const groupsAlone = join(folder, 'groups.json');
  writeFileSync(groupsAlone, JSON.stringify({ source: { profile: 'old' }, groups: { missing: 'delete' } }));
  expect(await run(['sync', groupsAlone, '--yes', '--quiet'], more)).toMatchObject({ code: 0, stderr: '' });
  expect(proxy.writes()).toEqual([]);
  const deleted = await old.fetch(`/Users/${bob}`, { method: 'DELETE' });
  expect(deleted.status).toBe(204);
  expect(await run(['sync', file, '--yes', '--quiet'], more)).toMatchObject({ code: 0, stderr: '' });
  expect((await listAll(target, '/Users')).map(({ userName }) => userName)).toEqual(['ada']);
});
