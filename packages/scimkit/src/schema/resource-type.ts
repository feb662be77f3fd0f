// RFC 7643 §6: a resource type is a name, an endpoint, a schema and its extensions.
import { type Attribute, type AttributeDefinition, normalizeAttribute } from './attribute.ts';
import { COMMON_ATTRIBUTES } from './common.ts';
import { defineSchema, type SchemaDefinition } from './schema.ts';

/** A schema extension of a resource type (RFC 7643 §6, "schemaExtensions"). */
export interface SchemaExtension {
  readonly schema: SchemaDefinition;
  /** Whether every resource of the type must carry the extension. Default: false. */
  readonly required?: boolean;
}

/** A resource type as it is declared, in the words of RFC 7643 §6. */
export interface ResourceTypeDefinition {
  readonly name: string;
  /** Default: the name. */
  readonly id?: string;
  /** Relative to the base URL, with a leading slash: "/Users". */
  readonly endpoint: string;
  readonly description?: string;
  readonly schema: SchemaDefinition;
  readonly schemaExtensions?: readonly SchemaExtension[];
}

/**
 * An attribute in its place within a resource type.
 *
 * `relation` tells core attributes that are no data of the resource but rows between resources:
 * - "holder": multi-valued, writable, and a reference to resources of this service provider
 *   (sub-attributes value, $ref, type, display alone; `$ref.referenceTypes` names resource types), as Group.members;
 * - "inverse": the same, but readOnly: computed from the holders, as User.groups.
 */
export interface ResolvedAttribute extends Attribute {
  /** As written in a filter: "userName", "name.givenName", "urn:...:User:department". */
  readonly path: string;
  /** Where the value is in the JSON of a resource. */
  readonly keys: readonly string[];
  readonly parent: ResolvedAttribute | undefined;
  /** The URN of the extension that it belongs to; undefined for core and common attributes. */
  readonly extension: string | undefined;
  readonly relation: 'holder' | 'inverse' | undefined;
  readonly subAttributes: readonly ResolvedAttribute[];
  /** The sub-attributes by lower-case name. */
  readonly sub: ReadonlyMap<string, ResolvedAttribute>;
}

/** An extension with its attributes resolved. */
export interface ResolvedExtension {
  readonly urn: string;
  readonly required: boolean;
  readonly attributes: readonly ResolvedAttribute[];
  readonly byName: ReadonlyMap<string, ResolvedAttribute>;
}

/**
 * A resource type, compiled: every look-up by name is a look-up in a Map by the lower-case name, so that names
 * are case-insensitive (RFC 7643 §2.1) and `__proto__` is a name like any other.
 */
export interface ResourceType<Definition extends ResourceTypeDefinition = ResourceTypeDefinition> {
  readonly definition: Definition;
  readonly name: Definition['name'];
  readonly id: string;
  readonly endpoint: Definition['endpoint'];
  /** The core schema's URN. */
  readonly urn: string;
  /** Common and core attributes, in order of declaration. */
  readonly attributes: readonly ResolvedAttribute[];
  readonly byName: ReadonlyMap<string, ResolvedAttribute>;
  readonly extensions: readonly ResolvedExtension[];
  /** Extensions by lower-case URN. */
  readonly byUrn: ReadonlyMap<string, ResolvedExtension>;
  /** Attributes whose values are rows between resources, such as Group.members. */
  readonly holders: readonly ResolvedAttribute[];
  /** Attributes computed from the holders of other resources, such as User.groups. */
  readonly inverses: readonly ResolvedAttribute[];
}

const RELATION_PARTS = new Set(['value', '$ref', 'type', 'display']);

function relationOf(attribute: Attribute): ResolvedAttribute['relation'] {
  if (!attribute.multiValued || attribute.type !== 'complex') return undefined;
  const reference = attribute.subAttributes.find((sub) => sub.name === '$ref');
  if (!reference || !attribute.subAttributes.every((sub) => RELATION_PARTS.has(sub.name))) return undefined;
  const targets = reference.referenceTypes.filter((type) => type !== 'external' && type !== 'uri');
  if (targets.length === 0) return undefined;
  return attribute.mutability === 'readOnly' ? 'inverse' : 'holder';
}

