// RFC 7643 §7: a schema is a named collection of attributes.
import { type AttributeDefinition, assertDistinctNames, normalizeAttribute } from './attribute.ts';

/** A schema as it is declared, in the words of RFC 7643 §7. */
export interface SchemaDefinition {
  /** The schema's URN. */
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly attributes: readonly AttributeDefinition[];
}

/** Whether a text has the form of a schema's URI (RFC 7643 §3, RFC 8141): a scheme, a colon, no space. */
function isSchemaUri(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:[^\s"\\]+$/.test(text);
}

/**
 * Declares a schema and checks it against RFC 7643 §7. Attributes take §2.2's defaults.
 *
 * @throws TypeError that names the attribute and the rule, when the declaration is wrong.
 *
 * @example
 * const Worker = defineSchema({
 *   id: 'urn:example:params:scim:schemas:extension:worker:2.0:User',
 *   attributes: [{ name: 'workerId', required: true, uniqueness: 'server', mutability: 'immutable' }],
 * });
 */
export function defineSchema<const Definition extends SchemaDefinition>(definition: Definition): Definition {
  if (!isSchemaUri(definition?.id)) {
    throw new TypeError(`Schema "${String(definition?.id)}": "id" must be a URN (RFC 7643 §7)`);
  }
  const where = `Schema "${definition.id}"`;
  if (!Array.isArray(definition.attributes)) {
    throw new TypeError(`${where}: "attributes" must be an array (RFC 7643 §7)`);
  }
  assertDistinctNames(definition.attributes, where);
  for (const attribute of definition.attributes) normalizeAttribute(attribute, where);
  return definition;
}
