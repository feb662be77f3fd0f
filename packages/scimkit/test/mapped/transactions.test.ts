// The app's transaction, in each library: hooks write to the app's tables in it.
import { ScimError } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { BULK_REQUEST, errorBody, group, made, patchOp, user } from '../fixture.ts';
import { type Accounts, onEachDatabase, type Untyped } from './accounts.ts';

const replace = (path: string, value: unknown) => patchOp({ op: 'replace', path, value });

/** How many names a test's organisations have. */
const notes = async ({ rows }: Accounts, text: string): Promise<readonly string[]> =>
  (await rows(`SELECT name FROM organisations WHERE name LIKE '${text}%' ORDER BY name`)).map(({ name }) =>
    String(name).slice(text.length),
  );

let tests = 0;

describe("the app's transaction", () => {
  onEachDatabase((ready, { library, dialect }) => {
    /** Writes a row of the app's through the library itself, as the app's developers would. */
    const insert = async (app: Accounts, tx: Untyped, name: string): Promise<void> => {
      if (library === 'kysely') await tx.insertInto('organisations').values({ name }).execute();
      else if (library === 'prisma') await tx.organisation.create({ data: { name } });
      else {
        const { organisations } = (await import('./drizzle-tables.ts'))[
          dialect === 'postgres' ? 'postgresTables' : 'sqliteTables'
        ];
        await tx.insert(organisations).values({ name });
      }
      expect(app.test.library).toBe(library);
    };
    const noting = (app: Accounts, prefix: string, refuse: (operation: Untyped) => boolean = () => false) => [
      async (operation: Untyped, next: Untyped) => {
        if (operation.name === 'get' || operation.name === 'query') return next();
        await insert(app, operation.tx, `${prefix}before ${operation.name}`);
        const result = await next();
        await insert(app, operation.tx, `${prefix}after ${operation.name}`);
        if (refuse(operation)) throw new ScimError(403, 'Not today. Ask your administrator.');
        return result;
      },
    ];

    test('what hooks write is committed with the operation, or undone with it', async () => {
      const app = await ready();
      const prefix = `t${++tests}: `;
      let isRefused = false;
      const { send, org } = app.over(app.map({ attributes: { title: 'badge' } }), {
        isTransactional: true,
        use: noting(app, prefix, () => isRefused),
      });
      const id = await made(send, '/Users', user('ada'));
      expect((await send('PATCH', `/Users/${id}`, replace('title', 'x'))).status).toBe(200);
      expect((await send('PUT', `/Users/${id}`, user('ada', { title: 'y' }))).status).toBe(200);
      const done = [
        'after create',
        'after patch',
        'after replace',
        'before create',
        'before patch',
        'before replace',
      ];
      expect(await notes(app, prefix)).toEqual(done);
      isRefused = true;
      for (const answer of [
        await send('POST', '/Users', user('bob')),
        await send('PATCH', `/Users/${id}`, replace('title', 'z')),
        await send('PUT', `/Users/${id}`, user('eve')),
        await send('DELETE', `/Users/${id}`),
      ]) {
        expect(answer.body).toEqual(errorBody(403));
      }
      expect(await notes(app, prefix)).toEqual(done);
      isRefused = false;
      // What the store refuses undoes what was written before it.
      expect((await send('POST', '/Users', user('ADA'))).status).toBe(409);
      expect((await send('DELETE', `/Users/${crypto.randomUUID()}`)).status).toBe(404);
      expect(await notes(app, prefix)).toEqual(done);
      expect(await app.rows(`SELECT login, badge FROM accounts WHERE org = '${org}'`)).toEqual([
        { login: 'ada', badge: 'y' },
      ]);
      expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
      expect(await notes(app, prefix)).toHaveLength(8);
    });

    test('a circle of a Bulk is one transaction, and goes as one', async () => {
      const app = await ready();
      const prefix = `t${++tests}: `;
      const circle = (name: string) => ({
        schemas: [BULK_REQUEST],
        Operations: ['a', 'b'].map((bulkId) => ({
          ...{ method: 'POST', bulkId, path: '/Groups' },
          data: {
            ...group(`${name} ${bulkId}`),
            members: [{ value: `bulkId:${bulkId === 'a' ? 'b' : 'a'}` }],
          },
        })),
      });
      const { send, organisation } = await app.directory(
        {},
        {
          isTransactional: true,
          use: noting(app, prefix, ({ input }) => input?.attributes.displayName === 'refused b'),
        },
      );
      const refused = await send('POST', '/Bulk', circle('refused'));
      expect(refused.body.Operations.map(({ status }: Untyped) => status)).toEqual(['409', '403']);
      expect(await notes(app, prefix)).toEqual([]);
      expect(await app.rows(`SELECT id FROM teams WHERE organisation_id = ${organisation}`)).toEqual([]);
      const { body } = await send('POST', '/Bulk', circle('fine'));
      expect(body.Operations.map(({ status }: Untyped) => status)).toEqual(['201', '201']);
      expect(await notes(app, prefix)).toHaveLength(4);
      const { Resources } = (await send('GET', '/Groups')).body;
      expect(Resources.map(({ members }: Untyped) => members.length)).toEqual([1, 1]);
    });

    test('without it each write has its own, and hooks have none', async () => {
      const app = await ready();
      const seen: unknown[] = [];
      const { send, org } = app.over(app.map(), {
        use: [
          async (operation: Untyped, next: Untyped) => {
            const result = await next();
            seen.push(operation.tx);
            if (operation.name === 'create') {
              const rows = await app.rows(`SELECT login FROM accounts WHERE org = '${org}'`);
              expect(rows).toEqual([{ login: 'ada' }]);
              throw new ScimError(403, 'Too late. Ask your administrator.');
            }
            return result;
          },
        ],
      });
      expect((await send('POST', '/Users', user('ada'))).body).toEqual(errorBody(403));
      expect(seen).toEqual([undefined]);
      expect((await send('GET', '/Users')).body.totalResults).toBe(1);
    });

    test('many writes and reads at once in transactions of their own', async () => {
      const app = await ready();
      const prefix = `t${++tests}: `;
      const { send } = app.over(app.map(), { isTransactional: true, use: noting(app, prefix) });
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          i % 3 === 0 ? send('GET', '/Users') : send('POST', '/Users', user(`u${i % 20}`)),
        ),
      );
      const created = answers.filter(({ status }) => status === 201).length;
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201, 409]));
      expect(await notes(app, prefix)).toHaveLength(created * 2);
      expect((await send('GET', '/Users')).body.totalResults).toBe(created);
    });
  });
});

