// The server's resource types: User and Group, and what files say.
import { existsSync, globSync, readFileSync } from 'node:fs';
import {
  defineResourceType,
  Group,
  parseResourceTypes,
  parseSchemas,
  type ResourceType,
  type SchemaDefinition,
  User,
} from 'scimkit';
import { OptionError } from './option-error.ts';

/** The files of a list of paths and globs. */
function filesOf(option: string, patterns: readonly string[]): readonly string[] {
  const files = patterns.flatMap((pattern) => {
    // What is there by that very name is no glob.
    const found = existsSync(pattern) ? [pattern] : globSync(pattern).toSorted();
    if (found.length === 0) throw new OptionError(`${option} ${pattern}: there is no such file.`);
    return found;
  });
  return [...new Set(files)];
}

function readJson(option: string, file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new OptionError(`${option} ${file} can't be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OptionError(`${option} ${file} is not valid JSON: ${(error as Error).message}.`);
  }
}

/** Tells what is wrong in a file as a wrong option. */
function parsing<Result>(option: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw error instanceof TypeError
      ? new OptionError(`${option} ${error.message}.`, { cause: error })
      : error;
  }
}

/** A built-in type, with schemas from files in the place of those with the same URN. */
function withSchemas({ definition }: ResourceType, schemas: readonly SchemaDefinition[]): ResourceType {
  const replaced = (schema: SchemaDefinition) =>
    schemas.find(({ id }) => id.toLowerCase() === schema.id.toLowerCase()) ?? schema;
  return defineResourceType({
    ...definition,
    schema: replaced(definition.schema),
    schemaExtensions: (definition.schemaExtensions ?? []).map((extension) => ({
      ...extension,
      schema: replaced(extension.schema),
    })),
  });
}

/** A file that has no effect is a mistake that nobody would notice. */
function assertUsed(schemas: readonly SchemaDefinition[], types: readonly ResourceType[]): void {
  const used = new Set(types.flatMap(({ urn, extensions }) => [urn, ...extensions.map((e) => e.urn)]));
  const unused = schemas.find(({ id }) => !used.has(id));
  if (!unused) return;
  throw new OptionError(
    `--schema: no resource type has the schema "${unused.id}"; name it in a file given with --resource-type.`,
  );
}

/**
 * The resource types of files, beside User and Group: those of a file replace the built-in ones of their name.
 *
 * @throws OptionError that names the file, the place in it, and the rule.
 */
export function readResourceTypes(
  schemaFiles: readonly string[] = [],
  resourceTypeFiles: readonly string[] = [],
): readonly ResourceType[] {
  const schemas = filesOf('--schema', schemaFiles).flatMap((file) => {
    const json = readJson('--schema', file);
    return parsing('--schema', () => parseSchemas(json, file));
  });
  const given = filesOf('--resource-type', resourceTypeFiles).flatMap((file) => {
    const json = readJson('--resource-type', file);
    return parsing('--resource-type', () => parseResourceTypes(json, schemas, file));
  });
  const twice = given.find(({ name }, index) => given.findIndex((type) => type.name === name) !== index);
  if (twice) throw new OptionError(`--resource-type: there are two of the name "${twice.name}".`);
  const builtIn = [User, Group]
    .filter(({ name }) => !given.some((type) => type.name === name))
    .map((type) => parsing('--schema', () => withSchemas(type, schemas)));
  const types = [...builtIn, ...given];
  assertUsed(schemas, types);
  return types;
}
