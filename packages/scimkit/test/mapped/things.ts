// A resource type with every kind of attribute, in every kind of place at once: what random filters run against.
import { defineResourceType, type Store } from 'scimkit';
import type { AppDatabase } from '../../src/store/mapped/app-database.ts';
import { createMappedDatabase } from '../../src/store/mapped/mapped-database.ts';
import type { ColumnSql } from '../../src/store/mapped/mapping.ts';
import { sideTable } from '../../src/store/mapped/side-table.ts';
import { type Sql, sql } from '../../src/store/sql/fragment.ts';
import { EXTENSION, Thing as Plain } from '../protocol/resource.ts';
import type { TestApp, TestDatabase } from './databases.ts';
import { thingTables } from './thing-tables.ts';

const { definition } = Plain;

/** The tests' type, with attributes for the places that it has none for. */
export const Thing = defineResourceType({
  ...definition,
  schema: {
    ...definition.schema,
    attributes: [
      ...definition.schema.attributes,
      { name: 'rank', type: 'decimal' },
      { name: 'ends', type: 'dateTime' },
      { name: 'begins', type: 'dateTime' },
      { name: 'state', canonicalValues: ['open', 'Shut'], canonicalValuesOnly: true },
      { name: 'badge', caseExact: true, canonicalValues: ['5', '10'], canonicalValuesOnly: true },
      {
        name: 'contacts',
        type: 'complex',
        multiValued: true,
        subAttributes: [
          { name: 'value' },
          { name: 'type', canonicalValues: ['work', 'home', 'ab%c', 'ß'], canonicalValuesOnly: true },
          { name: 'primary', type: 'boolean' },
          { name: 'rating', type: 'integer' },
        ],
      },
      {
        name: 'visits',
        type: 'complex',
        multiValued: true,
        subAttributes: [
          { name: 'value', type: 'dateTime' },
          { name: 'type', canonicalValues: ['Seen'], canonicalValuesOnly: true },
          { name: 'score', type: 'decimal' },
          { name: 'good', type: 'boolean' },
        ],
      },
    ],
  },
});

// biome-ignore lint/suspicious/noExplicitAny: the types of mappings have tests of their own; here names come from each library
type Untyped = any;

const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  drizzle: {
    thing_details: 'thingDetails',
    thing_tags: 'thingTags',
    thing_parts: 'thingParts',
    thing_visits: 'thingVisits',
  },
  prisma: {
    things: 'Thing',
    thing_details: 'ThingDetail',
    thing_tags: 'ThingTag',
    thing_parts: 'ThingPart',
    thing_visits: 'ThingVisit',
  },
};

/** The names that a library has for tables and columns. */
export function namesOf({ naming }: TestApp, { library }: TestDatabase) {
  return {
    column: (text: string) =>
      naming === 'camelCase' ? text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) : text,
    table: (text: string) => TABLES[library]?.[text] ?? text,
  };
}

const HOUR = 3_600_000;
const later = (time: unknown, by: number): string | undefined => {
  if (time === null || time === undefined) return undefined;
  return new Date(new Date(time as string).getTime() + by).toISOString();
};

/** A UUID that a text has for its own. */
const uuidOf = (text: string): string => {
  const hex = Buffer.from(text).toString('hex').slice(0, 12).padStart(12, '0');
  return `0a0b0c0d-0000-4000-8000-${hex}`;
};

/** An hour later than a column says, as SQL. */
function hourLater(column: Sql, { dialect, library }: TestDatabase): Sql {
  if (dialect === 'postgres') return sql`${column} + INTERVAL '1 hour'`;
  // Drizzle keeps milliseconds there.
  return library === 'drizzle'
    ? sql`strftime('%Y-%m-%d %H:%M:%f', ${column} / 1000.0, 'unixepoch', '+1 hour')`
    : sql`strftime('%Y-%m-%d %H:%M:%f', ${column}, '+1 hour')`;
}

