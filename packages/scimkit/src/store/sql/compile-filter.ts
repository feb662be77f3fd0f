// RFC 7644 §3.4.2.2: filters as SQL, with the meaning of protocol/match.ts to the letter.
//
// The condition is two-valued: whatever is absent makes a comparison false, never NULL, so that `not` means "not".
import { type ResolvedComparison, type ResolvedFilter, sumOf } from '../../protocol/resolve-filter.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { SqlDialect } from './dialect.ts';
import { joinSqlEvenly, listSql, rawSql, type Sql, sql } from './fragment.ts';
import { inScope, type Place } from './place.ts';

/** How the values of an attribute are reached: as one expression, or as the rows of a FROM clause. */
type Access = One | Many;

interface One {
  readonly kind: 'one';
  readonly value: Sql;
  readonly present: Sql;
  /** Whether the value is that of a column which always has one: an index can serve a bare comparison. */
  readonly isColumn?: boolean;
}

interface Many {
  readonly kind: 'many';
  readonly isColumn?: boolean;
  readonly from: Sql;
  readonly where?: Sql;
  readonly value: Sql;
  /** Another way to say that there is a row which meets a condition, where there is one that costs less. */
  readonly holds?: (condition: Sql) => Sql | undefined;
}

/** What attributes are looked up in: a resource, one element of a multi-valued attribute, or a relation's row. */
type Look = (attribute: ResolvedAttribute) => Access;

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
  return { condition: compile(filter, inResource(target), target), from: isLarge ? unpacked.from : NOTHING };
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

function compile(filter: ResolvedFilter, look: Look, target: Target): Sql {
  switch (filter.kind) {
    case 'constant':
      return rawSql(filter.value ? 'TRUE' : 'FALSE');
    case 'and':
    case 'or': {
      const parts = filter.filters.map((f) => compile(f, look, target));
      return joinSqlEvenly(parts, filter.kind === 'and' ? ' AND ' : ' OR ');
    }
    case 'not':
      return sql`(NOT ${compile(filter.filter, look, target)})`;
    case 'present': {
      const access = look(filter.attribute);
      return access.kind === 'one' ? access.present : exists(access, sql`${access.value} IS NOT NULL`);
    }
    case 'valuePath':
      return compileValuePath(filter.attribute, filter.filter, target);
    default: {
      const access = look(filter.attribute);
      const condition = compare(access, filter, target.place.dialect);
      return access.kind === 'one' ? condition : exists(access, condition);
    }
  }
}

function exists({ from, where, holds }: Many, condition: Sql): Sql {
  const held = holds?.(condition);
  if (held) return held;
  return where
    ? sql`EXISTS (SELECT 1 FROM ${from} WHERE ${where} AND ${condition})`
    : sql`EXISTS (SELECT 1 FROM ${from} WHERE ${condition})`;
}

function compileValuePath(attribute: ResolvedAttribute, filter: ResolvedFilter, target: Target): Sql {
  const {
    place: { dialect },
    folded,
  } = target;
  if (attribute.relation) {
    const relation = inRelation(attribute, target);
    return exists(relation, compile(filter, relation.look, target));
  }
  if (!attribute.multiValued) {
    // One value: its sub-attributes are reached from the resource, and it must be there.
    const isThere = dialect.jsonHas(folded, attribute.keys);
    return sql`(${isThere} AND ${compile(filter, inResource(target), target)})`;
  }
  const element = dialect.jsonEach(folded, attribute.keys, 'e');
  return sql`EXISTS (SELECT 1 FROM ${element} WHERE ${compile(filter, inElement(attribute, dialect), target)})`;
}

/** Compares a value, which may be NULL unless it is a column's. */
function compare(
  { value: stored, isColumn = false }: Pick<Access, 'value' | 'isColumn'>,
  { attribute, operator, value: wanted }: ResolvedComparison,
  dialect: SqlDialect,
): Sql {
  // A decimal without a fraction is read as an integer, and beyond 2^53 that isn't the number that JSON means.
  const value = attribute.type === 'decimal' ? sql`CAST(${stored} AS DOUBLE PRECISION)` : stored;
  const literal = typeof wanted === 'boolean' ? Number(wanted) : wanted;
  const text = String(literal);
  switch (operator) {
    case 'eq':
      return isColumn ? sql`${value} = ${literal}` : dialect.equals(value, literal);
    case 'co':
      return dialect.contains(value, text);
    case 'sw':
      return sql`coalesce(substr(${value}, 1, ${[...text].length}) = ${text}, FALSE)`;
    case 'ew':
      return dialect.endsWith(value, text);
    case 'gt':
      return sql`coalesce(${value} > ${literal}, FALSE)`;
    case 'ge':
      return sql`coalesce(${value} >= ${literal}, FALSE)`;
    case 'lt':
      return sql`coalesce(${value} < ${literal}, FALSE)`;
    default:
      return sql`coalesce(${value} <= ${literal}, FALSE)`;
  }
}

