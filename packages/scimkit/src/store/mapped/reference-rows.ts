// Relations in SQL: the members of a group, and the groups of a user, through groups in groups too.
import { compareValue, type Look, lookWithin } from '../sql/condition.ts';
import { joinSql, joinSqlEvenly, rawSql, type Sql, sql } from '../sql/fragment.ts';
import { Aliased, inSameScope, type Scoped } from './aliased.ts';
import type { Compiled, Join } from './compiled.ts';
import { isCompared, presentScalar } from './scalar-condition.ts';
import type { Source } from './source.ts';

/** Where a resource's display name may be, in their order: as in store/display.ts. */
const DISPLAY = ['displayName', 'name.formatted', 'userName'];

/** What a resource is shown by, in references to it. */
export function displaySql(at: Aliased): Sql {
  const { byPath } = at.mapping;
  const names = DISPLAY.map((path) => byPath.get(path)).flatMap((source) =>
    source ? textOf(source, at) : [],
  );
  if (names.length === 0) return rawSql('NULL');
  return names.length === 1 ? (names[0] as Sql) : sql`coalesce(${joinSql(names, ', ')})`;
}

function textOf(source: Source, at: Aliased): readonly Sql[] {
  const { words } = at.mapping;
  switch (source.kind) {
    case 'column': {
      const column = at.column(source);
      if (!isCompared(source.scalar)) return [];
      const value = source.scalar.filter ? sql`(${source.scalar.filter(at.at)})` : column;
      return [sql`CASE WHEN ${presentScalar(source.scalar, column, at.at, words)} THEN ${value} END`];
    }
    case 'computed':
      return source.filter ? [sql`nullif(${source.filter(at.at)}, '')`] : [];
    case 'document': {
      const document = at.side('document');
      const json = words.isPostgres ? sql`CAST(${document} AS JSONB)` : document;
      return [words.sql.jsonValue(json, source.attribute.keys, 'string')];
    }
    default:
      return [];
  }
}

/** What a condition is made of that a reference must meet. */
export type OnReference = (look: Look) => Sql;

/** A reference to a resource that a statement calls by an alias: its id, its display name, and what `type` says. */
export function referenceLook(at: Aliased, type: Sql): Look {
  const { words } = at.mapping;
  return lookWithin((attribute) => {
    const column = attribute.name === 'display' ? displaySql(at) : attribute.name === 'type' ? type : at.id;
    return {
      compare: (comparison) => {
        const isId = attribute.name === 'value' && attribute.caseExact && comparison.operator === 'eq';
        // By the key, which has an index.
        if (isId) return at.hasId(String(comparison.value));
        const text = attribute.caseExact ? column : sql`lower(${column})`;
        return compareValue(words.sql.byCodePoint(text), comparison, words.sql);
      },
      present: sql`(${column}) IS NOT NULL`,
    };
  });
}

/** That a holder has a member which meets a condition. */
export function hasMember(scoped: Scoped, path: string, holder: Sql, condition: OnReference): Sql {
  const anyOf = scoped.mapping.relations
    .filter(({ attribute }) => attribute.path === path)
    .map((join) => {
      const at = new Aliased(join.of, 't');
      const isMeant = condition(referenceLook(at, typeOf(join)));
      const visible = at.isVisible(inSameScope(scoped, join.of));
      return sql`EXISTS (SELECT 1 FROM ${rawSql(join.table.name)} j JOIN ${joined(at, join)}
        WHERE ${column(join.holder)} = ${holder} AND ${visible} AND ${isMeant})`;
    });
  return joinSqlEvenly(anyOf, ' OR ');
}

/** What `type` says of a member. */
export const typeOf = ({ of }: Join): Sql => sql`CAST(${of.type.name} AS TEXT)`;

/** What a join table's member is, as what follows JOIN. */
export function joined(at: Aliased, { member }: Join): Sql {
  return onKey(at, sql`j.${rawSql(member.name)}`);
}

/** The tables of a mapping, joined where the key is what a column has. */
function onKey(at: Aliased, column: Sql): Sql {
  const { mapping, alias } = at;
  const from = at.from();
  // The first table's condition comes right behind it.
  const own = `${mapping.root.table.name} ${alias}`;
  const rest = from.text.slice(own.length);
  return {
    text: `${own} ON ${at.key.text} = ${column.text}${rest}`,
    parameters: [...column.parameters, ...from.parameters],
  };
}

