// `scimkit discover`, `scimkit schemas`, and service providers that answer oddly.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, type Serving, serve } from '../serve/command.ts';
import { clientOf, printed } from './client.ts';

afterAll(cleanUp);

/** A request as the odd service provider gets it. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}
type Answer = { readonly status?: number; readonly body?: unknown; readonly type?: string };

/** A service provider that answers as a function says; it notes what it was asked. */
async function oddServer(answer: (asked: Asked) => Answer) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://x');
    const one = { method: request.method ?? '', path, query };
    asked.push(one);
    const { status = 200, body, type = 'application/scim+json' } = answer(one);
    response.writeHead(status, { 'content-type': type });
    response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, baseUrl, scimkit: clientOf({ baseUrl, token: 'a-token' }) };
}

const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const listOf = (resources: readonly object[]) => ({
  schemas: [LIST],
  totalResults: resources.length,
  Resources: resources,
});
const user = (id: string, userName: string) => ({
  schemas: [USER],
  id,
  userName,
  meta: { resourceType: 'User' },
});
const notFound: Answer = {
  status: 404,
  body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '404' },
};

describe('a service provider that follows the RFCs', () => {
  let server: Serving;
  let scimkit: ReturnType<typeof clientOf>;
  beforeAll(async () => {
    server = await serve(['--database', ':memory:', '--create-token']);
    scimkit = clientOf(server);
  });

  test('discover tells features, limits, credentials, types with their extensions, and no departure', async () => {
    const [text, json] = await Promise.all([scimkit(['discover']), scimkit(['discover', '-o', 'json'])]);
    expect([text.code, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toMatch(/^ {2}PATCH +yes$/m);
    expect(text.stdout).toMatch(/^ {2}Bulk +yes, operations at most \d+, octets at most \d+$/m);
    expect(text.stdout).toMatch(/^ {2}credentials +OAuth Bearer Token$/m);
    expect(text.stdout).toMatch(/^ {2}\/Users +User, 0 resources\n +with urn:\S+enterprise:2\.0:User$/m);
    expect(text.stdout).toMatch(/^Departures .*\n {2}none$/m);
    expect(printed(json)).toMatchObject({
      ...{ baseUrl: server.baseUrl, departures: [], serviceProviderConfig: { patch: { supported: true } } },
      resourceTypes: [{ name: 'User', totalResults: 0 }, { name: 'Group' }],
    });
  });

  test('schemas lists them, and the characteristics of one’s attributes', async () => {
    const [all, group, json, rfc, unknown] = await Promise.all([
      scimkit(['schemas']),
      scimkit(['schemas', 'group']),
      scimkit(['schemas', USER, '-o', 'json']),
      scimkit(['schemas', 'EnterpriseUser', '--no-discovery', '--base-url', 'http://127.0.0.1:10']),
      scimkit(['schemas', 'Usr']),
    ]);
    expect(all.stdout).toMatch(/^User +urn:\S+:core:2\.0:User +\d+ /m);
    expect(group.stdout).toMatch(/^ATTRIBUTE +TYPE +REQUIRED +MUTABILITY +RETURNED +UNIQUENESS/);
    expect(group.stdout).toMatch(/^members +complex\[\] +no +readWrite/m);
    expect(group.stdout).toMatch(/^members\.value +string +no +immutable/m);
    expect(printed(json)).toMatchObject({ id: USER, name: 'User' });
    expect(rfc.stdout).toMatch(/^manager\.displayName +string +no +readOnly/m);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/no schema 'Usr'.*Did you mean User\?/),
    ]);
  });
});