function resolve(
  attribute: Attribute,
  extension: string | undefined,
  parent?: ResolvedAttribute,
): ResolvedAttribute {
  const keys = parent
    ? [...parent.keys, attribute.name]
    : extension
      ? [extension, attribute.name]
      : [attribute.name];
  const path = parent
    ? `${parent.path}.${attribute.name}`
    : extension
      ? `${extension}:${attribute.name}`
      : attribute.name;
  const subAttributes: ResolvedAttribute[] = [];
  const sub = new Map<string, ResolvedAttribute>();
  const resolved: ResolvedAttribute = {
    ...attribute,
    path,
    keys,
    parent,
    extension,
    relation: parent || extension ? undefined : relationOf(attribute),
    subAttributes,
    sub,
  };
  for (const child of attribute.subAttributes) {
    const node = resolve(child, extension, resolved);
    subAttributes.push(node);
    sub.set(child.name.toLowerCase(), node);
  }
  return resolved;
}

function resolveAll(
  definitions: readonly AttributeDefinition[],
  where: string,
  extension?: string,
): ResolvedAttribute[] {
  return definitions.map((definition) => resolve(normalizeAttribute(definition, where), extension));
}

const indexByName = (attributes: readonly ResolvedAttribute[]) =>
  new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]));

/**
 * Declares a resource type and compiles it.
 *
 * @throws TypeError that names the place and the rule, when the declaration contradicts RFC 7643 §6 or §7.
 *
 * @example
 * const User = defineResourceType({ name: 'User', endpoint: '/Users', schema: UserSchema });
 */
export function defineResourceType<const Definition extends ResourceTypeDefinition>(
  definition: Definition,
): ResourceType<Definition> {
  const where = `Resource type "${String(definition.name)}"`;
  if (typeof definition.name !== 'string' || !/^[A-Za-z][A-Za-z0-9_-]*$/.test(definition.name)) {
    throw new TypeError(`${where}: "name" must be a letter followed by letters, digits, "-" and "_"`);
  }
  if (typeof definition.endpoint !== 'string' || !/^\/[A-Za-z][A-Za-z0-9_-]*$/.test(definition.endpoint)) {
    throw new TypeError(
      `${where}: "endpoint" must be one path segment with a leading slash, such as "/Users"`,
    );
  }
  defineSchema(definition.schema);
  const core = resolveAll(definition.schema.attributes, where);
  const common = resolveAll(COMMON_ATTRIBUTES, where);
  const byName = indexByName(common);
  for (const attribute of core) {
    const key = attribute.name.toLowerCase();
    if (byName.has(key)) {
      throw new TypeError(`${where}: "${attribute.name}" is a common attribute already (RFC 7643 §3.1)`);
    }
    byName.set(key, attribute);
  }
  const extensions: ResolvedExtension[] = [];
  const byUrn = new Map<string, ResolvedExtension>();
  for (const { schema, required = false } of definition.schemaExtensions ?? []) {
    defineSchema(schema);
    const key = schema.id.toLowerCase();
    if (byUrn.has(key) || key === definition.schema.id.toLowerCase()) {
      throw new TypeError(`${where}: the schema "${schema.id}" is listed twice`);
    }
    const attributes = resolveAll(schema.attributes, where, schema.id);
    const extension = { urn: schema.id, required, attributes, byName: indexByName(attributes) };
    extensions.push(extension);
    byUrn.set(key, extension);
  }
  const attributes = [...common, ...core];
  const all = [...attributes, ...extensions.flatMap((extension) => extension.attributes)];
  return {
    definition,
    name: definition.name,
    id: definition.id ?? definition.name,
    endpoint: definition.endpoint,
    urn: definition.schema.id,
    attributes,
    byName,
    extensions,
    byUrn,
    holders: all.filter((attribute) => attribute.relation === 'holder'),
    inverses: all.filter((attribute) => attribute.relation === 'inverse'),
  };
}
