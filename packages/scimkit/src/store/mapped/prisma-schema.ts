// What the text of a Prisma schema tells beyond the client's data model: what Prisma fills in, what PostgreSQL's types
// are, what constraints are called. https://www.prisma.io/docs/orm/reference/prisma-schema-reference

/** A field's attributes as they stand there: `@id @default(uuid(7)) @db.Uuid`. */
export interface SchemaModel {
  readonly fields: ReadonlyMap<string, string>;
  /** `@@unique([a, b])` and others, one each. */
  readonly blocks: readonly string[];
}

const MODEL = /^\s*model\s+(\w+)\s*\{(.*?)^\s*\}/gms;

/** The models of a schema. What isn't understood isn't there. */
export function parseModels(schema: string): ReadonlyMap<string, SchemaModel> {
  const models = new Map<string, SchemaModel>();
  for (const [, name = '', body = ''] of schema.matchAll(MODEL)) {
    const lines = body.split('\n').map((line) => withoutComment(line).trim());
    const fields = new Map<string, string>();
    for (const line of lines) {
      const [, field, attributes = ''] =
        /^(\w+)\s+\w+(?:\([^)]*\))?(?:\[\]|\?)?(?:\s+(.*))?$/.exec(line) ?? [];
      if (field !== undefined) fields.set(field, attributes);
    }
    models.set(name, { fields, blocks: lines.filter((line) => line.startsWith('@@')) });
  }
  return models;
}

/** Up to `//` that is in no text. */
const withoutComment = (line: string): string =>
  /^(?:[^"/]|"(?:[^"\\]|\\.)*"|\/(?!\/))*/.exec(line)?.[0] ?? '';

/** The fields of `[a, b(sort: Desc)]`, the first list of an attribute. */
function listed(attribute: string): readonly string[] {
  const list = /\[([^\]]*)\]/.exec(attribute)?.[1] ?? '';
  return list
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
}

const called = (attribute: string): string | undefined => /\bmap:\s*"([^"]*)"/.exec(attribute)?.[1];

/** The attribute of that name with what it is given. */
const attributeOf = (attributes: string, name: string): string | undefined =>
  new RegExp(`(?<![@\\w])${name}\\b(?!\\.)(\\((?:[^()]|\\([^()]*\\))*\\))?`).exec(attributes)?.[0];

/** The columns of each constraint that a model has, by its name, which is made as Prisma makes it where it isn't given. */
export function constraintsOf(
  model: SchemaModel,
  table: string,
  columnOf: (field: string) => string,
): ReadonlyMap<string, readonly string[]> {
  const constraints = new Map<string, readonly string[]>();
  const add = (attribute: string, fields: readonly string[], kind: 'pkey' | 'key' | 'fkey'): void => {
    if (fields.length === 0) return;
    const columns = fields.map(columnOf);
    const name = kind === 'pkey' ? `${table}_pkey` : `${table}_${columns.join('_')}_${kind}`;
    constraints.set(called(attribute) ?? name, columns);
  };
  for (const [field, attributes] of model.fields) {
    const id = attributeOf(attributes, '@id');
    const unique = attributeOf(attributes, '@unique');
    const relation = attributeOf(attributes, '@relation');
    if (id) add(id, [field], 'pkey');
    if (unique) add(unique, [field], 'key');
    if (relation) add(relation, listed(/\bfields:\s*\[[^\]]*\]/.exec(relation)?.[0] ?? ''), 'fkey');
  }
  for (const block of model.blocks) {
    if (block.startsWith('@@id')) add(block, listed(block), 'pkey');
    if (block.startsWith('@@unique')) add(block, listed(block), 'key');
  }
  return constraints;
}

/** The function in `@default(uuid(7))`: its name and what it is given. Undefined for other defaults. */
export function defaultFunctionOf(attributes: string): readonly [name: string, argument: string] | undefined {
  const [, name, argument = ''] =
    /^@default\(\s*(?:value:\s*)?(\w+)\(\s*([^)]*?)\s*\)/.exec(attributeOf(attributes, '@default') ?? '') ??
    [];
  return name === undefined ? undefined : [name, argument];
}

/** PostgreSQL's type of a field, `Timestamptz`, and its precision. */
export function nativeTypeOf(attributes: string): { readonly name: string; readonly precision?: number } {
  const [, name = '', precision] = /@\w+\.(\w+)(?:\(\s*(\d+))?/.exec(attributes) ?? [];
  return precision === undefined ? { name } : { name, precision: Number(precision) };
}
