// RFC 7643 §7: `scimkit schemas`, attributes and their characteristics.
import type { Command } from 'commander';
import { EnterpriseUserSchema, GroupSchema, UserSchema } from 'scimkit';
import { newCommand } from './command.ts';
import { OptionError } from './option-error.ts';
import { type Json, member } from './output/columns.ts';
import { addOutputOptions, type Column, createPrinter, type OutputOptions } from './output/output.ts';
import { printable } from './printable.ts';
import { addSessionOptions, openConnection, type SessionOptions } from './session.ts';
import { didYouMean } from './similar.ts';

type SchemasOptions = SessionOptions & OutputOptions;

const listed = (value: unknown, name: string): readonly unknown[] => {
  const found = member(value, name);
  return Array.isArray(found) ? found : [];
};
const textOf = (value: unknown, fallback = ''): string => (typeof value === 'string' ? value : fallback);

/** The end of a URN: "User" of urn:ietf:params:scim:schemas:core:2.0:User. */
const lastPart = (urn: string): string => urn.split(':').at(-1) ?? urn;

const SCHEMA_COLUMNS: readonly Column<Json>[] = [
  { name: 'name', read: (schema) => textOf(schema.name, lastPart(textOf(schema.id))) },
  { name: 'id', read: ({ id }) => id },
  { name: 'attributes', read: (schema) => listed(schema, 'attributes').length },
  { name: 'description', read: ({ description }) => description },
];

/** An attribute with the path that it has. */
interface Row {
  readonly path: string;
  readonly attribute: Json;
}

function rowsOf(attributes: readonly unknown[], prefix = ''): readonly Row[] {
  return attributes.flatMap((each) => {
    if (typeof each !== 'object' || each === null) return [];
    const attribute = each as Json;
    const path = prefix + textOf(attribute.name, '?');
    return [{ path, attribute }, ...rowsOf(listed(attribute, 'subAttributes'), `${path}.`)];
  });
}

/** The defaults are those of RFC 7643 §2.2. */
const ROW_COLUMNS: readonly Column<Row>[] = [
  { name: 'attribute', read: ({ path }) => path },
  {
    name: 'type',
    read: ({ attribute }) => textOf(attribute.type, 'string') + (attribute.multiValued === true ? '[]' : ''),
  },
  { name: 'required', read: ({ attribute }) => (attribute.required === true ? 'yes' : 'no') },
  { name: 'mutability', read: ({ attribute }) => textOf(attribute.mutability, 'readWrite') },
  { name: 'returned', read: ({ attribute }) => textOf(attribute.returned, 'default') },
  { name: 'uniqueness', read: ({ attribute }) => textOf(attribute.uniqueness, 'none') },
  { name: 'case', read: ({ attribute }) => (attribute.caseExact === true ? 'exact' : 'folded') },
  { name: 'values', read: ({ attribute }) => listed(attribute, 'canonicalValues') },
  { name: 'description', read: ({ attribute }) => textOf(attribute.description).split(/(?<=\.)\s/, 1)[0] },
];

async function readSchemas(options: SchemasOptions): Promise<readonly Json[]> {
  if (options.discovery === false) {
    return [UserSchema, EnterpriseUserSchema, GroupSchema] as unknown as readonly Json[];
  }
  return openConnection(options).connection.client.schemas();
}

/** The schema with a URN, a name, or the end of a URN. @throws OptionError */
function findSchema(schemas: readonly Json[], name: string): Json {
  const is = (text: unknown) => typeof text === 'string' && text.toLowerCase() === name.toLowerCase();
  const found =
    schemas.find(({ id }) => is(id)) ??
    schemas.find((schema) => is(schema.name)) ??
    schemas.find(({ id }) => is(lastPart(textOf(id))));
  if (found) return found;
  const names = schemas.map((schema) => textOf(schema.name, textOf(schema.id)));
  const hint = didYouMean(name, names);
  throw new OptionError(
    `there is no schema '${printable(name)}'.${hint || ` There are ${names.map(printable).join(', ')}.`}`,
  );
}

async function show(name: string | undefined, options: SchemasOptions): Promise<void> {
  const schemas = await readSchemas(options);
  if (name === undefined) {
    const printer = createPrinter<Json>(options, SCHEMA_COLUMNS);
    for (const schema of schemas) await printer.print(schema);
    await printer.end();
    return;
  }
  const schema = findSchema(schemas, name);
  if (options.output === 'json' || options.output === 'jsonl') {
    const printer = createPrinter<Json>(options, SCHEMA_COLUMNS, true);
    await printer.print(schema);
    await printer.end();
    return;
  }
  const printer = createPrinter<Row>(options, ROW_COLUMNS);
  for (const row of rowsOf(listed(schema, 'attributes'))) await printer.print(row);
  await printer.end();
}

/** The command. */
export function schemasCommand(): Command {
  const command = newCommand(
    'schemas',
    'List the schemas, or the attributes of one with their characteristics',
  ).argument('[name]', 'its name, its URN, or the end of that');
  return addSessionOptions(addOutputOptions(command, 'table'))
    .addHelpText(
      'after',
      `
Examples:
  scimkit schemas
  scimkit schemas User
  scimkit schemas urn:ietf:params:scim:schemas:extension:enterprise:2.0:User -o json
  scimkit schemas Group --no-discovery           # as RFC 7643 has it
`,
    )
    .action((name: string | undefined, options: SchemasOptions) => show(name, options));
}
