// Filters, sorting and walks over what an app's own tables hold, where it is in another form than the attribute's.
import {
  type Filter,
  formatFilter,
  parseFilter,
  type ResourceType,
  resolveFilter,
  ScimError,
  type Store,
  strict,
} from 'scimkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMappedDatabase } from '../../src/store/mapped/mapped-database.ts';
import { resolveSort } from '../../src/protocol/sort.ts';
import { readResource } from '../../src/protocol/validate.ts';
import { EXTENSION, THING } from '../protocol/resource.ts';
import { DATABASES, type TestApp, type TestDatabase } from './databases.ts';
import { namesOf, openThings, Thing } from './things.ts';

const SELECTION = { relations: new Set<string>() };

const resolved = (type: ResourceType, text: string) =>
  resolveFilter(type, parseFilter(text), { leniency: strict });

describe.each(DATABASES.map((database) => [database.name, database] as const))('%s', (_, database) => {
  let opened: Awaited<ReturnType<typeof openThings>>;
  let organisation = 0;
  beforeAll(async () => {
    opened = await openThings(database);
  });
  afterAll(() => opened.app.close());

  /** A store with things of these attributes, whose ids are their places. */
  async function filled(...bodies: readonly object[]): Promise<Store> {
    const store = opened.open(++organisation);
    for (const [i, body] of bodies.entries()) {
      const input = readResource(
        opened.things.type,
        { schemas: [THING, EXTENSION], name: `n${i}`, ...body },
        strict,
      );
      await store.create(input, { id: `${organisation}-${i}` });
    }
    return store;
  }

  async function places(store: Store, text: string | undefined, sortBy?: string): Promise<string> {
    const { type } = opened.things;
    const { resources } = await store.query({
      filter: text === undefined ? undefined : resolved(type, text),
      sort: sortBy === undefined ? undefined : resolveSort(type, sortBy, undefined, strict),
      page: { startIndex: 1, count: 100 },
      selection: SELECTION,
    });
    return resources.map(({ id }) => id.split('-')[1]).join();
  }

  /** What the app does by itself to the things of a store. */
  const execute = async (sets: string) => {
    await opened.app.execute(`UPDATE things SET ${sets} WHERE organisation_id = ${organisation}`);
  };

  test('a text that is empty is none', async () => {
    const store = await filled({ code: 'a' }, { code: 'b' });
    await execute("code = '', label = ''");
    expect(await places(store, 'code lt "z" or code le "z" or box.label lt "z" or code pr')).toBe('');
    expect(await places(store, 'not (code le "z")')).toBe('0,1');
  });

  test('an enumeration, a UUID and a number are texts', async () => {
    const store = await filled(
      { state: 'open', badge: '5', onRequest: 'a' },
      { state: 'Shut', badge: '10', onRequest: 'b' },
    );
    expect(await places(store, 'state eq "SHUT" and state pr')).toBe('1');
    expect(await places(store, undefined, 'state')).toBe('0,1');
    expect(await places(store, 'badge eq "05"')).toBe('');
    expect(await places(store, 'badge lt "5"')).toBe('1');
    expect(await places(store, undefined, 'badge')).toBe('1,0');
    expect(await places(store, 'onRequest eq "0A0B0C0D-0000-4000-8000-000000000062"')).toBe('1');
  });

  test('a number in another unit is compared in it, and the unit may be a coarse one', async () => {
    const store = await filled({ rank: 1 }, { rank: 1.5 }, { rank: 10 }, {});
    expect(await places(store, 'rank eq 1.5')).toBe('1');
    expect(await places(store, 'rank eq 1.51')).toBe('');
    expect(await places(store, 'rank ge 1.51')).toBe('2');
    expect(await places(store, 'rank lt 1.51')).toBe('0,1');
    expect(await places(store, 'rank gt 1.5')).toBe('2');
    expect(await places(store, 'rank le 1e21')).toBe('0,1,2');
    expect(await places(store, undefined, 'rank')).toBe('0,1,2,3');
  });

  test('an instant in seconds, or made of a column, is compared as it is read', async () => {
    const store = await filled(
      { ends: '2026-01-01T00:00:00Z', begins: '2026-01-01T00:00:00Z' },
      { ends: '2026-01-01T00:00:01Z', begins: '2026-01-01T00:00:00.001Z' },
    );
    for (const path of ['ends', 'begins']) {
      expect(await places(store, `${path} eq "2026-01-01T01:00:00+01:00"`)).toBe('0');
      expect(await places(store, `${path} gt "2026-01-01T00:00:00Z"`)).toBe('1');
      expect(await places(store, `${path} ge "2026-01-01T00:00:00.0005Z"`)).toBe('1');
      expect(await places(store, `${path} lt "2026-01-01T00:00:00.001Z"`)).toBe('0');
    }
    expect(await places(store, 'ends eq "2026-01-01T00:00:01.500Z"')).toBe('');
  });

  test('the last instant of all is later than any', async () => {
    const store = await filled({ since: '2026-01-01T00:00:00Z' }, { since: '9999-12-31T23:59:59.999Z' }, {});
    expect(await places(store, 'since le "9999-12-31T23:59:59.999Z"')).toBe('0,1');
    expect(await places(store, 'since eq "9999-12-31T23:59:59.999Z"')).toBe('1');
    expect(await places(store, 'since gt "9999-12-31T23:59:59.999Z"')).toBe('');
    expect(await places(store, 'meta.lastModified le "9999-12-31T23:59:59.999Z"')).toBe('0,1,2');
  });

  test('rows of which all is empty are no values', async () => {
    const store = await filled({}, { parts: [{ value: 'a', type: 'x' }] });
    await opened.app.execute(
      `INSERT INTO thing_parts (thing_id, value) SELECT id, '' FROM things WHERE organisation_id = ${organisation} AND name = 'n0'`,
    );
    await opened.app.execute(
      `INSERT INTO thing_visits (thing_id) SELECT id FROM things WHERE organisation_id = ${organisation}`,
    );
    expect(await places(store, 'parts pr')).toBe('1');
    expect(await places(store, 'parts[not (type eq "y")]')).toBe('1');
    expect(await places(store, 'visits.type eq "seen" or visits pr')).toBe('');
  });

  test('values in slots are found by what is the same in them, and by what only some have', async () => {
    const store = await filled(
      {
        contacts: [
          { value: 'a', type: 'work', primary: true, rating: 3 },
          { value: 'B', type: 'home' },
        ],
      },
      { contacts: [{ value: 'b', type: 'ab%c' }] },
    );
    expect(await places(store, 'contacts[type eq "HOME" and value eq "b"]')).toBe('0');
    expect(await places(store, 'contacts[type eq "work" and value eq "b"]')).toBe('');
    expect(await places(store, 'contacts[primary eq true and rating ge 3]')).toBe('0');
    expect(await places(store, 'contacts[not (rating pr)]')).toBe('0,1');
    expect(await places(store, 'contacts.type co "%"')).toBe('1');
    expect(await places(store, undefined, 'contacts.type')).toBe('1,0');
    expect(await places(store, undefined, 'contacts.rating')).toBe('0,1');
  });

  // SQLite's lower() knows ASCII alone. What is kept in other capitals is found there by an attribute that is caseExact.
  test('capitals beyond ASCII', async () => {
    const store = await filled(
      { code: 'Ä' },
      ...['Ärger', 'ärmel', 'Öl', 'Zebra', 'über'].map((name) => ({ name })),
    );
    const isPostgres = database.dialect === 'postgres';
    expect(await places(store, 'name eq "ÄRMEL"')).toBe('2');
    expect(await places(store, 'name eq "Ärger" or name sw "ö"')).toBe(isPostgres ? '1,3' : '');
    expect(await places(store, 'code eq "Ä"')).toBe('0');
    // However they are ordered, a walk finds each of them once.
    const byIndex = await places(store, undefined, 'name');
    const { type } = opened.things;
    for (const size of [1, 2]) {
      const query = { sort: resolveSort(type, 'name', undefined, strict), selection: SELECTION };
      let page = await store.query({ ...query, page: { cursor: undefined, count: size } });
      const ids = page.resources.map(({ id }) => id);
      while (page.next !== undefined && ids.length < 10) {
        page = await store.query({ ...query, page: { cursor: page.next, count: size } });
        ids.push(...page.resources.map(({ id }) => id));
      }
      expect(ids.map((id) => id.split('-')[1]).join()).toBe(byIndex);
    }
  });

  test('what can not be compared is refused by name, wherever it stands in a filter', async () => {
    const things = mapped(opened.app, database, opaque(opened.app, database));
    const { type } = things;
    const store = things.open({ where: { organisation: 1 } } as Untyped);
    const refusedPaths = ['code', 'computed', 'active', 'size', 'box.label', 'parts.value', 'contacts.value'];
    for (const path of refusedPaths) {
      const isFlag = path === 'active';
      const value = isFlag ? true : 'a';
      const operators = isFlag ? ['eq', 'ne'] : ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];
      const leaves = operators.map(
        (operator): Filter => ({ kind: 'compare', path, operator, value }) as Filter,
      );
      leaves.push({ kind: 'present', path });
      const known: Filter = { kind: 'compare', path: 'name', operator: 'eq', value: 'a' };
      const [top, sub] = path.split('.') as [string, string | undefined];
      for (const leaf of leaves) {
        const trees: Filter[] = [
          leaf,
          { kind: 'not', filter: leaf },
          { kind: 'or', filters: [known, leaf] },
          { kind: 'and', filters: [known, { kind: 'not', filter: leaf }] },
          ...(sub === undefined
            ? []
            : [{ kind: 'valuePath' as const, path: top, filter: { ...leaf, path: sub } as Filter }]),
        ];
        for (const tree of trees) {
          const filter = resolved(type, formatFilter(tree));
          for (const page of [
            { startIndex: 1, count: 1 },
            { startIndex: 1, count: 0 },
            { cursor: undefined, count: 1 },
          ]) {
            const error = await store.query({ filter, page, selection: SELECTION }).catch((reason) => reason);
            expect(error, formatFilter(tree)).toBeInstanceOf(ScimError);
            expect(error.scimType).toBe('invalidFilter');
            expect(error.detail).toContain(`"${path}"`);
          }
        }
      }
      const sort = resolveSort(type, path, undefined, strict);
      const error = await store
        .query({ sort, page: { startIndex: 1, count: 1 }, selection: SELECTION })
        .catch((reason) => reason);
      expect(error).toMatchObject({ scimType: 'invalidPath', detail: expect.stringContaining(`"${path}"`) });
    }
  });

  // Kysely doesn't know what is in a column.
  if (database.library !== 'kysely') {
    test('nor is an attribute that is in a column of another kind', async () => {
      const { column } = namesOf(opened.app, database);
      const attributes = { name: 'name', code: 'active', count: 'label', link: column('begin_at') };
      const things = mapped(opened.app, database, attributes);
      const store = things.open({ where: { organisation: 1 } } as Untyped);
      for (const text of ['code eq "true"', 'count gt 5', 'link sw "2026"']) {
        await expect(
          store.query({
            filter: resolved(things.type, text),
            page: { startIndex: 1, count: 1 },
            selection: SELECTION,
          }),
        ).rejects.toMatchObject({ scimType: 'invalidFilter' });
      }
    });
  }

  if (database.dialect === 'sqlite') {
    test('instants that the app has written compare with those that were written here', async () => {
      const store = await filled({ since: '2026-01-01T00:00:00.000Z' }, {});
      const { library } = database;
      // As CURRENT_TIMESTAMP and Prisma write them.
      const text = {
        kysely: "'2026-01-01 00:00:00'",
        drizzle: '1767225600000',
        prisma: "'2026-01-01T00:00:00.000+00:00'",
      };
      await execute(`since = coalesce(since, ${text[library]})`);
      expect(await places(store, 'since eq "2026-01-01T00:00:00Z"')).toBe('0,1');
      expect(await places(store, 'since ge "2026-01-01T00:00:00Z" and since le "2026-01-01T00:00:00Z"')).toBe(
        '0,1',
      );
      expect(await places(store, 'since gt "2026-01-01T00:00:00Z" or since lt "2026-01-01T00:00:00Z"')).toBe(
        '',
      );
      expect(await places(store, undefined, 'since')).toBe('0,1');
      if (library !== 'prisma') return;
      // And the app finds what was written here.
      const rows = await opened.app.execute(
        `SELECT DISTINCT since FROM things WHERE organisation_id = ${organisation}`,
      );
      expect(rows).toHaveLength(1);
    });
  }
});

