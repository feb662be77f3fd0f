// RFC 7644 §3.4.2.2: filters on our own tables.
import { type ResolvedFilter, sumOf } from '../../protocol/resolve-filter.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import {
  type Access,
  compareValue,
  compileCondition,
  exists,
  type Look,
  lookWithin,
  type Rows,
} from './condition.ts';
import type { SqlDialect } from './dialect.ts';
import { listSql, rawSql, type Sql, sql } from './fragment.ts';
import { inScope, type Place } from './place.ts';

const FOLDED = rawSql('r.folded');

/** `meta.version` is compared as text. */
const VERSION = rawSql('CAST(r.version AS TEXT)');

/** Common attributes that are columns. */
const COLUMNS: ReadonlyMap<string, Sql> = new Map([
  ['id', rawSql('r.id')],
  ['meta.created', rawSql('r.created')],
  ['meta.lastModified', rawSql('r.last_modified')],
]);

/**
 * The condition of a filter on the resource table, which the statement calls `r`. `few` says that it is asked of few
 * resources.
 */
export function compileFilter(filter: ResolvedFilter, place: Place, few: boolean): Condition {
  const { unpacked } = place.dialect;
  const isLarge = unpacked !== undefined && sizeOf(filter) >= MANY;
  const target = { place, few, folded: isLarge ? unpacked.folded : FOLDED };
  return { condition: compileCondition(filter, inResource(target)), from: isLarge ? unpacked.from : NOTHING };
}

/** A condition, and what a FROM clause with the resource table `r` needs besides. */
export interface Condition {
  readonly condition: Sql;
  readonly from: Sql;
}

/** Looks into one document after which it is worth to have it unpacked. */
const MANY = 8;

const NOTHING = rawSql('');

/** How many comparisons a filter has. */
const sizeOf = (filter: ResolvedFilter): number =>
  sumOf(filter, (leaf) => (leaf.kind === 'valuePath' ? sizeOf(leaf.filter) : 1));

/** What a condition is compiled for. */
interface Target {
  readonly place: Place;
  readonly few: boolean;
  /** The JSON that is looked into. */
  readonly folded: Sql;
}

/** A value that is there or isn't. */
function one(value: Sql, present: Sql, dialect: SqlDialect, isColumn = false): Access {
  return { compare: (comparison) => compareValue(value, comparison, dialect, isColumn), present };
}

/** Values in rows of their own. */
function many(rows: Rows, value: Sql, dialect: SqlDialect, isColumn = false): Access {
  return { ...one(value, sql`${value} IS NOT NULL`, dialect, isColumn), rows };
}

function compileValuePath(attribute: ResolvedAttribute, filter: ResolvedFilter, target: Target): Sql {
  if (!attribute.relation)
    return inDocument(target.folded, target.place.dialect).valuePath(attribute, filter);
  const { rows, look } = inRelation(attribute, target);
  return exists(rows, compileCondition(filter, look), filter);
}

function inResource(target: Target): Look {
  const { dialect } = target.place;
  const document = inDocument(target.folded, dialect);
  return {
    of: (attribute) => {
      const column =
        attribute.path === 'meta.version' ? dialect.byCodePoint(VERSION) : COLUMNS.get(attribute.path);
      if (column) return one(column, rawSql('TRUE'), dialect, true);
      const top = attribute.parent ?? attribute;
      if (!top.relation) return document.of(attribute);
      const { rows, value, look } = inRelation(top, target);
      if (!attribute.parent) return many(rows, value, dialect, true);
      return { ...look.of(attribute), rows };
    },
    valuePath: (attribute, filter) => compileValuePath(attribute, filter, target),
  };
}

/** In a folded document, which is JSON. */
export function inDocument(folded: Sql, dialect: SqlDialect): Look {
  const look: Look = {
    of: (attribute) => {
      const top = attribute.parent ?? attribute;
      if (!top.multiValued || attribute === top) {
        return inObject(folded, attribute, attribute.keys, 'e', dialect);
      }
      const elements = dialect.jsonEach(folded, top.keys, 'e');
      const within = inElement(top, dialect).of(attribute);
      // Elements before what is within them: of rows that depend on each other, the first ones come first.
      const from = within.rows ? sql`${elements}, ${within.rows.from}` : elements;
      return { ...within, rows: { from } };
    },
    valuePath: (attribute, filter) => {
      if (!attribute.multiValued) {
        // One value: its sub-attributes are reached from the document, and it must be there.
        const isThere = dialect.jsonHas(folded, attribute.keys);
        return sql`(${isThere} AND ${compileCondition(filter, look)})`;
      }
      const element = dialect.jsonEach(folded, attribute.keys, 'e');
      const within = inElement(attribute, dialect);
      return sql`EXISTS (SELECT 1 FROM ${element} WHERE ${compileCondition(filter, within)})`;
    },
  };
  return look;
}

/** Within an object: a value, or the values of an array, called by an alias. */
function inObject(
  json: Sql,
  attribute: ResolvedAttribute,
  keys: readonly string[],
  alias: string,
  dialect: SqlDialect,
): Access {
  if (attribute.multiValued) {
    const from = dialect.jsonEach(json, keys, alias);
    return many({ from }, dialect.elementValue(alias, attribute.type), dialect);
  }
  return one(dialect.jsonValue(json, keys, attribute.type), dialect.jsonHas(json, keys), dialect);
}

