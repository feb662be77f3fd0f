// A resource type with every kind of attribute, and short ways to read, patch and match.
import { defineResourceType, Group, type ResourceType, User } from 'scimkit';
import { createDialect } from '../../src/dialect/dialect.ts';
import { applyPatch } from '../../src/protocol/apply-patch.ts';
import type { Leniency, Note } from '../../src/protocol/leniency.ts';
import { strict } from '../../src/protocol/leniency.ts';
import { readPatch } from '../../src/protocol/patch.ts';
import { type Attributes, readResource, validate } from '../../src/protocol/validate.ts';
import { PATCH_OP } from '../fixture.ts';

/** What the RFCs allow, and the interoperability profile of strict mode doesn't. */
export const letter: Leniency = { ...strict, unknownAttributes: true, withoutPath: true };

export const EXTENSION = 'urn:example:params:scim:schemas:extension:more:2.0:Thing';
export const THING = 'urn:example:params:scim:schemas:2.0:Thing';

export const Thing = defineResourceType({
  name: 'Thing',
  endpoint: '/Things',
  schema: {
    id: THING,
    attributes: [
      { name: 'name', required: true },
      { name: 'code', caseExact: true },
      { name: 'count', type: 'integer' },
      { name: 'weight', type: 'decimal' },
      { name: 'active', type: 'boolean' },
      { name: 'since', type: 'dateTime' },
      { name: 'data', type: 'binary' },
      { name: 'link', type: 'reference', referenceTypes: ['external'] },
      { name: 'tags', multiValued: true },
      { name: 'size', canonicalValues: ['S', 'M'], canonicalValuesOnly: true },
      { name: 'serial', mutability: 'immutable' },
      { name: 'computed', mutability: 'readOnly' },
      { name: 'secret', mutability: 'writeOnly', returned: 'never' },
      { name: 'hidden', returned: 'never' },
      { name: 'onRequest', returned: 'request' },
      { name: 'fixed', returned: 'always' },
      {
        name: 'box',
        type: 'complex',
        subAttributes: [
          { name: 'width', type: 'integer', required: true },
          { name: 'label' },
          { name: 'origin', mutability: 'immutable' },
          { name: 'onRequest', returned: 'request' },
        ],
      },
      {
        name: 'parts',
        type: 'complex',
        multiValued: true,
        subAttributes: [
          { name: 'value', caseExact: true },
          { name: 'type' },
          { name: 'primary', type: 'boolean' },
          { name: 'notes', multiValued: true },
        ],
      },
      { name: 'constructor' },
      { name: 'levels', type: 'integer', multiValued: true },
    ],
  },
  schemaExtensions: [
    { schema: { id: EXTENSION, attributes: [{ name: 'extra' }, { name: 'level', type: 'integer' }] } },
  ],
});

/** The tolerant reading, with its notes. */
export function tolerant(): { leniency: Leniency; notes: Note[] } {
  const notes: Note[] = [];
  return { notes, leniency: createDialect()((note) => notes.push(note)) };
}

/** What a body comes to, as a store would keep it. */
export function read(
  type: ResourceType,
  body: unknown,
  leniency: Leniency = tolerant().leniency,
): Attributes {
  const input = readResource(type, body, leniency);
  validate(type, input.attributes, input.relations);
  return input.attributes;
}

/** What PATCH operations make of a user, a group or a thing. */
export function patch(
  type: ResourceType,
  before: Attributes,
  operations: readonly unknown[],
  leniency: Leniency = tolerant().leniency,
) {
  const { changes } = readPatch(type, { schemas: [PATCH_OP], Operations: operations }, leniency);
  return applyPatch(type, before, changes, leniency.report);
}

export { Group, strict, User };
