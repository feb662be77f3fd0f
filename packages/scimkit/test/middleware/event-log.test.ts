import {
  bearerTokens,
  createServiceProvider,
  defineResourceType,
  defineSchema,
  eventLog,
  Group,
  on,
  type RefusedEvent,
  type ResourceEvent,
  ScimError,
  User,
  UserSchema,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import { createApp, overApp } from '../app.ts';
import {
  BULK_REQUEST,
  client,
  DIRECTORIES,
  ENTERPRISE,
  type Auth,
  fresh,
  group,
  made,
  patchOp,
  USER,
  user,
} from '../fixture.ts';

const HIDDEN = 'urn:example:params:scim:schemas:extension:hidden:2.0:User';
const WithSecrets = defineResourceType({
  name: 'User',
  endpoint: '/Users',
  schema: UserSchema,
  schemaExtensions: [
    {
      schema: defineSchema({
        id: HIDDEN,
        attributes: [
          { name: 'pin', mutability: 'writeOnly' },
          { name: 'answer', returned: 'never' },
          {
            name: 'keys',
            type: 'complex',
            multiValued: true,
            subAttributes: [{ name: 'name' }, { name: 'material', returned: 'never' }],
          },
        ],
      }),
    },
  ],
});

describe.each(DIRECTORIES)('parity 3: the log of events on %s', (_, create) => {
  const database = create();
  const events: ResourceEvent[] = [];
  const refused: RefusedEvent[] = [];
  const log = eventLog<Auth, unknown>({
    write: (event) => events.push(event),
    failures: (event) => refused.push(event),
  });
  const send = fresh(database, { use: [log] });
  /** What a request adds to the log. */
  const logged = async (method: string, path: string, body?: unknown) => {
    events.length = 0;
    refused.length = 0;
    await send(method, path, body);
    return events.slice();
  };

  test('create, replace, patch and delete, with what changed', async () => {
    const [created] = await logged('POST', '/Users', {
      ...user('ada', { name: { givenName: 'Ada' }, emails: [{ value: 'a@example.com' }] }),
      schemas: [USER, ENTERPRISE],
      [ENTERPRISE]: { department: 'R&D' },
    });
    const resourceId = created?.resourceId as string;
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      auth: { tenant: 'acme' },
      resourceType: 'User',
      operation: 'create',
      resourceId,
      version: '1',
      changes: [
        { path: 'userName', after: 'ada' },
        { path: 'name.givenName', after: 'Ada' },
        { path: 'active', after: true },
        { path: 'emails', after: [{ value: 'a@example.com' }] },
        { path: `${ENTERPRISE}:department`, after: 'R&D' },
      ],
      relations: [],
    });
    expect(JSON.parse(JSON.stringify(created))).toEqual(created);
    const path = `/Users/${resourceId}`;
    const changes = (list: readonly ResourceEvent[]) => list.map((event) => [event.operation, event.changes]);
    const patch = patchOp(
      { op: 'replace', path: 'name.givenName', value: 'A.' },
      { op: 'remove', path: 'emails' },
    );
    expect(changes(await logged('PATCH', path, patch))).toEqual([
      [
        'patch',
        [
          { path: 'name.givenName', before: 'Ada', after: 'A.' },
          { path: 'emails', before: [{ value: 'a@example.com' }] },
        ],
      ],
    ]);
    expect(await logged('PATCH', path, patch)).toEqual([]);
    expect(changes(await logged('PUT', path, user('lovelace', { active: true })))).toEqual([
      [
        'replace',
        [
          { path: 'userName', before: 'ada', after: 'lovelace' },
          { path: 'name.givenName', before: 'A.' },
          { path: `${ENTERPRISE}:department`, before: 'R&D' },
        ],
      ],
    ]);
    expect(changes(await logged('DELETE', path))).toEqual([
      [
        'delete',
        [
          { path: 'userName', before: 'lovelace' },
          { path: 'active', before: true },
        ],
      ],
    ]);
    expect(await logged('GET', '/Users')).toEqual([]);
  });

  test('members as they come and go, and the bulkId', async () => {
    const [a, b] = [await made(send, '/Users', user('a')), await made(send, '/Users', user('b'))];
    const [created] = await logged('POST', '/Bulk', {
      schemas: [BULK_REQUEST],
      Operations: [{ method: 'POST', bulkId: 'g', path: '/Groups', data: group('staff', [a]) }],
    });
    expect(created).toMatchObject({ bulkId: 'g', relations: [{ path: 'members', added: [a], removed: [] }] });
    const [patched] = await logged(
      'PATCH',
      `/Groups/${created?.resourceId}`,
      patchOp(
        { op: 'add', path: 'members', value: [{ value: b }] },
        { op: 'remove', path: `members[value eq "${a}"]` },
      ),
    );
    expect(patched?.changes).toEqual([]);
    expect(patched?.relations).toEqual([{ path: 'members', added: [b], removed: [a] }]);
  });

  test('writes that are refused, with the reason', async () => {
    const id = await made(send, '/Users', user('taken'));
    expect(await logged('POST', '/Users', user('TAKEN'))).toEqual([]);
    expect(refused).toEqual([
      {
        id: expect.any(String),
        time: expect.any(String),
        auth: { tenant: 'acme' },
        resourceType: 'User',
        operation: 'create',
        error: { status: 409, scimType: 'uniqueness', detail: expect.stringContaining('taken') },
      },
    ]);
    await logged('DELETE', '/Users/none');
    expect(refused).toMatchObject([{ operation: 'delete', resourceId: 'none', error: { status: 404 } }]);
    await logged('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'userName' }));
    expect(refused).toMatchObject([
      { operation: 'patch', resourceId: id, error: { scimType: 'mutability' } },
    ]);
  });
});