/** Within one element `e` of a multi-valued attribute. */
function inElement(parent: ResolvedAttribute, dialect: SqlDialect): Look {
  return lookWithin((attribute) =>
    attribute === parent
      ? one(dialect.elementValue('e', parent.type), rawSql('TRUE'), dialect)
      : inObject(rawSql('e.value'), attribute, [attribute.name], 'f', dialect),
  );
}

const lower = (attribute: ResolvedAttribute, value: string) =>
  rawSql(attribute.caseExact ? value : `lower(${value})`);

/** The condition of a value path on rows of `membership`, called `m`: which values of a relation are meant. */
export function compileMember(filter: ResolvedFilter, place: Place): Sql {
  return compileCondition(filter, inMember(place.dialect));
}

const inMember = (dialect: SqlDialect): Look =>
  lookWithin((attribute) => {
    const of = (value: Sql, isColumn = false): Access =>
      one(value, sql`${value} IS NOT NULL`, dialect, isColumn);
    switch (attribute.name) {
      case 'value':
        return of(lower(attribute, 'm.member'), true);
      case 'type':
        return of(lower(attribute, 'm.member_type'), true);
      case 'display':
        return of(
          rawSql(
            `(SELECT t.${attribute.caseExact ? 'display' : 'display_folded'} FROM scimkit_resource t WHERE t.tenant = m.tenant ` +
              'AND t.connection = m.connection AND t.type = m.member_type AND t.id = m.member)',
          ),
        );
      default:
        // `$ref` depends on the request, and is refused when a filter is resolved.
        return of(rawSql('NULL'));
    }
  });

/** The rows of a relation, the id in each, and what else is in them. */
interface Relation {
  readonly rows: Rows;
  readonly value: Sql;
  readonly look: Look;
}

/** How far a holder `g` is from the one that it holds. */
const DEPTH = 'g.depth';

/** The rows of a relation, or of its inverse, that belong to the resource `r`. */
function inRelation(attribute: ResolvedAttribute, { place, few }: Target): Relation {
  if (attribute.relation === 'holder') {
    const where = sql`${inScope(place, 'm.')} AND m.holder = r.id AND m.attribute = ${attribute.path}`;
    return {
      rows: { from: rawSql('scimkit_membership m'), where },
      value: rawSql('m.member'),
      look: inMember(place.dialect),
    };
  }
  const sources = attribute.sub.get('$ref')?.referenceTypes ?? [];
  const types = listSql(sources);
  const holders = sql`m.holder_type IN (${types})`;
  const from = sql`(
    WITH RECURSIVE up (id, type, depth) AS (
      SELECT m.holder, m.holder_type, 0 FROM scimkit_membership m
      WHERE ${inScope(place, 'm.')} AND m.member = r.id AND ${holders}
      UNION
      SELECT m.holder, m.holder_type, 1 FROM up CROSS JOIN scimkit_membership m
      WHERE ${inScope(place, 'm.')} AND m.member = up.id AND ${holders}
    )
    SELECT up.id, min(up.depth) AS depth, t.display, t.display_folded FROM up
    CROSS JOIN scimkit_resource t
    WHERE ${inScope(place, 't.')} AND t.type = up.type AND t.id = up.id AND up.id <> r.id GROUP BY up.id, t.display, t.display_folded
  ) AS g`;
  // As a set: whoever is held by those that meet the condition. It is worked out once, and not for each resource.
  const held = (condition: Sql) => sql`r.id IN (
    WITH RECURSIVE held (id) AS (
      SELECT m.member FROM scimkit_resource g CROSS JOIN scimkit_membership m
      WHERE ${inScope(place, 'g.')} AND g.type IN (${types}) AND ${condition}
        AND ${inScope(place, 'm.')} AND m.holder = g.id AND m.holder_type = g.type
      UNION
      SELECT m.member FROM held CROSS JOIN scimkit_membership m
      WHERE ${inScope(place, 'm.')} AND m.holder = held.id AND ${holders}
    )
    SELECT held.id FROM held
  )`;
  // Not for few resources, of which each is looked up; nor where it matters how far holders are, or where resources could
  // hold themselves.
  const isSet = (condition: Sql) =>
    !few && !condition.text.includes(DEPTH) && !sources.includes(place.type.name);
  const holds = (condition: Sql) => (isSet(condition) ? held(condition) : undefined);
  return { rows: { from, holds }, value: rawSql('g.id'), look: inHolder(place.dialect) };
}

const inHolder = (dialect: SqlDialect): Look =>
  lookWithin((attribute) => {
    const of = (value: Sql): Access => one(value, sql`${value} IS NOT NULL`, dialect);
    switch (attribute.name) {
      case 'value':
        return of(lower(attribute, 'g.id'));
      case 'type':
        return of(dialect.byCodePoint(rawSql(`(CASE ${DEPTH} WHEN 0 THEN 'direct' ELSE 'indirect' END)`)));
      case 'display':
        return of(rawSql(attribute.caseExact ? 'g.display' : 'g.display_folded'));
      default:
        // `$ref` depends on the request, and is refused when a filter is resolved.
        return of(rawSql('NULL'));
    }
  });