/** The mapping of things. */
function mapThings(app: TestApp, test: TestDatabase) {
  const { column: name, table } = namesOf(app, test);
  const database = createMappedDatabase<Untyped, Untyped>(app.app as AppDatabase<Untyped>);
  const things = database.map(Thing, {
    table: table('things'),
    key: { column: 'id', type: 'integer' },
    side: 'scim_things',
    joins: { [table('thing_details')]: name('thing_id') },
    where: { organisation: name('organisation_id') },
    lastModified: name('updated_at'),
    attributes: {
      name: 'name',
      code: 'code',
      count: 'amount',
      weight: 'weight',
      active: 'active',
      since: 'since',
      data: 'data',
      link: { table: table('thing_details'), column: 'link' },
      tags: { table: table('thing_tags'), key: name('thing_id'), columns: { value: 'value' }, order: 'id' },
      size: {
        column: name('size_number'),
        read: (number: unknown) => [undefined, 'S', 'M'][Number(number ?? 0)],
        write: (size: string | undefined) => (size === undefined ? null : size === 'S' ? 1 : 2),
        filter: (column: ColumnSql) =>
          sql`CASE ${column(name('size_number'))} WHEN 1 THEN 'S' WHEN 2 THEN 'M' END`,
      },
      serial: {
        column: 'serial',
        collation: 'exact',
        write: (serial: string | undefined) => serial?.toLowerCase() ?? null,
      },
      computed: {
        columns: ['name', 'code'],
        read: (row: Untyped) => `${row.name}/${row.code ?? ''}`,
        filter: (column: ColumnSql) => sql`${column('name')} || '/' || coalesce(${column('code')}, '')`,
      },
      onRequest: {
        column: name('shown_id'),
        write: (text: string | undefined) => (text === undefined ? null : uuidOf(text)),
      },
      fixed: { column: 'fixed', collation: 'native' },
      'box.width': 'width',
      'box.label': 'label',
      'box.onRequest': {
        column: name('box_note'),
        read: (note: string | null) => note?.slice(1),
        write: (text: string | undefined) => (text === undefined ? null : `>${text}`),
        filter: (column: ColumnSql) => sql`substr(${column(name('box_note'))}, 2)`,
      },
      parts: {
        table: table('thing_parts'),
        key: name('thing_id'),
        columns: { value: 'value', type: 'kind', primary: name('is_primary') },
        order: 'id',
      },
      levels: {
        slots: [
          { columns: { value: name('level_two') } },
          { columns: { value: name('level_three') } },
          {
            columns: {
              value: {
                column: name('level_one'),
                write: (level: number | undefined) => (level === undefined ? null : Math.min(level, 2e9)),
              },
            },
          },
        ],
        others: 'ignore',
      },
      [`${EXTENSION}:extra`]: { table: table('thing_details'), column: 'extra' },
      rank: {
        column: name('rank_tenths'),
        read: (tenths: unknown) => (tenths === null ? undefined : Number(tenths) / 10),
        write: (rank: number | undefined) => (rank === undefined ? null : tenthsOf(rank)),
      },
      ends: {
        column: name('end_second'),
        read: (second: unknown) =>
          second === null ? undefined : new Date(Number(second) * 1_000).toISOString(),
        write: (time: string | undefined) =>
          time === undefined ? null : Math.floor(Date.parse(time) / 1_000),
      },
      begins: {
        column: name('begin_at'),
        read: (time: unknown) => later(time, HOUR),
        write: (time: string | undefined) =>
          time === undefined ? null : new Date(later(time, -HOUR) as string),
        filter: (column: ColumnSql) => hourLater(column(name('begin_at')), test),
      },
      state: 'state',
      badge: {
        column: 'badge',
        write: (text: string | undefined) => (text === undefined ? null : Number(text)),
      },
      contacts: {
        slots: [
          { columns: { value: name('home_contact') }, constants: { type: 'home' } },
          { columns: { value: name('other_contact'), type: name('other_kind') } },
          {
            columns: { value: name('work_contact'), rating: name('work_rating') },
            constants: { type: 'work', primary: true },
          },
        ],
        others: 'ignore',
      },
      visits: {
        table: table('thing_visits'),
        key: name('thing_id'),
        columns: { value: 'at', score: 'score', good: name('is_good') },
        constants: { type: 'Seen' },
        order: 'id',
      },
    },
  } as Untyped);
  return { database, things };
}

/** What a column of tenths holds of a number; what is beyond it is its last. */
const tenthsOf = (rank: number): number => Math.max(-2e9, Math.min(2e9, Math.floor(rank * 10)));

/** The app's database with things, for organisations by their numbers. */
export async function openThings(test: TestDatabase) {
  const app = await test.open();
  const { dialect } = app.app;
  const statements = [
    ...thingTables(test.dialect, test.library),
    ...sideTable('scim_things', { dialect, references: 'things (id)', keyType: 'INTEGER' }),
  ];
  for (const statement of statements) await app.execute(statement);
  const mapped = mapThings(app, test);
  const open = (organisation = 1): Store => mapped.things.open({ where: { organisation } } as Untyped);
  return { app, ...mapped, open };
}