describe('reads in transactions', () => {
  onEachDatabase(
    (ready, { dialect }) => {
      test('row-level security that is told whom it is for by SET LOCAL', async () => {
        const app = await ready();
        if (dialect !== 'postgres') return;
        const { database } = app;
        const kinds: string[] = [];
        const transaction = {
          run: (work: Untyped, kind: 'read' | 'write') =>
            database.transaction.run(async (tx: Untyped) => {
              kinds.push(kind);
              await app.app.app.run(tx, { text: "SET LOCAL app.tenant = 'x'", parameters: [] });
              const [row] = await app.app.app.run(tx, {
                text: "SELECT current_setting('app.tenant') AS c0",
                parameters: [],
              });
              expect(row?.c0).toBe('x');
              return work(tx);
            }, kind),
        };
        const { send } = app.over(app.map(), { isTransactional: true, transaction });
        const id = await made(send, '/Users', user('ada'));
        expect((await send('GET', `/Users/${id}`)).status).toBe(200);
        expect((await send('GET', '/Users')).body.totalResults).toBe(1);
        expect(new Set(kinds)).toEqual(new Set(['read', 'write']));
      });

      test('all else works as without them', async () => {
        const app = await ready();
        const { send } = await app.directory({}, { isTransactional: true });
        const ids = await Promise.all(
          Array.from({ length: 5 }, (_, i) => made(send, '/Users', user(`u${i}`))),
        );
        const id = await made(send, '/Groups', group('G', ids));
        const reads = await Promise.all([
          ...ids.map((each) => send('GET', `/Users/${each}`)),
          send('GET', `/Groups/${id}`),
          send('GET', '/'),
        ]);
        expect(reads.map(({ status }) => status)).toEqual(Array.from({ length: 7 }, () => 200));
        expect(reads[0]?.body.groups).toMatchObject([{ value: id }]);
      });
    },
    { transactionalReads: true },
  );
});
