// --dry-run and --curl: what would be sent is shown, the secrets in it are not, and nothing is written.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, type Serving, serve } from '../serve/command.ts';
import { clientOf, printed } from './client.ts';

afterAll(cleanUp);

let server: Serving;
let scimkit: ReturnType<typeof clientOf>;
let id: string;
beforeAll(async () => {
  server = await serve(['--database', ':memory:', '--create-token']);
  scimkit = clientOf(server);
  id = printed(await scimkit(['users', 'create', '--userName', 'ada'])).id as string;
});

const total = async () =>
  ((await (await server.fetch('/Users')).json()) as { totalResults: number }).totalResults;

test('--dry-run shows the request with the credential left out, and sends no write', async () => {
  const { code, stdout, stderr } = await scimkit(['users', 'create', '--userName', 'new', '--dry-run', '-v']);
  expect(code).toBe(0);
  const [head = '', body = ''] = stdout.split('\n\n');
  expect(head.split('\n')).toEqual([
    `POST ${server.baseUrl}/Users`,
    'Accept: application/scim+json, application/json;q=0.9',
    'Authorization: Bearer ***',
    'Content-Type: application/scim+json',
  ]);
  expect(JSON.parse(body)).toEqual({
    userName: 'new',
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  });
  expect(stdout + stderr).not.toContain(server.token);
  expect(await total()).toBe(1);
});

test('what comes after a write is shown too: members in parts, deletions, many creations', async () => {
  printed(await scimkit(['groups', 'create', '--displayName', 'Crew']));
  const members = ['members', 'remove', 'displayName=Crew', 'a', 'b', 'c', '--size', '2', '--dry-run'];
  const [parts, gone, many] = await Promise.all([
    scimkit(members),
    scimkit(['users', 'delete', 'userName=ada', 'x', '--dry-run', '--if-match', '*']),
    scimkit(['users', 'create', '--json', '[{"userName":"a"},{"userName":"b"}]', '--dry-run']),
  ]);
  expect(parts.stdout.match(/^PATCH .*\/Groups\//gm)).toHaveLength(2);
  expect(gone.stdout.match(/^DELETE .*$/gm)).toEqual([
    `DELETE ${server.baseUrl}/Users/${id}`,
    `DELETE ${server.baseUrl}/Users/x`,
  ]);
  expect(gone.stdout).toMatch(/^If-Match: \*$/m);
  expect(many.stdout.match(/^POST /gm)).toHaveLength(2);
  expect([parts, gone, many].map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await total()).toBe(1);
});

test('a line of --curl does what the command would have done', async () => {
  const shell = (line: string) =>
    spawnSync('bash', ['-c', line], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, SCIM_TOKEN: server.token },
    });
  const title = `O'Neil said "it's $HOME \`id\` \\ 100%"`;
  const create = await scimkit(['users', 'create', '--userName', "o'neil", '--title', title, '--curl']);
  expect(create.stdout).toMatch(/^curl -sS -X POST /);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's.
  expect(create.stdout).toContain('-H "Authorization: Bearer ${SCIM_TOKEN}"');
  expect(create.stdout + create.stderr).not.toContain(server.token);
  expect(JSON.parse(shell(create.stdout).stdout)).toMatchObject({ userName: "o'neil", title });
  const list = await scimkit(['users', 'list', '--filter', `title eq ${JSON.stringify(title)}`, '--curl']);
  expect(JSON.parse(shell(list.stdout).stdout)).toMatchObject({
    totalResults: 1,
    Resources: [{ userName: "o'neil" }],
  });
  const get = await scimkit(['users', 'get', "userName=o'neil", '--curl']);
  expect(JSON.parse(shell(get.stdout).stdout)).toMatchObject({ userName: "o'neil" });
  const gone = await scimkit(['users', 'delete', "userName=o'neil", '--curl']);
  expect(shell(gone.stdout).stdout).toBe('');
  expect(await total()).toBe(1);
});

test('the command for a secret, and HTTP Basic, as a shell says them', async () => {
  const anew = ['users', 'create', '--userName', 'x', '--curl', '--no-discovery'];
  const [command, basic] = await Promise.all([
    scimkit([...anew, '--token-command', 'pass show "scim token"']),
    scimkit(anew, '', { SCIM_TOKEN: '', SCIM_USERNAME: 'a"b$c', SCIM_PASSWORD: 'pass-word-8' }),
  ]);
  expect(command.stdout).toContain('-H "Authorization: Bearer $(pass show "scim token")"');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's.
  expect(basic.stdout).toContain('-u "a\\"b\\$c:${SCIM_PASSWORD}"');
  expect(basic.stdout).not.toContain('pass-word-8');
});

test('a password is not shown, in a resource or in a PATCH', async () => {
  const environment = { NEW_PASSWORD: 'correct horse' };
  const [create, patch, batch, lines] = await Promise.all([
    scimkit(
      ['users', 'create', '--userName', 'x', '--password', 'env:NEW_PASSWORD', '--dry-run'],
      '',
      environment,
    ),
    scimkit(['users', 'patch', id, '--set', 'password=env:NEW_PASSWORD', '--dry-run'], '', environment),
    scimkit(
      ['bulk', '--file', '-', '--dry-run'],
      JSON.stringify([
        { method: 'POST', path: '/Users', data: { userName: 'x', password: 'correct horse' } },
      ]),
    ),
    scimkit(
      ['users', 'create', '--json', '[{"userName":"y"}]', '--password', 'env:NEW_PASSWORD', '--curl'],
      '',
      environment,
    ),
  ]);
  // Who pastes it would set the password to the stars.
  expect([lines.code, lines.stdout, lines.stderr]).toEqual([
    2,
    '',
    expect.stringMatching(/^error: --curl: the value of "password" is not shown, .* --dry-run shows/),
  ]);
  for (const { code, stdout, stderr } of [create, patch, batch]) {
    expect([code, stdout, stderr]).toEqual([
      0,
      expect.stringMatching(/"(password|value)": ?"\*\*\*"/),
      'note: the value of "password" is not shown: *** stands for it.\n',
    ]);
    expect(stdout).not.toContain('correct horse');
  }
});

test('both at once are wrong usage, and reads have no --dry-run', async () => {
  const [both, read] = await Promise.all([
    scimkit(['users', 'delete', 'x', '--dry-run', '--curl']),
    scimkit(['users', 'list', '--dry-run']),
  ]);
  expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(/give one of them/)]);
  expect([read.code, read.stderr]).toEqual([2, expect.stringMatching(/unknown option '--dry-run'/)]);
});
