// RFC 7643 §6, §7: what /Schemas and /ResourceTypes send for a schema and a resource type.
import { describe, expect, test } from 'vitest';
import {
  describeResourceType,
  describeSchema,
  ResourceTypeSchema,
  SchemaSchema,
  ServiceProviderConfigSchema,
} from '../../src/schema/discovery.ts';
import { EnterpriseUserSchema } from '../../src/schema/enterprise-user.ts';
import { GroupSchema } from '../../src/schema/group.ts';
import { defineResourceType } from '../../src/schema/resource-type.ts';
import { Group, User } from '../../src/schema/resources.ts';
import { defineSchema } from '../../src/schema/schema.ts';
import { UserSchema } from '../../src/schema/user.ts';

const SCHEMAS = [
  UserSchema,
  GroupSchema,
  EnterpriseUserSchema,
  ServiceProviderConfigSchema,
  ResourceTypeSchema,
  SchemaSchema,
];

/** The paths of what no client should have to expect: null, undefined, "", [] and {}. */
function empties(value: unknown, path = '$'): string[] {
  if (value === null || value === undefined || value === '') return [path];
  if (typeof value !== 'object') return [];
  const entries = Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([key, item]) => empties(item, `${path}.${key}`));
}

describe('describeSchema', () => {
  test.each(SCHEMAS)('$id: nothing is empty, and everything is described', (schema) => {
    const document = describeSchema(schema);
    expect(empties(document)).toEqual([]);
    expect(document).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
      id: schema.id,
      name: schema.name,
      description: schema.description,
    });
    const names = (attributes: typeof document.attributes): string[] =>
      attributes.flatMap((attribute) => [
        ...(attribute.description ? [] : [attribute.name]),
        ...names(attribute.subAttributes ?? []),
      ]);
    expect(names(document.attributes)).toEqual([]);
  });

  test('spells out every characteristic, in the order of RFC 7643 §7', () => {
    const document = describeSchema({
      id: 'urn:example:thing',
      attributes: [
        { name: 'plain' },
        { name: 'link', type: 'reference', referenceTypes: ['external'], description: 'A link.' },
        {
          name: 'parts',
          type: 'complex',
          multiValued: true,
          required: true,
          subAttributes: [
            {
              name: 'kind',
              canonicalValues: ['a', 'b'],
              canonicalValuesOnly: true,
              mutability: 'writeOnly',
            },
          ],
        },
      ],
    });
    expect(JSON.stringify(document, null, 1)).toBe(
      JSON.stringify(
        {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
          id: 'urn:example:thing',
          attributes: [
            {
              name: 'plain',
              type: 'string',
              multiValued: false,
              required: false,
              caseExact: false,
              mutability: 'readWrite',
              returned: 'default',
              uniqueness: 'none',
            },
            {
              name: 'link',
              type: 'reference',
              multiValued: false,
              description: 'A link.',
              required: false,
              caseExact: true,
              mutability: 'readWrite',
              returned: 'default',
              uniqueness: 'none',
              referenceTypes: ['external'],
            },
            {
              name: 'parts',
              type: 'complex',
              multiValued: true,
              required: true,
              mutability: 'readWrite',
              returned: 'default',
              subAttributes: [
                {
                  name: 'kind',
                  type: 'string',
                  multiValued: false,
                  required: false,
                  canonicalValues: ['a', 'b'],
                  caseExact: false,
                  mutability: 'writeOnly',
                  returned: 'never',
                  uniqueness: 'none',
                },
              ],
            },
          ],
        },
        null,
        1,
      ),
    );
  });

  test('describes the schema of schemas whole, which no resource type can be defined with', () => {
    const attributes = describeSchema(SchemaSchema).attributes.find(({ name }) => name === 'attributes');
    const nested = attributes?.subAttributes?.find(({ name }) => name === 'subAttributes');
    expect(nested?.subAttributes?.map(({ name }) => name)).toEqual(
      attributes?.subAttributes?.map(({ name }) => name).filter((name) => name !== 'subAttributes'),
    );
    expect(() => defineSchema(SchemaSchema)).toThrow('§2.3.8');
  });

  test.each(SCHEMAS)('$id: its document is an instance of the schema of schemas', (schema) => {
    const known = (attributes: readonly { name: string }[]) => new Set(attributes.map(({ name }) => name));
    const top = describeSchema(SchemaSchema).attributes;
    const inner = top.find(({ name }) => name === 'attributes')?.subAttributes ?? [];
    const document = describeSchema(schema);
    const unknown = (value: object, names: Set<string>) =>
      Object.keys(value).filter((key) => key !== 'schemas' && !names.has(key));
    expect(unknown(document, known(top))).toEqual([]);
    for (const attribute of document.attributes) {
      expect(unknown(attribute, known(inner))).toEqual([]);
      for (const { name, required } of inner) if (required) expect(attribute).toHaveProperty([name]);
    }
  });
});

describe('describeResourceType', () => {
  test('User, with its extension', () => {
    expect(describeResourceType(User)).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
      id: 'User',
      name: 'User',
      description: 'A person with an account.',
      endpoint: '/Users',
      schema: 'urn:ietf:params:scim:schemas:core:2.0:User',
      schemaExtensions: [
        { schema: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', required: false },
      ],
    });
  });

  test('Group, without schemaExtensions', () => {
    expect(describeResourceType(Group)).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
      id: 'Group',
      name: 'Group',
      description: 'A set of users, and of groups.',
      endpoint: '/Groups',
      schema: 'urn:ietf:params:scim:schemas:core:2.0:Group',
    });
  });

  test('nothing is empty when the declaration says little or says ""', () => {
    const schema = defineSchema({
      id: 'urn:example:thing',
      name: '',
      attributes: [{ name: 'a', description: '' }],
    });
    const type = defineResourceType({
      name: 'Thing',
      id: 'thing',
      endpoint: '/Things',
      description: '',
      schema,
    });
    expect(empties(describeResourceType(type))).toEqual([]);
    expect(empties(describeSchema(schema))).toEqual([]);
    expect(describeResourceType(type).id).toBe('thing');
  });
});