test('parity 3: secrets are named, and their values are nowhere', async () => {
  const events: ResourceEvent[] = [];
  const database = createMemoryDatabase();
  const send = client(
    createServiceProvider({
      authentication: bearerTokens([{ token: 'secret', auth: { tenant: 'acme', hash: 'hush' } }]),
      resources: [{ type: WithSecrets, store: ({ auth }) => database.open(WithSecrets, auth) }],
      use: [eventLog({ write: (event) => events.push(event), auth: ({ tenant }) => ({ tenant }) })],
    }),
  );
  const schemas = [USER, HIDDEN];
  const keys = [{ name: 'laptop', material: 'hush' }];
  const id = await made(send, '/Users', {
    ...{ schemas, userName: 'ada', password: 'hush' },
    [HIDDEN]: { pin: 'hush', answer: 'hush', keys },
  });
  await send('PUT', `/Users/${id}`, {
    ...{ schemas, userName: 'ada', title: 'x', password: 'hush hush' },
    [HIDDEN]: { pin: 'hush', answer: 'hush hush', keys: [{ name: 'laptop', material: 'hush hush' }] },
  });
  await send(
    'PATCH',
    `/Users/${id}`,
    patchOp(
      { op: 'replace', path: 'password', value: 'hush' },
      { op: 'replace', path: `${HIDDEN}:answer`, value: 'hush' },
    ),
  );
  await send('DELETE', `/Users/${id}`);
  expect(
    events.map(({ changes }) => changes.filter(({ redacted }) => redacted).map(({ path }) => path)),
  ).toEqual([
    [`${HIDDEN}:answer`, `${HIDDEN}:keys`, 'password', `${HIDDEN}:pin`],
    [`${HIDDEN}:answer`, `${HIDDEN}:keys`, 'password', `${HIDDEN}:pin`],
    [`${HIDDEN}:answer`, 'password'],
    [`${HIDDEN}:answer`, `${HIDDEN}:keys`],
  ]);
  expect(events[0]?.changes).toContainEqual({
    path: `${HIDDEN}:keys`,
    after: [{ name: 'laptop' }],
    redacted: true,
  });
  expect(events.map(({ auth }) => auth)).toEqual(events.map(() => ({ tenant: 'acme' })));
  expect(JSON.stringify(events)).not.toContain('hush');
});

test("parity 4: events stand or fall with the operation, in the app's transaction", async () => {
  const app = createApp();
  const refused: [event: RefusedEvent, latest: string | undefined][] = [];
  const send = overApp(app, {
    use: [
      eventLog({
        write: (event, { tx }) => tx.run('INSERT INTO audit VALUES (?)', JSON.stringify(event)),
        failures: (event) => refused.push([event, app.log.at(-1)]),
      }),
      on([User, Group], ['create', 'delete'], async (operation, next) => {
        const written = await next();
        if (operation.name === 'delete')
          throw new ScimError(403, 'Nobody is deleted here. Deactivate instead.');
        return written;
      }),
    ],
  });
  app.conflicts = 1;
  const id = await made(send, '/Users', user('ada'));
  expect((await send('DELETE', `/Users/${id}`)).status).toBe(403);
  const kept = app.all<{ text: string }>('SELECT text FROM audit').map(({ text }) => JSON.parse(text));
  expect(kept).toMatchObject([{ operation: 'create', resourceId: id, version: '1' }]);
  expect(refused).toMatchObject([
    [{ operation: 'delete', resourceId: id, error: { status: 403 } }, 'rollback write'],
  ]);
});

test('an event that cannot be kept makes its operation fail', async () => {
  const app = createApp();
  const send = overApp(app, {
    use: [
      eventLog({
        write: () => {
          throw new Error('disk full');
        },
      }),
    ],
  });
  expect((await send('POST', '/Users', user('ada'))).status).toBe(500);
  expect(app.all('SELECT * FROM resources')).toEqual([]);
});
