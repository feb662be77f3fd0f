// Profiles, and where secrets are: in variables, in what commands print, behind a token endpoint; and nowhere else.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, scratch } from '../serve/command.ts';
import { cli } from './client.ts';

afterAll(cleanUp);

const config = join(scratch, 'config', 'profiles.json');
const withConfig = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  cli(args, { SCIMKIT_CONFIG: config, ...more });

/** A service provider that notes the credentials that it is sent; /token is its authorization server. */
const seen: { path: string; authorization: string | undefined; body: string }[] = [];
let server: Server;
let origin: string;
const bodyOf = async (request: IncomingMessage) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
};
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '' } = request;
  seen.push({ path: url, authorization: request.headers.authorization, body: await bodyOf(request) });
  response.setHeader('content-type', url === '/token' ? 'application/json' : 'application/scim+json');
  if (url === '/token')
    response.end('{"access_token":"an-access-token","token_type":"Bearer","expires_in":60}');
  else if (url.startsWith('/rude')) {
    // Some repeat in their errors what they were sent.
    response.statusCode = 401;
    response.end(JSON.stringify({ detail: `Who is "${request.headers.authorization}"?\u001b[31m` }));
  } else {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
    response.end(JSON.stringify({ schemas, totalResults: 0, Resources: [] }));
  }
}
beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return () => server.close();
});

/** What the last request proved itself with. */
const lastCredential = () => seen.at(-1)?.authorization;
const list = ['users', 'list', '--no-discovery', '--attempts', '1'];
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the file', () => {
  test('it has no secret, is its owner’s alone, and shows what was kept', async () => {
    const args = [
      '--base-url',
      'https://app.example.com/scim/v2/',
      '--token-command',
      'echo the-secret | tr a-z A-Z',
    ];
    const added = await withConfig(['profile', 'add', 'app', ...args]);
    expect([added.code, added.stdout, added.stderr]).toEqual([0, '', `Profile app is kept in ${config}.\n`]);
    expect(statSync(config).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({
      profiles: {
        app: {
          baseUrl: 'https://app.example.com/scim/v2',
          authentication: { scheme: 'bearer', token: { command: 'echo the-secret | tr a-z A-Z' } },
        },
      },
    });
    const [twice, forced] = [
      await withConfig(['profile', 'add', 'app', '--base-url', 'https://b.example']),
      await withConfig([
        'profile',
        'add',
        'app',
        '--base-url',
        'https://b.example',
        '--token-env',
        'B',
        '--force',
      ]),
    ];
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringMatching(/'app' already: --force/)]);
    expect(forced.code).toBe(0);
    const shown = await withConfig(['profile', 'show', 'app']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ name: 'app', baseUrl: 'https://b.example' });
    const listed = await withConfig(['profile', 'list']);
    expect(listed.stdout).toMatch(
      /^NAME +BASE URL +CREDENTIAL\napp +https:\/\/b\.example +bearer token from the variable B\n$/,
    );
    const removed = await withConfig(['profile', 'remove', 'app']);
    const none = await withConfig(['profile', 'show', 'app']);
    expect([removed.code, none.code, none.stderr]).toEqual([
      0,
      2,
      expect.stringMatching(/no profile 'app'.*none yet/),
    ]);
  });

  test.each([
    ['a secret for a name', ['--token-env', 'eyJhbGciOi.secret'], /takes the name of a variable/],
    ['two kinds', ['--token-env', 'A', '--username', 'x', '--password-env', 'B'], /one kind of credential/],
    ['two places', ['--token-env', 'A', '--token-command', 'x'], /two places for one secret/],
    ['half of Basic', ['--username', 'x'], /needs --username, and --password-env/],
    ['half of a client', ['--client-id', 'x'], /needs --token-url, --client-id, and --client-secret-env/],
    ['a password in the URL', ['--base-url', 'https://a:secret@b.example'], /no user name and no password/],
  ])('what is wrong is told, without the secret: %s', async (_, args, message) => {
    const given = args.includes('--base-url') ? args : ['--base-url', 'https://b.example', ...args];
    const { code, stderr } = await withConfig(['profile', 'add', 'wrong', ...given]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).not.toContain('secret"');
    expect(stderr).not.toContain('eyJ');
  });

  test('a file that others may write, or that is damaged, is not used', async () => {
    const open = join(scratch, 'open.json');
    writeFileSync(open, '{"profiles":{}}');
    chmodSync(open, 0o622);
    const damaged = join(scratch, 'damaged.json');
    writeFileSync(
      damaged,
      '{"profiles":{"default":{"baseUrl":"https://a.example","authentication":{"scheme":"digest"}}}}',
    );
    const [one, other] = await Promise.all(
      [open, damaged].map((SCIMKIT_CONFIG) => cli(list, { SCIMKIT_CONFIG })),
    );
    expect([one?.code, one?.stderr]).toEqual([
      2,
      expect.stringMatching(/may be written by others.*chmod 600/),
    ]);
    expect([other?.code, other?.stderr]).toEqual([
      2,
      expect.stringMatching(/profile "default": "authentication": "scheme" must be one of bearer, basic/),
    ]);
  });
});

