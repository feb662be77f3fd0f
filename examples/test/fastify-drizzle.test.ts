import { execFileSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithoutRecordings } from '../../test/replay.ts';
import { createTestDatabase, hasPostgres } from '../../test/postgres/test-database.ts';
import { type App, group, patch, startApp, user } from './app.ts';
import { folder } from './example-process.ts';

const DATABASES = ['SQLite', ...(hasPostgres ? ['PostgreSQL'] : [])];

describe.each(DATABASES)('examples/fastify-drizzle on %s', (database) => {
  let app: App;
  let rows: (text: string) => Promise<readonly unknown[]>;
  const closers: (() => unknown)[] = [];
  const environment: Record<string, string> = {};

  beforeAll(async () => {
    if (database === 'PostgreSQL') {
      const postgres = await createTestDatabase();
      environment.DATABASE_URL = postgres.url;
      const client = new Client(postgres.url);
      await client.connect();
      rows = async (text) => (await client.query(text)).rows;
      closers.push(
        () => client.end(),
        () => postgres.drop(),
      );
    }
    app = await startApp({
      name: 'fastify-drizzle',
      scripts: [['migrate.ts'], ['create-token.ts', 'acme', 'Entra ID']],
      read: (output) => ({ token: output.trim() }),
      basePath: '/scim/acme/v2',
      environment,
    });
    if (database === 'SQLite') {
      const tables = new DatabaseSync(app.database, { timeout: 5_000 });
      rows = async (text) => tables.prepare(text).all();
      closers.push(() => tables.close());
    }
  }, 120_000);

  afterAll(async () => {
    await app.stop();
    for (const close of closers) await close();
  });

  const create = async (path: string, body: object) => (await app.send('POST', path, body)).body.id as string;

  test('users, teams and teams in teams are rows of the tenant; the app shows them', async () => {
    const ada = await create('/Users', user('ada@example.com', { displayName: 'Ada' }));
    const crew = await create('/Groups', group('Crew', [ada]));
    const fleet = await create('/Groups', group('Fleet', [crew]));
    const person = { email: 'ada@example.com', name: 'Ada', isActive: true, team: 'Crew' };
    expect(await app.page('/acme/people')).toEqual([person]);
    expect(await app.page('/globex/people')).toEqual([]);
    expect(await rows('SELECT parent_id, child_id FROM team_teams')).toEqual([
      { parent_id: fleet, child_id: crew },
    ]);
    expect(await rows('SELECT role FROM memberships')).toEqual([{ role: 'member' }]);
    const { body } = await app.send('GET', `/Users/${ada}`);
    const groups: readonly { readonly display: string; readonly type: string }[] = body.groups;
    expect(groups.map(({ display, type }) => `${display}: ${type}`).toSorted()).toEqual([
      'Crew: direct',
      'Fleet: indirect',
    ]);
  });

  test('whoever was deleted is kept, and makes room for whoever comes after', async () => {
    const first = await create('/Users', user('returns@example.com'));
    expect((await app.send('DELETE', `/Users/${first}`)).status).toBe(204);
    expect((await app.send('GET', `/Users/${first}`)).status).toBe(404);
    const second = await create('/Users', user('returns@example.com'));
    expect(second).not.toBe(first);
    const kept = await rows(
      "SELECT id, email, deleted_at IS NULL AS is_there FROM users WHERE email LIKE '%returns@%'",
    );
    expect(kept).toHaveLength(2);
    expect(kept.map((row) => Object.values(row as object).map(String))).toEqual(
      expect.arrayContaining([
        [first, `deleted-${first}-returns@example.com`, expect.stringMatching(/^(0|false)$/)],
        [second, 'returns@example.com', expect.stringMatching(/^(1|true)$/)],
      ]),
    );
  });

  test('a token opens the tenant that it was made for, until it is revoked', async () => {
    const globex = execFileSync(process.execPath, ['fastify-drizzle/create-token.ts', 'globex'], {
      cwd: folder,
      env: { ...process.env, ...environment, DATABASE: app.database },
      encoding: 'utf8',
    }).trim();
    const status = async (tenant: string, token: string) => {
      const url = app.baseUrl.replace('/acme/', `/${tenant}/`);
      return (await fetch(`${url}/Users`, { headers: { authorization: `Bearer ${token}` } })).status;
    };
    expect(await status('globex', globex)).toBe(200);
    expect(await status('acme', globex)).toBe(401);
    expect(await status('globex', 'guessed')).toBe(401);
    expect(JSON.stringify(await rows('SELECT * FROM api_tokens'))).not.toContain(globex);
    const now = database === 'SQLite' ? '1' : 'now()';
    await rows(`UPDATE api_tokens SET revoked_at = ${now} WHERE tenant_id = 'globex'`);
    expect(await status('globex', globex)).toBe(401);
  });

  test('memberships: what was there stays, with what the app has in it', async () => {
    const [ada, grace] = [
      await create('/Users', user('owner@example.com')),
      await create('/Users', user('grace@example.com')),
    ];
    const team = await create('/Groups', group('Owners', [ada]));
    await rows(`UPDATE memberships SET role = 'owner' WHERE team_id = '${team}'`);
    await app.send(
      'PATCH',
      `/Groups/${team}`,
      patch({ op: 'add', path: 'members', value: [{ value: grace }] }),
    );
    await app.send('PUT', `/Groups/${team}`, group('Owners', [ada, grace]));
    const found = await rows(`SELECT user_id, role FROM memberships WHERE team_id = '${team}' ORDER BY role`);
    expect(found).toEqual([
      { user_id: grace, role: 'member' },
      { user_id: ada, role: 'owner' },
    ]);
  });

  test.skipIf(isWithoutRecordings)(
    'passes the recordings, as far as the tables have the attributes',
    async () => {
      const { passed, failed } = await app.replay();
      expect(failed).toEqual([]);
      expect(passed.get('Microsoft Entra ID')).toBeGreaterThan(95);
      expect(passed.get('Okta')).toBeGreaterThan(40);
    },
    120_000,
  );
});
