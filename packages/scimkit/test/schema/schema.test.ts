// RFC 7643 §2.2, §7: declaring a schema.
import { describe, expect, test } from 'vitest';
import { type AttributeDefinition, normalizeAttribute } from '../../src/schema/attribute.ts';
import { defineSchema, type SchemaDefinition } from '../../src/schema/schema.ts';

const URN = 'urn:example:thing';

test('a schema is returned as it was declared', () => {
  const definition = { id: URN, attributes: [{ name: 'a' }] };
  expect(defineSchema(definition)).toBe(definition);
});

test.each(['urn:example:thing', 'URN:Example:Thing:1.0', 'https://example.com/schemas/thing'])(
  'the id may be %s',
  (id) => {
    expect(defineSchema({ id, attributes: [] }).id).toBe(id);
  },
);

// What is declared, and the message.
const WRONG: [what: string, definition: unknown, message: string][] = [
  ['nothing', undefined, 'Schema "undefined": "id" must be a URN (RFC 7643 §7)'],
  ['no id', { attributes: [] }, 'Schema "undefined": "id" must be a URN (RFC 7643 §7)'],
  ['an id that is no URI', { id: 'User', attributes: [] }, 'Schema "User": "id" must be a URN (RFC 7643 §7)'],
  [
    'an id with a space',
    { id: 'urn:a b', attributes: [] },
    'Schema "urn:a b": "id" must be a URN (RFC 7643 §7)',
  ],
  ['no attributes', { id: URN }, `Schema "${URN}": "attributes" must be an array (RFC 7643 §7)`],
  [
    'attributes that are no array',
    { id: URN, attributes: {} },
    `Schema "${URN}": "attributes" must be an array (RFC 7643 §7)`,
  ],
  [
    'a name twice',
    { id: URN, attributes: [{ name: 'a' }, { name: 'b' }, { name: 'A' }] },
    `Schema "${URN}": the name "A" is declared twice (RFC 7643 §2.1)`,
  ],
];

const NAMELESS = `Schema "${URN}": an attribute needs a "name" that is a string (RFC 7643 §7)`;
const NAME_RULE = 'a name is a letter followed by letters, digits, "-" and "_" (RFC 7643 §2.1)';
const TYPES = 'string, boolean, decimal, integer, dateTime, binary, reference, complex';

// An attribute named "a" unless it says otherwise, and the rule that it breaks.
const WRONG_ATTRIBUTE: [what: string, attribute: object, rule: string][] = [
  ['a name that begins with a digit', { name: '1a' }, NAME_RULE],
  ['a name with a dot', { name: 'a.b' }, NAME_RULE],
  ['a name with a colon', { name: 'a:b' }, NAME_RULE],
  ['an empty name', { name: '' }, NAME_RULE],
  ['the name __proto__', JSON.parse('{"name":"__proto__"}'), NAME_RULE],
  ['a type in other letters', { type: 'String' }, `"type" must be one of ${TYPES} (RFC 7643 §2.3)`],
  ['an unknown type', { type: 'constructor' }, `"type" must be one of ${TYPES} (RFC 7643 §2.3)`],
  [
    'an unknown mutability',
    { mutability: 'readwrite' },
    '"mutability" must be one of readOnly, readWrite, immutable, writeOnly (RFC 7643 §7)',
  ],
  [
    'an unknown returned',
    { returned: 'sometimes' },
    '"returned" must be one of always, never, default, request (RFC 7643 §7)',
  ],
  [
    'an unknown uniqueness',
    { uniqueness: true },
    '"uniqueness" must be one of none, server, global (RFC 7643 §7)',
  ],
  ['a text for multiValued', { multiValued: 'true' }, '"multiValued" must be true or false (RFC 7643 §7)'],
  ['a number for required', { required: 1 }, '"required" must be true or false (RFC 7643 §7)'],
  ['a text for caseExact', { caseExact: 'no' }, '"caseExact" must be true or false (RFC 7643 §7)'],
  [
    'a misspelt characteristic',
    { unique: 'server' },
    'there is no characteristic "unique"; there are name, type, multiValued, description, required, canonicalValues, ' +
      'canonicalValuesOnly, caseExact, mutability, returned, uniqueness, referenceTypes, subAttributes (RFC 7643 §7)',
  ],
  [
    'a text for canonicalValuesOnly',
    { canonicalValuesOnly: 'yes' },
    '"canonicalValuesOnly" must be true or false (RFC 7643 §7)',
  ],
  [
    'a text for canonicalValues',
    { canonicalValues: 'x' },
    '"canonicalValues" must be an array (RFC 7643 §7)',
  ],
  [
    'a text for referenceTypes',
    { type: 'reference', referenceTypes: 'User' },
    '"referenceTypes" must be an array (RFC 7643 §7)',
  ],
  [
    'an object for subAttributes',
    { type: 'complex', subAttributes: {} },
    '"subAttributes" must be an array (RFC 7643 §7)',
  ],
  [
    'a complex attribute without sub-attributes',
    { type: 'complex' },
    'a complex attribute needs "subAttributes" (RFC 7643 §2.3.8)',
  ],
  [
    'a simple attribute with sub-attributes',
    { subAttributes: [{ name: 'b' }] },
    'only a complex attribute has "subAttributes" (RFC 7643 §7)',
  ],
  [
    'a writeOnly attribute that is returned',
    { mutability: 'writeOnly', returned: 'default' },
    'an attribute that is "writeOnly" must be returned "never" (RFC 7643 §7)',
  ],
  [
    'canonicalValuesOnly without values',
    { canonicalValuesOnly: true, canonicalValues: [] },
    '"canonicalValuesOnly" needs "canonicalValues"',
  ],
  [
    'a sub-attribute twice',
    { type: 'complex', subAttributes: [{ name: 'b' }, { name: 'B' }] },
    'the name "B" is declared twice (RFC 7643 §2.1)',
  ],
];

