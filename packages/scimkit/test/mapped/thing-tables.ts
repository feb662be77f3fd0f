// Tables for a resource type with every kind of attribute, in every kind of place that a mapping knows.
import { type Dialect, type Library, typesFor } from './tables.ts';

/** What the databases call the types that the app's other tables don't have. */
const TYPES = {
  sqlite: {
    before: [],
    ...{ long: 'integer', double: 'real', uuid: 'text', folding: 'text COLLATE NOCASE', state: 'text' },
  },
  postgres: {
    before: ['CREATE EXTENSION citext', "CREATE TYPE thing_state AS ENUM ('open', 'Shut')"],
    ...{ long: 'bigint', double: 'double precision', uuid: 'uuid', folding: 'citext', state: 'thing_state' },
  },
} as const;

/** The statements that make the tables. */
export function thingTables(dialect: Dialect, library: Library): readonly string[] {
  const { key, instant, boolean } = typesFor(dialect, library);
  const { before, long, double, uuid, folding, state } = TYPES[dialect];
  return [
    ...before,
    `CREATE TABLE things (
      id ${key},
      organisation_id integer NOT NULL,
      name text NOT NULL,
      code text,
      amount ${long},
      weight ${double},
      active ${boolean},
      since ${instant},
      data text,
      serial text,
      shown_id ${uuid},
      size_number integer,
      fixed ${folding},
      width ${long},
      label text,
      box_note text,
      level_one integer,
      level_two ${long},
      level_three ${long},
      rank_tenths integer,
      end_second ${long},
      begin_at ${instant},
      state ${state},
      badge integer,
      work_contact text,
      work_rating ${long},
      home_contact text,
      other_contact text,
      other_kind text,
      updated_at ${instant} NOT NULL
    )`,
    `CREATE TABLE thing_details (thing_id integer PRIMARY KEY REFERENCES things (id), link text, extra text)`,
    `CREATE TABLE thing_tags (id ${key}, thing_id integer NOT NULL REFERENCES things (id), value text)`,
    `CREATE TABLE thing_parts (
      id ${key},
      thing_id integer NOT NULL REFERENCES things (id),
      value text,
      kind text,
      is_primary ${boolean}
    )`,
    `CREATE TABLE thing_visits (
      id ${key},
      thing_id integer NOT NULL REFERENCES things (id),
      at ${instant},
      score ${double},
      is_good ${boolean}
    )`,
  ];
}
