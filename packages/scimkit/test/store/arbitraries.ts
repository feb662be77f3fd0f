// Random resources, filters, sorts and changes of the test's resource type.
import fc from 'fast-check';
import type { Filter, Literal, ResolvedAttribute, ResourceType } from 'scimkit';
import { EXTENSION, Thing } from '../protocol/resource.ts';

/** Few values, so that random filters find random resources; awkward ones, so that they must be compared well. */
const TEXTS = [
  'a',
  'A',
  'ab',
  'Ab%',
  'a_b',
  '%',
  '_',
  "o'b",
  '"',
  '\\',
  'ä',
  'Ä',
  'ß',
  'é',
  '日本',
  '😀',
  '\ue000',
  'İ',
  ' ',
  'true',
  '5',
  // Of three characters and more, and longer than an index has.
  'abc',
  'ab%c_\\d',
  'b%c',
  'e\u0301té',
  '日本語',
  '語😀ßab',
  `${'x'.repeat(254)}😀abc`,
  `${'x'.repeat(300)}b%c`,
];
const INSTANTS = [
  '2026-01-01T00:00:00Z',
  '2026-01-01T01:00:00+01:00',
  '2025-12-31T23:59:59.9999999Z',
  '2026-01-01T00:00:00.1-05:30',
  '0001-01-03T00:00:00.0000000Z',
];

const text = fc.constantFrom(...TEXTS);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const simple: Readonly<Record<string, fc.Arbitrary<string | number | boolean>>> = {
  string: text,
  reference: text,
  binary: fc.constantFrom('YQ==', 'YWI=', 'yq=='),
  boolean: fc.boolean(),
  integer: fc.constantFrom(-1, 0, 1, 2, 10, 9_007_199_254_740_991),
  decimal: fc.constantFrom(-0.5, 0, 0.1, 1, 1.5, 2 ** 60, 1e21, 5e-7),
  dateTime: fc.constantFrom(...INSTANTS),
};

function valuesFor(attribute: ResolvedAttribute): fc.Arbitrary<unknown> {
  const one: fc.Arbitrary<unknown> =
    attribute.type === 'complex'
      ? fc.record(
          Object.fromEntries(attribute.subAttributes.map((sub) => [sub.name, maybeUnlessRequired(sub)])),
        )
      : attribute.canonicalValuesOnly
        ? fc.constantFrom(...attribute.canonicalValues)
        : (simple[attribute.type] as fc.Arbitrary<unknown>);
  if (!attribute.multiValued) return one;
  return fc.array(one, { maxLength: 3 }).map((elements) => {
    // At most one is primary.
    let seen = false;
    return elements.map((element) => {
      if (typeof element !== 'object' || element === null || !('primary' in element)) return element;
      const primary = element.primary === true && !seen;
      seen ||= primary;
      return { ...element, primary: element.primary === undefined ? undefined : primary };
    });
  });
}

const maybeUnlessRequired = (attribute: ResolvedAttribute): fc.Arbitrary<unknown> =>
  attribute.required ? valuesFor(attribute) : maybe(valuesFor(attribute));

const writable = (attribute: ResolvedAttribute) =>
  attribute.mutability !== 'readOnly' && attribute.mutability !== 'writeOnly' && attribute.name !== 'schemas';

/** Random bodies of a type: every attribute that a client may write. */
export function bodies(type: ResourceType): fc.Arbitrary<Record<string, unknown>> {
  const [extension] = type.extensions;
  const urn = extension?.urn ?? EXTENSION;
  const part = (attributes: readonly ResolvedAttribute[], valueFor: typeof valuesFor) =>
    fc.record(Object.fromEntries(attributes.map((a) => [a.name, valueFor(a)])));
  return fc
    .record({
      core: part(type.attributes.filter(writable), maybeUnlessRequired),
      more: maybe(part(extension?.attributes ?? [], (a) => maybe(valuesFor(a)))),
    })
    .map(({ core, more }) => JSON.parse(JSON.stringify({ schemas: [type.urn, urn], ...core, [urn]: more })));
}

/** Random bodies of the test's type. */
export const body = bodies(Thing);

