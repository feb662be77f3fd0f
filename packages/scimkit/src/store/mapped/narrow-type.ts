// A resource type as a mapping has it. Attributes that it has no place for are none of the service provider's: discovery
// doesn't list them, bodies that have them are taken as with any unknown key, filters and paths that name them are refused.
import type { AttributeDefinition } from '../../schema/attribute.ts';
import {
  defineResourceType,
  type ResolvedAttribute,
  type ResourceType,
  type ResourceTypeDefinition,
} from '../../schema/resource-type.ts';

/** What a mapping says of attributes, by their paths. */
export interface Coverage {
  /** Whether there is a place for an attribute, or for one of its sub-attributes. */
  readonly has: (path: string) => boolean;
  /** Whether an attribute, or all of its sub-attributes, can only be read. */
  readonly isReadOnly: (path: string) => boolean;
}

/** The type with the attributes that are covered. */
export function narrowType(type: ResourceType, coverage: Coverage): ResourceType {
  const { definition } = type;
  const narrowed: ResourceTypeDefinition = {
    ...definition,
    schema: {
      ...definition.schema,
      attributes: narrowList(definition.schema.attributes, type.attributes, coverage),
    },
    schemaExtensions: (definition.schemaExtensions ?? []).flatMap(({ schema, required = false }) => {
      const resolved = type.extensions.find(({ urn }) => urn === schema.id)?.attributes ?? [];
      const attributes = narrowList(schema.attributes, resolved, coverage);
      return attributes.length > 0 ? [{ schema: { ...schema, attributes }, required }] : [];
    }),
  };
  const result = defineResourceType(narrowed);
  return coverage.has('externalId') ? result : without(result, 'externalId');
}

function narrowList(
  definitions: readonly AttributeDefinition[],
  resolved: readonly ResolvedAttribute[],
  coverage: Coverage,
): readonly AttributeDefinition[] {
  return definitions.flatMap((definition) => {
    const attribute = resolved.find(({ name }) => name === definition.name);
    // What is computed elsewhere, and what is never read, needs no place.
    if (!attribute || attribute.relation === 'inverse' || attribute.mutability === 'writeOnly')
      return [definition];
    if (!coverage.has(attribute.path)) return [];
    const isReadOnly = coverage.isReadOnly(attribute.path);
    const characteristics = isReadOnly ? ({ mutability: 'readOnly', required: false } as const) : {};
    if (attribute.type !== 'complex' || attribute.relation) return [{ ...definition, ...characteristics }];
    const subAttributes = narrowList(definition.subAttributes ?? [], attribute.subAttributes, coverage);
    return [{ ...definition, ...characteristics, subAttributes }];
  });
}

/** A common attribute stands in no schema, so that it is taken out of the compiled type. */
function without(type: ResourceType, name: string): ResourceType {
  const byName = new Map(type.byName);
  byName.delete(name.toLowerCase());
  return { ...type, byName, attributes: type.attributes.filter((attribute) => attribute.name !== name) };
}
