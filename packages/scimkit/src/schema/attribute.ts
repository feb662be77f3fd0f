// RFC 7643 §2.2 (characteristics), §2.3 (types), §7 (their notation in a schema).

/** The data types of RFC 7643 §2.3, in the notation of §7. */
export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'binary'
  | 'reference'
  | 'complex';

/** Who may write an attribute (RFC 7643 §7, "mutability"). */
export type Mutability = 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';

/** When an attribute is sent (RFC 7643 §7, "returned"). */
export type Returned = 'always' | 'never' | 'default' | 'request';

/** Within which bounds a value is unique (RFC 7643 §7, "uniqueness"). */
export type Uniqueness = 'none' | 'server' | 'global';

/**
 * An attribute as a schema declares it. What is left out has RFC 7643 §2.2's default:
 * a singular, optional, case-insensitive, readWrite string that is returned by default.
 */
export interface AttributeDefinition {
  readonly name: string;
  readonly type?: AttributeType;
  readonly multiValued?: boolean;
  readonly description?: string;
  readonly required?: boolean;
  readonly canonicalValues?: readonly string[];
  /**
   * Refuse values that are not canonical (RFC 7643 §7 leaves it to the service provider). Not published.
   */
  readonly canonicalValuesOnly?: boolean;
  readonly caseExact?: boolean;
  readonly mutability?: Mutability;
  readonly returned?: Returned;
  readonly uniqueness?: Uniqueness;
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly AttributeDefinition[];
}

/** An attribute with every characteristic spelled out. */
export interface Attribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly canonicalValues: readonly string[];
  readonly canonicalValuesOnly: boolean;
  readonly caseExact: boolean;
  readonly mutability: Mutability;
  readonly returned: Returned;
  readonly uniqueness: Uniqueness;
  readonly referenceTypes: readonly string[];
  readonly subAttributes: readonly Attribute[];
}

/** The form of an attribute's name (RFC 7643 §2.1, and `$ref`). */
export const ATTRIBUTE_NAME = /^(?:\$ref|[A-Za-z][A-Za-z0-9_-]*)$/;
/** The data types by their names. */
export const TYPES: readonly AttributeType[] = [
  'string',
  'boolean',
  'decimal',
  'integer',
  'dateTime',
  'binary',
  'reference',
  'complex',
];
/** A misspelt characteristic would be silently without effect. */
const CHARACTERISTICS: ReadonlySet<string> = new Set([
  ...['name', 'type', 'multiValued', 'description', 'required', 'canonicalValues', 'canonicalValuesOnly'],
  ...['caseExact', 'mutability', 'returned', 'uniqueness', 'referenceTypes', 'subAttributes'],
]);
/** Characteristics that are one of some words (RFC 7643 §7). */
export const CHOICES = {
  mutability: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  returned: ['always', 'never', 'default', 'request'],
  uniqueness: ['none', 'server', 'global'],
} as const;

/** Types whose values are compared exactly, whatever `caseExact` says (RFC 7643 §2.3.6, §2.3.7). */
function isExactType(type: AttributeType): boolean {
  return type === 'reference' || type === 'binary';
}

/** The characteristics of one attribute with the defaults of RFC 7643 §2.2, unchecked. */
export function withDefaults(definition: AttributeDefinition): Omit<Attribute, 'subAttributes'> {
  const type = definition.type ?? 'string';
  const mutability = definition.mutability ?? 'readWrite';
  return {
    name: definition.name,
    type,
    multiValued: definition.multiValued ?? false,
    description: definition.description ?? '',
    required: definition.required ?? false,
    canonicalValues: definition.canonicalValues ?? [],
    canonicalValuesOnly: definition.canonicalValuesOnly ?? false,
    caseExact: isExactType(type) || (definition.caseExact ?? false),
    mutability,
    returned: definition.returned ?? (mutability === 'writeOnly' ? 'never' : 'default'),
    uniqueness: definition.uniqueness ?? 'none',
    referenceTypes: definition.referenceTypes ?? [],
  };
}

