import { type Revocation, ScimError, type Store } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import { createApp, overApp } from '../app.ts';
import {
  BULK_REQUEST,
  type Auth,
  DIRECTORIES,
  type Database,
  errorBody,
  fresh,
  group,
  made,
  patchOp,
  user,
} from '../fixture.ts';

const deactivate = patchOp({ op: 'replace', path: 'active', value: false });

/** A client, and what it was told of. */
function watched(database: Database) {
  const told: string[] = [];
  const send = fresh(database, {
    onAccessRevoked: ({ resourceType, id, reason, before, after, auth, operation }: Revocation<Auth>) => {
      expect(auth.tenant).toBe('acme');
      told.push(`${resourceType} ${id} ${reason} ${before?.active} ${after?.active} ${operation.name}`);
    },
  });
  return { told, send };
}

describe.each(DIRECTORIES)('access is revoked on %s', (_, create) => {
  const { told, send } = watched(create());
  const tell = async (method: string, path: string, body?: unknown) => {
    told.length = 0;
    const answer = await send(method, path, body);
    expect(answer.status).toBeLessThan(300);
    return told.slice();
  };

  test('once, by PATCH, PUT and DELETE alike, whatever the spelling', async () => {
    const id = await made(send, '/Users', user('patched'));
    expect(await tell('PATCH', `/Users/${id}`, deactivate)).toEqual([
      `User ${id} deactivated true false patch`,
    ]);
    expect(await tell('PATCH', `/Users/${id}`, deactivate)).toEqual([]);
    expect(await tell('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'title', value: 'x' }))).toEqual(
      [],
    );
    expect(await tell('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'active' }))).toEqual([]);
    expect(await tell('PUT', `/Users/${id}`, user('patched', { active: false, title: 'y' }))).toEqual([]);
    expect(await tell('PUT', `/Users/${id}`, user('patched', { active: true }))).toEqual([]);
    expect(await tell('PUT', `/Users/${id}`, user('patched', { active: false }))).toEqual([
      `User ${id} deactivated true false replace`,
    ]);
    expect(await tell('PUT', `/Users/${id}`, user('patched', { active: null }))).toEqual([]);
    expect(
      await tell('PATCH', `/Users/${id}`, patchOp({ op: 'Replace', value: { active: 'True' } })),
    ).toEqual([]);
    expect(
      await tell('PATCH', `/Users/${id}`, patchOp({ op: 'Replace', value: { active: 'False' } })),
    ).toEqual([`User ${id} deactivated true false patch`]);
    // It goes, whether it was active or not.
    expect(await tell('DELETE', `/Users/${id}`)).toEqual([`User ${id} deleted false undefined delete`]);
    told.length = 0;
    expect((await send('DELETE', `/Users/${id}`)).status).toBe(404);
    expect(told).toEqual([]);
  });

  test('of one whose active was never set', async () => {
    const id = await made(send, '/Users', user('absent'));
    await tell('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'active' }));
    expect(told).toEqual([]);
    expect(await tell('PATCH', `/Users/${id}`, deactivate)).toEqual([
      // A column has a value always.
      expect.stringMatching(`^User ${id} deactivated (undefined|true) false patch$`),
    ]);
  });

  test('by each operation of a Bulk', async () => {
    const a = await made(send, '/Users', user('bulk-a'));
    const b = await made(send, '/Users', user('bulk-b'));
    const operations = [
      { method: 'PATCH', path: `/Users/${a}`, data: deactivate },
      { method: 'PATCH', path: `/Users/${a}`, data: deactivate },
      { method: 'PUT', path: `/Users/${b}`, data: user('bulk-b', { active: false }) },
      { method: 'DELETE', path: `/Users/${a}` },
    ];
    expect(await tell('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations: operations })).toEqual([
      `User ${a} deactivated true false patch`,
      `User ${b} deactivated true false replace`,
      `User ${a} deleted false undefined delete`,
    ]);
  });

  test('not of a new account that was never active, nor of what has no access', async () => {
    expect(await tell('POST', '/Users', user('inactive', { active: false }))).toEqual([]);
    const id = await made(send, '/Groups', group('staff'));
    expect(await tell('DELETE', `/Groups/${id}`)).toEqual([]);
  });
});

test('a POST that is linked to an account that exists may revoke its access', async () => {
  const { told, send } = watched({
    open(type, scope) {
      const store: Store = createMemoryDatabase().open(type, scope);
      return Object.assign(store, {
        create: async () => {
          const times = { created: '2026-01-31T12:00:00.000Z', lastModified: '2026-01-31T12:00:00.000Z' };
          const attributes = { userName: 'ada', active: false };
          const resource = { id: '7', version: '2', ...times, attributes };
          const before = { userName: 'ada', active: true };
          return { id: '7', version: '2', changed: true, before, after: attributes, resource };
        },
      });
    },
  });
  expect((await send('POST', '/Users', user('ada', { active: false }))).status).toBe(201);
  expect(told).toEqual(['User 7 deactivated true false create']);
});

test('a store that tells nothing of before and after: rather once too often than never', async () => {
  const database = createMemoryDatabase();
  const { told, send } = watched({
    open(type, scope) {
      const store: Store = database.open(type, scope);
      const replace = store.replace.bind(store);
      return Object.assign(store, {
        patch: undefined,
        replace: async (...args: Parameters<typeof replace>) => {
          const written = await replace(...args);
          return written && { ...written, before: undefined, after: undefined };
        },
      });
    },
  });
  const id = await made(send, '/Users', user('ada'));
  await send('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'title', value: 'x' }));
  expect(told).toEqual([]);
  await send('PATCH', `/Users/${id}`, deactivate);
  expect(told).toEqual([`User ${id} deactivated undefined false patch`]);
});

describe("in the app's transaction", () => {
  test('parity 28: it is part of the operation, and what it wrote is committed with it', async () => {
    const app = createApp();
    const log: string[] = [];
    const send = overApp(app, {
      onAccessRevoked: async (revocation) => {
        if (revocation.resourceType !== 'User') return;
        revocation.tx.run('INSERT INTO audit VALUES (?)', `sessions of ${revocation.before?.userName}`);
        revocation.afterCommit(() => log.push(app.log.at(-1) ?? ''));
      },
    });
    const id = await made(send, '/Users', user('ada'));
    await send('PATCH', `/Users/${id}`, deactivate);
    expect(app.all('SELECT text FROM audit')).toEqual([{ text: 'sessions of ada' }]);
    expect(log).toEqual(['commit write']);
  });

  test('when it throws, nothing has happened', async () => {
    const app = createApp();
    const send = overApp(app, {
      onAccessRevoked: () => {
        throw new ScimError(503, 'Sessions cannot be ended right now. Send the request again.');
      },
    });
    const id = await made(send, '/Users', user('ada'));
    for (const [method, body] of [
      ['PATCH', deactivate],
      ['PUT', user('ada', { active: false })],
      ['DELETE', undefined],
    ] as const) {
      expect((await send(method, `/Users/${id}`, body)).body).toEqual(errorBody(503));
    }
    expect((await send('GET', `/Users/${id}`)).body.active).toBe(true);
  });
});