describe('credentials', () => {
  test('of a variable, of a command, of HTTP Basic; "default" where no profile is named', async () => {
    const add = (name: string, ...args: readonly string[]) =>
      withConfig(['profile', 'add', name, '--base-url', `${origin}/scim`, '--force', ...args]);
    await add('default', '--token-env', 'MY_TOKEN');
    await add('vault', '--token-command', 'printf "  from-the-vault\\n\\n"');
    await add('old', '--username', 'sc im', '--password-env', 'MY_PASSWORD');
    const found: (string | undefined)[] = [];
    for (const args of [[], ['--profile', 'vault'], ['--profile', 'old'], ['--token-env', 'OTHER']]) {
      const { code, stderr } = await withConfig([...list, ...args], {
        ...{ MY_TOKEN: 'a-token', MY_PASSWORD: 'pässword', OTHER: 'another', SCIM_TOKEN: 'not-this-one' },
      });
      expect([code, stderr]).toEqual([0, '']);
      found.push(lastCredential());
    }
    expect(found).toEqual([
      'Bearer a-token',
      'Bearer from-the-vault',
      basic('sc im:pässword'),
      'Bearer another',
    ]);
  });

  test('of the environment, with --base-url', async () => {
    const at = ['--base-url', `${origin}/scim`];
    const found: (string | undefined)[] = [];
    for (const environment of [{ SCIM_TOKEN: 'a-token' }, { SCIM_USERNAME: 'u', SCIM_PASSWORD: 'p' }, {}]) {
      expect((await withConfig([...list, ...at], environment)).code).toBe(0);
      found.push(lastCredential());
    }
    expect(found).toEqual(['Bearer a-token', basic('u:p'), undefined]);
  });

  test('OAuth client credentials: a token is fetched, once', async () => {
    const client = [
      '--token-url',
      `${origin}/token`,
      '--client-id',
      'the client',
      '--client-secret-env',
      'MY_SECRET',
    ];
    await withConfig([
      'profile',
      'add',
      'oauth',
      '--base-url',
      `${origin}/scim`,
      ...client,
      '--scope',
      'scim',
    ]);
    seen.length = 0;
    const { code, stderr } = await withConfig([...list, '--profile', 'oauth', '-v'], {
      MY_SECRET: 'client-secret',
    });
    expect(code).toBe(0);
    expect(seen.filter(({ path }) => path === '/token')).toMatchObject([
      { authorization: basic('the+client:client-secret'), body: 'grant_type=client_credentials&scope=scim' },
    ]);
    expect(lastCredential()).toBe('Bearer an-access-token');
    expect(stderr).not.toMatch(/client-secret|an-access-token/);
  });

  test('a command that fails, says nothing, or takes too long is told, and nothing is sent', async () => {
    const commands = { fails: 'echo "vault is locked" >&2; exit 3', mute: 'true', slow: 'sleep 30' };
    seen.length = 0;
    const told: string[] = [];
    for (const [name, command] of Object.entries(commands)) {
      const args = ['--token-command', command, '--secret-timeout', '0.3'];
      await withConfig(['profile', 'add', name, '--base-url', `${origin}/scim`, ...args]);
      const { code, stderr } = await withConfig([...list, '--profile', name]);
      expect(code).toBe(1);
      told.push(stderr);
    }
    expect(told).toEqual([
      expect.stringMatching(/exit 3, ended with 3: vault is locked\n$/),
      expect.stringMatching(/printed nothing/),
      expect.stringMatching(/gave no answer within 0\.3 s/),
    ]);
    expect(seen).toEqual([]);
  });

  test('a variable that is not set is wrong usage; so are two service providers at once', async () => {
    const [unset, both] = await Promise.all([
      withConfig([...list, '--base-url', origin, '--token-env', 'UNSET']),
      withConfig([...list, '--base-url', origin, '--profile', 'vault']),
    ]);
    expect([unset.code, unset.stderr]).toEqual([2, expect.stringMatching(/UNSET.*is not set/)]);
    expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(/--profile and --base-url/)]);
  });

  test('an error that repeats the credential is told without it, and without its escape sequences', async () => {
    const { code, stderr } = await withConfig([...list, '--base-url', `${origin}/rude`, '-v'], {
      SCIM_TOKEN: 'my-secret-token',
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/answered 401: Who is "Bearer \*\*\*"\?\\u001b\[31m/),
    ]);
    expect(stderr).not.toContain('my-secret-token');
  });

  test('a credential over plain http to elsewhere is warned of', async () => {
    const far = ['--base-url', 'http://scim.invalid/v2', '--attempts', '1'];
    const [warned, quiet] = await Promise.all([
      withConfig([...list, ...far], { SCIM_TOKEN: 'a-token' }),
      withConfig([...list, ...far]),
    ]);
    expect(warned.stderr).toMatch(/^warning: the credential goes over plain http to scim\.invalid/);
    expect(quiet.stderr).not.toMatch(/warning/);
  });
});
