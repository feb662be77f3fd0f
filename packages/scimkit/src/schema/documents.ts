// RFC 7643 §6, §7: schemas and resource types as JSON documents, as /Schemas and /ResourceTypes send them.
import { ResourceTypeSchema, SchemaSchema, ServiceProviderConfigSchema } from './discovery.ts';
import { EnterpriseUserSchema } from './enterprise-user.ts';
import { GroupSchema } from './group.ts';
import { defineResourceType, type ResourceType } from './resource-type.ts';
import { defineSchema, type SchemaDefinition } from './schema.ts';
import { UserSchema } from './user.ts';

/** Schemas that /Schemas may list and that describe no resources: they are the protocol's own. */
const PROTOCOL_SCHEMAS = new Set(
  [SchemaSchema, ResourceTypeSchema, ServiceProviderConfigSchema].map(({ id }) => id.toLowerCase()),
);

type JsonObject = Readonly<Record<string, unknown>>;

const SCHEMA_MEMBERS = new Set(['schemas', 'id', 'name', 'description', 'attributes', 'meta']);
const RESOURCE_TYPE_MEMBERS = new Set([
  ...['schemas', 'id', 'name', 'description', 'endpoint', 'schema', 'schemaExtensions', 'meta'],
]);
const EXTENSION_MEMBERS = new Set(['schema', 'required']);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The documents in a JSON value, each with its place: one object, an array of them, or a ListResponse. */
function documentsIn(
  json: unknown,
  source: string,
): readonly (readonly [place: string, document: JsonObject])[] {
  const list = isObject(json) && 'Resources' in json ? json.Resources : json;
  const path = list === json ? '' : 'Resources';
  const entries = Array.isArray(list)
    ? list.map((entry: unknown, index) => [`${source}: ${path}[${index}]`, entry] as const)
    : [[source, list] as const];
  return entries.map(([place, document]) => {
    if (isObject(document)) return [place, document];
    throw new TypeError(
      `${place}: an object, an array of objects or a ListResponse is expected (RFC 7644 §4)`,
    );
  });
}

/** A misspelt member would be silently without effect. */
function assertMembers(
  place: string,
  document: JsonObject,
  known: ReadonlySet<string>,
  section: string,
): void {
  const unknown = Object.keys(document).find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `${place}: there is no "${unknown}" here; there are ${[...known].join(', ')} (${section})`,
  );
}

/** Puts the source in front of what is wrong. */
function within<Result>(place: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof TypeError ? new TypeError(`${place}: ${error.message}`, { cause: error }) : error;
  }
}

function optionalText(
  place: string,
  document: JsonObject,
  name: string,
): { readonly [name: string]: string } {
  const value = document[name];
  if (value === undefined) return {};
  if (typeof value !== 'string') throw new TypeError(`${place}: "${name}" must be a string`);
  return { [name]: value };
}

/**
 * Reads schemas from JSON: one, an array, or a ListResponse of /Schemas, whose schemas of the
 * protocol itself (RFC 7643 §5 to §7) are passed over. `source` names the file in errors.
 *
 * @throws TypeError that names the source, the place and the rule (RFC 7643 §7).
 *
 * @example
 * const schemas = parseSchemas(JSON.parse(await readFile('device.json', 'utf8')), 'device.json');
 */
export function parseSchemas(json: unknown, source = 'schemas'): readonly SchemaDefinition[] {
  const isProtocols = (id: unknown) => typeof id === 'string' && PROTOCOL_SCHEMAS.has(id.toLowerCase());
  const documents = documentsIn(json, source).filter(([, { id }]) => !isProtocols(id));
  return documents.map(([place, document]) => {
    assertMembers(place, document, SCHEMA_MEMBERS, 'RFC 7643 §7');
    const definition = {
      id: document.id,
      ...optionalText(place, document, 'name'),
      ...optionalText(place, document, 'description'),
      attributes: document.attributes,
    };
    return within(place, () => defineSchema(definition as SchemaDefinition));
  });
}

/** The schemas by their URN; those that are given win over those that come along. */
function indexSchemas(schemas: readonly SchemaDefinition[]): ReadonlyMap<string, SchemaDefinition> {
  const byUrn = new Map<string, SchemaDefinition>();
  for (const schema of schemas) {
    const key = schema.id.toLowerCase();
    if (byUrn.has(key)) throw new TypeError(`The schema "${schema.id}" is given twice`);
    byUrn.set(key, schema);
  }
  for (const schema of [UserSchema, GroupSchema, EnterpriseUserSchema]) {
    if (!byUrn.has(schema.id.toLowerCase())) byUrn.set(schema.id.toLowerCase(), schema);
  }
  return byUrn;
}

/**
 * Reads resource types from JSON: one, an array, or a ListResponse of /ResourceTypes. Their schemas are looked up by URN
 * in `schemas`, then among User, Group and EnterpriseUser.
 *
 * @throws TypeError that names the source, the place and the rule (RFC 7643 §6), or the schema that is missing.
 *
 * @example
 * const [Device] = parseResourceTypes(JSON.parse(text), schemas, 'device-type.json');
 */
export function parseResourceTypes(
  json: unknown,
  schemas: readonly SchemaDefinition[],
  source = 'resource types',
): readonly ResourceType[] {
  const byUrn = indexSchemas(schemas);
  const find = (place: string, urn: unknown): SchemaDefinition => {
    const schema = typeof urn === 'string' ? byUrn.get(urn.toLowerCase()) : undefined;
    if (schema) return schema;
    const known = [...byUrn.values()].map(({ id }) => id).join(', ');
    throw new TypeError(
      `${place}: "schema" must be the URN of a schema that is known, not ${JSON.stringify(urn)}; known are ${known} (RFC 7643 §6)`,
    );
  };
  return documentsIn(json, source).map(([place, document]) => {
    assertMembers(place, document, RESOURCE_TYPE_MEMBERS, 'RFC 7643 §6');
    const { name, endpoint, schema, schemaExtensions = [] } = document;
    if (!Array.isArray(schemaExtensions)) {
      throw new TypeError(`${place}: "schemaExtensions" must be an array (RFC 7643 §6)`);
    }
    const extensions = schemaExtensions.map((extension: unknown, index) => {
      const where = `${place}: schemaExtensions[${index}]`;
      if (!isObject(extension)) throw new TypeError(`${where}: an object is expected (RFC 7643 §6)`);
      assertMembers(where, extension, EXTENSION_MEMBERS, 'RFC 7643 §6');
      const { required = false } = extension;
      if (typeof required !== 'boolean') throw new TypeError(`${where}: "required" must be true or false`);
      return { schema: find(where, extension.schema), required };
    });
    const definition = {
      name: name as string,
      ...optionalText(place, document, 'id'),
      ...optionalText(place, document, 'description'),
      endpoint: endpoint as string,
      schema: find(place, schema),
      schemaExtensions: extensions,
    };
    return within(place, () => defineResourceType(definition));
  });
}