describe('a wrong declaration is refused with the place, the rule and its section', () => {
  test.each(WRONG)('%s', (_, definition, message) => {
    expect(() => defineSchema(definition as SchemaDefinition)).toThrow(new TypeError(message));
  });

  test.each<[what: string, attribute: unknown]>([
    ['null', null],
    ['a text', 'a'],
    ['no name', {}],
    ['a number for a name', { name: 1 }],
  ])('an attribute that is %s', (_, attribute) => {
    const definition: unknown = { id: URN, attributes: [attribute, attribute] };
    expect(() => defineSchema(definition as SchemaDefinition)).toThrow(new TypeError(NAMELESS));
  });

  test.each(WRONG_ATTRIBUTE)('%s', (_, attribute, rule) => {
    const definition = { name: 'a', ...attribute } as AttributeDefinition;
    expect(() => defineSchema({ id: URN, attributes: [definition] })).toThrow(
      new TypeError(`Schema "${URN}", attribute "${definition.name}": ${rule}`),
    );
  });

  test('a complex sub-attribute, by its place', () => {
    const deep: AttributeDefinition = { name: 'b', type: 'complex', subAttributes: [{ name: 'c' }] };
    expect(() =>
      defineSchema({ id: URN, attributes: [{ name: 'a', type: 'complex', subAttributes: [deep] }] }),
    ).toThrow(
      new TypeError(
        `Schema "${URN}", attribute "a", attribute "b": ` +
          'a sub-attribute must not be complex itself (RFC 7643 §2.3.8)',
      ),
    );
  });
});

describe('the characteristics of an attribute', () => {
  test('have the defaults of RFC 7643 §2.2', () => {
    expect(normalizeAttribute({ name: 'a' }, 'here')).toEqual({
      name: 'a',
      type: 'string',
      multiValued: false,
      description: '',
      required: false,
      canonicalValues: [],
      canonicalValuesOnly: false,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'none',
      referenceTypes: [],
      subAttributes: [],
    });
  });

  test('are kept as declared', () => {
    const definition: AttributeDefinition = {
      name: 'a-b_C1',
      type: 'complex',
      multiValued: true,
      description: 'About a.',
      required: true,
      canonicalValues: ['x'],
      canonicalValuesOnly: true,
      caseExact: true,
      mutability: 'immutable',
      returned: 'request',
      uniqueness: 'global',
      referenceTypes: [],
      subAttributes: [],
    };
    const sub = { ...definition, name: '$ref', type: 'reference', referenceTypes: ['User', 'uri'] } as const;
    expect(normalizeAttribute({ ...definition, subAttributes: [sub] }, 'here')).toEqual({
      ...definition,
      subAttributes: [sub],
    });
  });

  test.each(['reference', 'binary'] as const)(
    'a %s is case exact, whatever it says (§2.3.6, §2.3.7)',
    (type) => {
      expect(normalizeAttribute({ name: 'a', type }, 'here').caseExact).toBe(true);
      expect(normalizeAttribute({ name: 'a', type, caseExact: false }, 'here').caseExact).toBe(true);
    },
  );

  test('a writeOnly attribute is returned never', () => {
    expect(normalizeAttribute({ name: 'a', mutability: 'writeOnly' }, 'here').returned).toBe('never');
  });
});
