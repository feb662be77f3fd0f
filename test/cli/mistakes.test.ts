// What newcomers write, and what they are told: no credential, options in the wrong place, names where ids belong.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, scratch, type Serving, serve } from '../serve/command.ts';
import { cli, clientOf } from './client.ts';

afterAll(cleanUp);

let server: Serving;
let scimkit: ReturnType<typeof clientOf>;
beforeAll(async () => {
  server = await serve(['--database', ':memory:', '--create-token']);
  scimkit = clientOf(server);
});

describe('credentials', () => {
  test('none is given: where one can come from', async () => {
    const config = { SCIMKIT_CONFIG: join(scratch, 'mistakes.json') };
    const [bare] = await Promise.all([
      scimkit(['users', 'list'], '', { SCIM_TOKEN: '' }),
      cli(['profile', 'add', 'app', '--base-url', server.baseUrl], config),
    ]);
    const profile = await cli(['users', 'list', '--profile', 'app'], config);
    expect([bare.code, bare.stderr]).toEqual([
      1,
      expect.stringMatching(
        /answered 401: .* No credential was sent: set SCIM_TOKEN, keep one in a profile .*, or give --token-env or --token-command\.\n$/,
      ),
    ]);
    expect([profile.code, profile.stderr]).toEqual([
      1,
      expect.stringMatching(/The profile app has no credential: .*--token-env or --token-command\.\n$/),
    ]);
  });

  test.each([
    [['users', 'list', '--token', 'very-secret']],
    [['users', 'list', '--token=very-secret']],
    [['users', 'create', '--userName', 'x', '--token=very-secret']],
    [['profile', 'add', 'x', '--base-url', 'https://a.example', '--api-key=very-secret']],
  ])('a token as an option is refused, and not repeated: %j', async (args) => {
    const { code, stderr } = await scimkit(args);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^error: there is no --(token|api-key): .*SCIM_TOKEN.*--token-env.*--token-command/,
      ),
    ]);
    expect(stderr).not.toContain('very-secret');
  });

  test("the server, whose credentials are other ones, isn't told of the client's", async () => {
    const { code, stderr } = await cli(['serve', '--token=very-secret', '--database', ':memory:'], {});
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: unknown option '--token'/)]);
    expect(stderr).not.toMatch(/very-secret|SCIM_TOKEN/);
  });

  test('the value of an option that is not known may be a secret, and is not repeated', async () => {
    const args = ['profile', 'add', 'x', '--base-url', 'https://a.example', "--client-secret=very'secret"];
    const { code, stderr } = await scimkit(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: unknown option '--client-secret'/)]);
    expect(stderr).not.toContain('very');
  });
});

test.each([
  [
    ['--profile', 'x', 'users', 'list'],
    /^error: options go behind the command: scimkit users list --profile \.\.\./,
  ],
  [
    ['users', '--profile', 'x', 'list'],
    /^error: options go behind the whole command: scimkit users list --profile/,
  ],
  [
    ['profile', 'add', 'x', '--base-url', 'https://a.example/scim/Users/'],
    /^error: --base-url must end before "\/Users": https:\/\/a\.example\/scim\n$/,
  ],
  [
    ['users', 'list', '--base-url', 'https://a.example/scim/v2/ServiceProviderConfig'],
    /must end before "\/ServiceProviderConfig": https:\/\/a\.example\/scim\/v2\n$/,
  ],
])('what is refused before anything is sent: %j', async (args, message) => {
  const { code, stdout, stderr } = await scimkit(args);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
});

test.each([
  [['get', 'grace'], /404: .* 'grace' was taken for an id: for a name, write userName=grace\.\n$/],
  [['get', 'userNam=x'], /404: .* User has no attribute 'userNam' \(Did you mean userName\?\)\.\n$/],
  [['patch', 'grace', '--title', 'x'], /for a name, write userName=grace\.\n$/],
  [['delete', '--yes', 'grace'], /for a name, write userName=grace\.\n$/],
  [['replace', 'grace', '--userName', 'grace'], /for a name, write userName=grace\.\n$/],
])('a name where an id belongs: users %j', async (args, message) => {
  const { code, stdout, stderr } = await scimkit(['users', ...args]);
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
});

test('discover where nothing is: the words of whoever answers', async () => {
  const other = createServer((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ detail: 'No tenant has this address' }));
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const [told, wrong] = await Promise.all([
    scimkit(['discover', '--base-url', baseUrl]),
    scimkit(['discover', '--base-url', `${server.origin}/scim/v3`]),
  ]);
  other.close();
  expect([told.code, told.stderr]).toEqual([
    1,
    expect.stringMatching(
      /answered 404: No tenant has this address\. Is it the base URL, up to and without "\/Users"\?\n$/,
    ),
  ]);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/tells nothing of itself.* 404/)]);
});