/**
 * Spells out an attribute's characteristics with the defaults of RFC 7643 §2.2.
 *
 * @throws TypeError that names the place and the rule, when the definition contradicts RFC 7643 §2 or §7.
 */
export function normalizeAttribute(definition: AttributeDefinition, where: string, depth = 0): Attribute {
  const at = `${where}, attribute "${String(definition?.name)}"`;
  const wrong = (rule: string) => new TypeError(`${at}: ${rule}`);
  if (definition === null || typeof definition !== 'object' || typeof definition.name !== 'string') {
    throw new TypeError(`${where}: an attribute needs a "name" that is a string (RFC 7643 §7)`);
  }
  if (!ATTRIBUTE_NAME.test(definition.name)) {
    throw wrong('a name is a letter followed by letters, digits, "-" and "_" (RFC 7643 §2.1)');
  }
  for (const name of Object.keys(definition)) {
    if (!CHARACTERISTICS.has(name)) {
      throw wrong(
        `there is no characteristic "${name}"; there are ${[...CHARACTERISTICS].join(', ')} (RFC 7643 §7)`,
      );
    }
  }
  const type = definition.type ?? 'string';
  if (!TYPES.includes(type)) throw wrong(`"type" must be one of ${TYPES.join(', ')} (RFC 7643 §2.3)`);
  for (const [name, values] of Object.entries<readonly string[]>(CHOICES)) {
    const value = definition[name as keyof typeof CHOICES];
    if (value !== undefined && !values.includes(value)) {
      throw wrong(`"${name}" must be one of ${values.join(', ')} (RFC 7643 §7)`);
    }
  }
  for (const name of ['multiValued', 'required', 'caseExact', 'canonicalValuesOnly'] as const) {
    if (definition[name] !== undefined && typeof definition[name] !== 'boolean') {
      throw wrong(`"${name}" must be true or false (RFC 7643 §7)`);
    }
  }
  for (const name of ['canonicalValues', 'referenceTypes', 'subAttributes'] as const) {
    if (definition[name] !== undefined && !Array.isArray(definition[name])) {
      throw wrong(`"${name}" must be an array (RFC 7643 §7)`);
    }
  }
  if (type === 'complex' && depth > 0) {
    throw wrong('a sub-attribute must not be complex itself (RFC 7643 §2.3.8)');
  }
  const subAttributes = definition.subAttributes ?? [];
  if (type === 'complex' && subAttributes.length === 0) {
    throw wrong('a complex attribute needs "subAttributes" (RFC 7643 §2.3.8)');
  }
  if (type !== 'complex' && subAttributes.length > 0) {
    throw wrong('only a complex attribute has "subAttributes" (RFC 7643 §7)');
  }
  if (definition.mutability === 'writeOnly' && (definition.returned ?? 'never') !== 'never') {
    throw wrong('an attribute that is "writeOnly" must be returned "never" (RFC 7643 §7)');
  }
  if (definition.canonicalValuesOnly && !definition.canonicalValues?.length) {
    throw wrong('"canonicalValuesOnly" needs "canonicalValues"');
  }
  assertDistinctNames(subAttributes, at);
  return {
    ...withDefaults(definition),
    subAttributes: subAttributes.map((sub) => normalizeAttribute(sub, at, depth + 1)),
  };
}

/** Attribute names are case-insensitive (RFC 7643 §2.1), so two that differ in case alone are one. */
export function assertDistinctNames(attributes: readonly AttributeDefinition[], where: string): void {
  const seen = new Set<string>();
  for (const attribute of attributes) {
    const name: unknown = attribute?.name;
    if (typeof name !== 'string') continue; // normalizeAttribute says so
    const key = name.toLowerCase();
    if (seen.has(key)) throw new TypeError(`${where}: the name "${name}" is declared twice (RFC 7643 §2.1)`);
    seen.add(key);
  }
}