/** A mapping that holds resources of another one, with its join tables to that, and to itself. */
export interface Holders {
  readonly holder: Compiled;
  readonly direct: readonly Join[];
  readonly nested: readonly Join[];
}

/** The mappings that hold resources of this one. */
export function holdersOf(mapping: Compiled): readonly Holders[] {
  const holders = new Set(mapping.inverses.map(({ holder }) => holder));
  return [...holders].map((holder) => ({
    holder,
    direct: mapping.inverses.filter((inverse) => inverse.holder === holder).map(({ join }) => join),
    nested: holder.relations.filter((join) => join.of === holder),
  }));
}

/** That a member, whose key is `member`, is held by a resource which meets a condition: directly, or through others. */
export function isHeld(scoped: Scoped, member: Sql, condition: OnReference): Sql {
  const anyOf = holdersOf(scoped.mapping).map((holders) => {
    const at = new Aliased(holders.holder, 't');
    const isMeant = condition(referenceLook(at, HOW));
    const visible = at.isVisible(inSameScope(scoped, holders.holder));
    return sql`EXISTS (SELECT 1 FROM (${upward(scoped, holders, member)}) AS up JOIN ${onKey(at, rawSql('up.key'))}
      WHERE ${visible} AND ${isMeant})`;
  });
  return anyOf.length > 0 ? joinSqlEvenly(anyOf, ' OR ') : rawSql('FALSE');
}

/** How a holder `up` holds. */
const HOW = rawSql("(CASE up.depth WHEN 0 THEN 'direct' ELSE 'indirect' END)");

/** Who of one mapping holds some resources of another one: `c0` the id of the one that is held, then a reference. */
export function holdersOfMany(scoped: Scoped, holders: Holders, ids: readonly string[]): Sql {
  const held = new Aliased(scoped.mapping, 'r');
  const among = sql`${held.hasAnyId(ids)} AND ${held.isVisible(scoped)}`;
  const keys = sql`SELECT ${held.key} FROM ${held.from()} WHERE ${among}`;
  const at = new Aliased(holders.holder, 't');
  const visible = at.isVisible(inSameScope(scoped, holders.holder));
  const columns = sql`${held.id} AS c0, ${at.id} AS c1, ${displaySql(at)} AS c2, ${HOW} AS c3`;
  return sql`SELECT ${columns} FROM (${upward(scoped, holders, keys)}) AS up JOIN ${onKey(at, rawSql('up.key'))}
    JOIN ${onKey(held, rawSql('up.root'))} WHERE ${visible} ORDER BY ${at.key}`;
}

const column = ({ name }: { readonly name: string }): Sql => rawSql(`j.${name}`);

/** Keys of members with those of their holders, and how far they are: 0 directly. Only what is visible leads on. */
function upward(scoped: Scoped, { holder, direct, nested }: Holders, members: Sql): Sql {
  const first = joinSql(
    direct.map(
      (join) => sql`SELECT ${column(join.member)} AS root, ${column(join.holder)} AS key, 0 AS depth
        FROM ${rawSql(join.table.name)} j WHERE ${column(join.member)} IN (${members})`,
    ),
    ' UNION ',
  );
  if (nested.length === 0) return first;
  const at = new Aliased(holder, 'h');
  const visible = at.isVisible(inSameScope(scoped, holder));
  const [join, more] = nested;
  if (!join || more) throw new TypeError('A mapping has one join table for its groups in groups');
  const further = sql`SELECT u.root, ${column(join.holder)}, 1 FROM u JOIN ${onKey(at, rawSql('u.key'))}
      JOIN ${rawSql(join.table.name)} j ON ${column(join.member)} = u.key WHERE ${visible}`;
  const isOther = holder === scoped.mapping ? rawSql(' WHERE u.root <> u.key') : rawSql('');
  return sql`WITH RECURSIVE u (root, key, depth) AS (${first} UNION ${further})
    SELECT u.root, u.key, min(u.depth) AS depth FROM u${isOther} GROUP BY u.root, u.key`;
}
