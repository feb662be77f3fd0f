// What a mapping must not say, because requests would do harm with it.
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import type { Join } from './compiled.ts';
import type { MappingTables } from './mapping-tables.ts';
import { columnsOf } from './row.ts';
import { isWritten } from './shared-columns.ts';
import type { Column, Scalar, Source } from './source.ts';

/** Whether whatever must have a value has a place, and no client reaches a place that is none of its business. */
export function assertPlaces(
  tables: MappingTables,
  type: ResourceType,
  byPath: ReadonlyMap<string, Source>,
  id: Column | undefined,
): void {
  for (const { path } of requiredIn(tables.declared)) {
    const isThere = type.attributes.some((attribute) => attribute.path === path) || byPath.has(path);
    if (!isThere) throw tables.wrong(path, 'it is required, so that it must have a place');
  }
  if (id && id.column.kind !== undefined && id.column.kind !== 'text')
    throw tables.wrong(
      'id',
      `the column has the kind "${id.column.kind}", and ids are texts: name it as "key", or take a column of texts`,
    );
  const reserved = reservedColumns(tables);
  for (const [path, source] of byPath) {
    const whole = source.kind === 'column' ? source.scalar.attribute.parent : source.attribute.parent;
    if (whole?.multiValued)
      throw tables.wrong(path, `it is a part of each value: name it in "${whole.path}"`);
    if (whole && byPath.has(whole.path))
      throw tables.wrong(path, `"${whole.path}" has a place as a whole already`);
    for (const scalar of scalarsOf(source)) {
      if (source.kind !== 'column' && scalar.read && !scalar.write)
        throw tables.wrong(path, `what is read from "${scalar.attribute.path}" needs "write" as well`);
    }
    if (!isWritten(source)) continue;
    for (const { beside, column } of columnsOf(source)) {
      const use = beside === tables.root ? reserved.get(column.name) : undefined;
      if (use)
        throw tables.wrong(path, `its column is ${use}, which no client may write: give it "read" alone`);
    }
  }
}

const requiredIn = ({ attributes, extensions }: ResourceType): readonly ResolvedAttribute[] =>
  [...attributes, ...extensions.filter(({ required }) => required).flatMap((each) => each.attributes)].filter(
    ({ required, mutability, relation, path }) =>
      required && !relation && path !== 'schemas' && mutability !== 'readOnly' && mutability !== 'writeOnly',
  );

/** Columns by which rows are told apart, or kept from others. */
function reservedColumns({ mapping, root }: MappingTables): ReadonlyMap<string, string> {
  const { key, id, version, deletedAt, where = {} } = mapping;
  const uses: readonly (readonly [string | undefined, string])[] = [
    ...Object.values(where).map((name) => [name, 'one of "where"'] as const),
    [deletedAt, '"deletedAt"'],
    [version, '"version"'],
    [id, 'the "id"'],
    [typeof key === 'string' ? key : key.column, 'the key'],
  ];
  return new Map(
    uses.flatMap(([name, use]) => (name === undefined ? [] : [[root.table.column(name).name, use] as const])),
  );
}

function scalarsOf(source: Source): readonly Scalar[] {
  switch (source.kind) {
    case 'column':
      return [source.scalar];
    case 'rows':
      return [...source.parts.values()];
    case 'slots':
      return source.slots.flatMap(({ parts }) => [...parts.values()].map(({ scalar }) => scalar));
    default:
      return [];
  }
}

/** Whether the ids in one relation tell which resource is meant (RFC 7643 §3.1). */
export function assertOwnIds(tables: MappingTables, relations: readonly Join[]): void {
  for (const [index, { attribute, of }] of relations.entries()) {
    const isMistakable = (other: Join) =>
      other.attribute.path === attribute.path &&
      other.of !== of &&
      [of, other.of].every(({ id, keyKind }) => !id && keyKind === 'integer') &&
      other.of.idPrefix === of.idPrefix;
    const other = relations.slice(0, index).find(isMistakable);
    if (!other) continue;
    throw tables.wrong(
      attribute.path,
      `a ${of.type.name} and a ${other.of.type.name} may have the same id: give one of their keys a "prefix"`,
    );
  }
}