describe('service providers that answer oddly', () => {
  test('departures are noticed, each once with its places; --strict refuses them', async () => {
    const { scimkit } = await oddServer(({ path }) => {
      const type = 'application/json';
      if (path === '/ServiceProviderConfig') return { type, body: { patch: { supported: true } } };
      if (path === '/ResourceTypes')
        return { type, body: [{ name: 'User', endpoint: '/Users', schema: USER }] };
      if (path === '/Schemas') return { type, body: { totalResults: '0', Resources: [] } };
      if (path === '/Users')
        return {
          type,
          body: { schemas: [LIST], totalResults: '1', Resources: [{ id: 7, UserName: 'x', active: 'True' }] },
        };
      return notFound;
    });
    const [found, strict] = await Promise.all([
      scimkit(['discover']),
      scimkit(['users', 'list', '--strict']),
    ]);
    expect([found.code, found.stderr]).toEqual([0, '']);
    expect(found.stdout).toMatch(/^ {2}\/Users +User, 1 resources$/m);
    expect(found.stdout.match(/^ {2}content-type \(.*\n {4}.*$/m)?.[0]).toMatch(
      /GET \/ServiceProviderConfig, .*GET \/ResourceTypes/,
    );
    for (const name of [
      'list-as-array',
      'message-schemas',
      'total-results',
      'boolean-strings',
      'attribute-case',
      'id',
    ]) {
      expect(found.stdout.match(new RegExp(`^  ${name} \\(`, 'gm'))?.length, name).toBe(1);
    }
    expect([strict.code, strict.stderr]).toEqual([
      1,
      expect.stringMatching(/departs from the RFCs .*RFC 7644 §3\.1/),
    ]);
  });

  test('without discovery, User and Group are the RFC’s, and that is told', async () => {
    const { scimkit } = await oddServer(({ path }) =>
      path === '/Users' ? { body: listOf([user('1', 'ada')]) } : notFound,
    );
    const [listed, discovered] = await Promise.all([
      scimkit(['users', 'list', '--columns', 'userName']),
      scimkit(['discover']),
    ]);
    expect([listed.code, listed.stdout]).toEqual([0, 'USERNAME\nada\n']);
    expect(listed.stderr).toMatch(
      /^note: http:\S+ has no discovery \(404\): User and Group are taken to be RFC 7643's\.\n$/,
    );
    expect(discovered.stdout).toMatch(/They can't be read: .*404.*RFC 7643's are taken instead/);
    expect(discovered.stdout).toMatch(/\/Groups +Group, can't be listed: .*404/);
  });

  test('what passes over a filter deletes nobody else', async () => {
    const { scimkit, asked } = await oddServer(({ path, method }) =>
      method === 'GET' && path === '/Users' ? { body: listOf([user('1', 'somebody')]) } : notFound,
    );
    const { code, stderr } = await scimkit(['users', 'delete', '--yes', '--no-discovery', 'userName=ada']);
    expect([code, stderr]).toEqual([1, 'error: there is no User with userName "ada".\n']);
    expect(asked.some(({ method }) => method === 'DELETE')).toBe(false);
  });

  test('ids are looked up before they are added; where that is forbidden, nobody says that they were', async () => {
    const { asked, scimkit } = await oddServer(({ method, path }) => {
      if (method === 'PATCH') return { status: 204 };
      return path === '/Users/ada' ? { body: user('ada', 'ada') } : { status: 403, body: {} };
    });
    const ended = await scimkit(['members', 'add', 'g', 'ada', 'bob', '--no-discovery']);
    expect(ended).toMatchObject({
      code: 0,
      stderr: '2 members named: sent to Group g; whether there are such members could not be looked up.\n',
    });
    expect(asked.map(({ path }) => path).sort()).toEqual([
      '/Groups/bob',
      '/Groups/g',
      '/Users/ada',
      '/Users/bob',
    ]);
  });

  test('where ids can no longer be looked up, the rest of them is not asked for', async () => {
    const { asked, scimkit } = await oddServer(() => ({ status: 422, body: {} }));
    const ids = Array.from({ length: 100 }, (_, number) => `id-${number}`);
    const ended = await scimkit(['members', 'add', 'g', ...ids, '--no-discovery']);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/answered 422/) });
    expect(asked.length).toBeLessThan(20);
  });

  test('what knows one comparison alone is asked for members one by one', async () => {
    const { scimkit, asked } = await oddServer(({ path, method, query }) => {
      const filter = query.get('filter') ?? '';
      if (method === 'PATCH') return { status: 204 };
      if (path !== '/Users') return notFound;
      if (filter.includes(' or '))
        return { status: 400, body: { scimType: 'invalidFilter', detail: 'One only.' } };
      const [, name = ''] = /"(.*)"/.exec(filter) ?? [];
      return { body: listOf([user(`id-of-${name}`, name)]) };
    });
    const args = ['members', 'add', 'g', 'userName=ada', 'userName=bob', '--no-discovery'];
    expect(await scimkit(args)).toMatchObject({
      code: 0,
      stderr: '2 members named: all are in Group g now.\n',
    });
    expect(asked.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('an attribute that is called as an option is still there, by its URN', async () => {
    const urn = 'urn:example:Widget';
    const { scimkit } = await oddServer(({ path }) => {
      if (path === '/ResourceTypes')
        return { body: listOf([{ name: 'Widget', endpoint: '/Widgets', schema: urn }]) };
      const attributes = [
        { name: 'file', type: 'string' },
        { name: 'no-show', type: 'boolean' },
        { name: 'size', type: 'integer', description: 'How large.\u001b[2J' },
      ];
      return path === '/Schemas' ? { body: listOf([{ id: urn, attributes }]) } : notFound;
    });
    const args = [
      'widgets',
      'create',
      `--${urn}:file`,
      'x',
      `--${urn}:no-show`,
      'true',
      '--size',
      '3',
      '--dry-run',
    ];
    const [made, help] = await Promise.all([scimkit(args), scimkit(['widgets', 'create', '--help'])]);
    expect(JSON.parse(made.stdout.slice(made.stdout.indexOf('{')))).toMatchObject({
      file: 'x',
      'no-show': true,
      size: 3,
    });
    expect(help.stdout).toMatch(/--size <integer> +How large/);
    expect(help.stdout).toContain(`--${urn}:file <text>`);
    expect(help.stdout).not.toContain('\u001b');
  });

  test.each([
    [
      'a page of a portal',
      { type: 'text/html', body: '<html>' },
      /no JSON\. Is the base URL that of a SCIM service\?/,
    ],
    [
      'an error in a foreign way',
      { status: 403, type: 'application/json', body: { message: 'Not\u0007 you' } },
      /answered 403: Not\\u0007 you/,
    ],
    [
      'an error of a proxy',
      { status: 400, type: 'text/html', body: '<h1>Bad</h1> request' },
      /answered 400: Bad request/,
    ],
  ] satisfies readonly (readonly [string, Answer, RegExp])[])(
    '%s is told in one line',
    async (_, answer, message) => {
      const { scimkit } = await oddServer(() => answer);
      const { code, stdout, stderr } = await scimkit(['users', 'list']);
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
      expect(stderr).toMatch(/^error: [^\n]*\n$/);
    },
  );
});