// biome-ignore lint/suspicious/noExplicitAny: the types of mappings have tests of their own
type Untyped = any;

/** A mapping of things without a side table. */
function mapped(app: TestApp, test: TestDatabase, attributes: object) {
  const { column, table } = namesOf(app, test);
  return createMappedDatabase<Untyped, Untyped>(app.app).map(Thing, {
    table: table('things'),
    key: { column: 'id', type: 'integer' },
    where: { organisation: column('organisation_id') },
    attributes,
  } as Untyped);
}

/** Attributes that are read by a function, of which the database knows nothing; in every kind of place. */
function opaque(app: TestApp, test: TestDatabase): object {
  const { column, table } = namesOf(app, test);
  const same = { read: (value: unknown) => value, write: (value: unknown) => value };
  return {
    name: 'name',
    code: { column: 'code', ...same },
    computed: { columns: ['name', 'code'], read: (row: Untyped) => row.name },
    active: { column: 'active', ...same },
    size: { column: column('size_number'), ...same },
    'box.width': 'width',
    'box.label': { column: 'label', ...same },
    parts: {
      table: table('thing_parts'),
      key: column('thing_id'),
      columns: { value: { column: 'value', ...same }, type: 'kind' },
      order: 'id',
    },
    contacts: {
      slots: [
        { columns: { value: { column: column('work_contact'), ...same } }, constants: { type: 'work' } },
      ],
    },
  };
}