/** The attributes of a type that filters may name, with their paths. */
function filterable(type: ResourceType): readonly ResolvedAttribute[] {
  const top = [...type.attributes, ...type.extensions.flatMap((extension) => extension.attributes)];
  return top
    .flatMap((attribute) => [attribute, ...attribute.subAttributes])
    .filter((a) => a.returned !== 'never' && a.mutability !== 'writeOnly')
    .filter(
      (a) => !['meta.location', 'meta.version', 'meta.resourceType'].includes(a.path) && a.name !== '$ref',
    );
}

const swapCase = (value: string) =>
  value === value.toLowerCase() ? value.toUpperCase() : value.toLowerCase();
const literalOf = (attribute: ResolvedAttribute, ids: readonly string[]): fc.Arbitrary<Literal> => {
  const leaf = attribute.type === 'complex' ? (attribute.sub.get('value') ?? attribute) : attribute;
  const own = leaf.type === 'complex' ? text : (simple[leaf.type] as fc.Arbitrary<Literal>);
  const isId = leaf.path === 'id' || (leaf.name === 'value' && leaf.parent?.relation !== undefined);
  return fc.oneof(
    {
      weight: 6,
      arbitrary: isId
        ? fc.constantFrom(...ids)
        : own.map((v) => (typeof v === 'string' && v.length % 2 === 1 ? swapCase(v) : v)),
    },
    { weight: 1, arbitrary: fc.constantFrom<Literal>(null, '') },
  );
};

const OPERATORS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;

function leaves(
  attributes: readonly ResolvedAttribute[],
  ids: readonly string[],
  nameOf: (a: ResolvedAttribute) => string,
): fc.Arbitrary<Filter> {
  return fc.constantFrom(...attributes).chain((attribute) => {
    const path = nameOf(attribute);
    return fc.oneof(
      { weight: 1, arbitrary: fc.constant<Filter>({ kind: 'present', path }) },
      {
        weight: 5,
        arbitrary: fc
          .tuple(fc.constantFrom(...OPERATORS), literalOf(attribute, ids))
          .map(([operator, value]): Filter => ({ kind: 'compare', path, operator, value })),
      },
    );
  });
}

function trees(leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'filter' },
      { weight: 3, arbitrary: leaf },
      {
        weight: 2,
        arbitrary: fc
          .tuple(
            fc.constantFrom('and' as const, 'or' as const),
            fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
          )
          .map(([kind, filters]): Filter => ({ kind, filters })),
      },
      { weight: 1, arbitrary: tie('tree').map((filter): Filter => ({ kind: 'not', filter })) },
    ),
  }));
  return tree;
}

/** Random filters over a type; `ids` are values for ids and references. */
export function filters(type: ResourceType, ids: readonly string[]): fc.Arbitrary<Filter> {
  const attributes = filterable(type);
  const selectable = attributes.filter(
    (a) => !a.parent && a.name !== 'meta' && (a.type === 'complex' || a.multiValued) && a.name !== 'schemas',
  );
  const valuePath = fc.constantFrom(...selectable).chain((attribute) => {
    const subs = attribute.subAttributes.filter((sub) => sub.name !== '$ref');
    const inner =
      subs.length > 0 ? leaves(subs, ids, (sub) => sub.name) : leaves([attribute], ids, () => 'value');
    return trees(inner).map((filter): Filter => ({ kind: 'valuePath', path: attribute.path, filter }));
  });
  return trees(
    fc.oneof(
      { weight: 4, arbitrary: leaves(attributes, ids, (a) => a.path) },
      { weight: 2, arbitrary: valuePath },
    ),
  );
}

/** Random sorts: a path and an order. */
export function sorts(type: ResourceType): fc.Arbitrary<{ sortBy: string; sortOrder: string } | undefined> {
  const paths = filterable(type)
    .filter((a) => !a.relation && !a.parent?.relation && (a.type !== 'complex' || a.sub.has('value')))
    .map((a) => a.path);
  return fc.option(
    fc.record({ sortBy: fc.constantFrom(...paths), sortOrder: fc.constantFrom('ascending', 'descending') }),
    { nil: undefined },
  );
}