function inResource(target: Target): Look {
  const { dialect } = target.place;
  return (attribute) => {
    const column =
      attribute.path === 'meta.version' ? dialect.byCodePoint(VERSION) : COLUMNS.get(attribute.path);
    if (column) return { kind: 'one', value: column, present: rawSql('TRUE'), isColumn: true };
    const top = attribute.parent ?? attribute;
    if (top.relation) {
      const relation = inRelation(top, target);
      if (!attribute.parent) return relation;
      const { value, isColumn = false } = relation.look(attribute);
      return { ...relation, value, isColumn };
    }
    return inJson(attribute, top, target);
  };
}

function inJson(
  attribute: ResolvedAttribute,
  top: ResolvedAttribute,
  { place: { dialect }, folded }: Target,
): Access {
  if (top.multiValued && attribute !== top) {
    const elements = dialect.jsonEach(folded, top.keys, 'e');
    const within = inElement(top, dialect)(attribute);
    // Elements before what is within them: of rows that depend on each other, the first ones come first.
    const from = within.kind === 'many' ? sql`${elements}, ${within.from}` : elements;
    return { kind: 'many', from, value: within.value };
  }
  return inObject(folded, attribute, attribute.keys, 'e', dialect);
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
    const value = dialect.elementValue(alias, attribute.type);
    return { kind: 'many', from: dialect.jsonEach(json, keys, alias), value };
  }
  return {
    kind: 'one',
    value: dialect.jsonValue(json, keys, attribute.type),
    present: dialect.jsonHas(json, keys),
  };
}

/** Within one element `e` of a multi-valued attribute. */
function inElement(parent: ResolvedAttribute, dialect: SqlDialect): Look {
  return (attribute) =>
    attribute === parent
      ? { kind: 'one', value: dialect.elementValue('e', parent.type), present: rawSql('TRUE') }
      : inObject(rawSql('e.value'), attribute, [attribute.name], 'f', dialect);
}

const lower = (attribute: ResolvedAttribute, value: string) =>
  rawSql(attribute.caseExact ? value : `lower(${value})`);

/** The condition of a value path on rows of `membership`, called `m`: which values of a relation are meant. */
export function compileMember(filter: ResolvedFilter, place: Place): Sql {
  return compile(filter, inMember, { place, few: true, folded: FOLDED });
}

const inMember: Look = (attribute) => {
  const of = (value: Sql): Access => ({ kind: 'one', value, present: sql`${value} IS NOT NULL` });
  switch (attribute.name) {
    case 'value':
      return { ...of(lower(attribute, 'm.member')), isColumn: true };
    case 'type':
      return { ...of(lower(attribute, 'm.member_type')), isColumn: true };
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
};

type Relation = Many & { readonly look: Look };

/** How far a holder `g` is from the one that it holds. */
const DEPTH = 'g.depth';

/** The rows of a relation, or of its inverse, that belong to the resource `r`. */
function inRelation(attribute: ResolvedAttribute, { place, few }: Target): Relation {
  if (attribute.relation === 'holder') {
    return {
      kind: 'many',
      from: rawSql('scimkit_membership m'),
      where: sql`${inScope(place, 'm.')} AND m.holder = r.id AND m.attribute = ${attribute.path}`,
      value: rawSql('m.member'),
      isColumn: true,
      look: inMember,
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
  return { kind: 'many', from, value: rawSql('g.id'), look: inHolder(place.dialect), holds };
}

const inHolder =
  (dialect: SqlDialect): Look =>
  (attribute) => {
    const of = (value: Sql): Access => ({ kind: 'one', value, present: sql`${value} IS NOT NULL` });
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
  };
