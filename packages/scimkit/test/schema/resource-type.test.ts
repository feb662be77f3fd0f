// RFC 7643 §6: declaring a resource type, looking its attributes up, and the relations that follow.
import { describe, expect, test } from 'vitest';
import type { AttributeDefinition } from '../../src/schema/attribute.ts';
import { EnterpriseUserSchema } from '../../src/schema/enterprise-user.ts';
import { GroupSchema } from '../../src/schema/group.ts';
import {
  defineResourceType,
  type ResolvedAttribute,
  type ResourceTypeDefinition,
} from '../../src/schema/resource-type.ts';
import { Group, User } from '../../src/schema/resources.ts';
import { UserSchema } from '../../src/schema/user.ts';

const ENTERPRISE = EnterpriseUserSchema.id;

function thing(...attributes: AttributeDefinition[]) {
  const schema = { id: 'urn:example:thing', attributes };
  return defineResourceType({ name: 'Thing', endpoint: '/Things', schema });
}

// A declaration that is right but for this, and the message.
const WRONG: [what: string, change: object, message: string][] = [
  [
    'no name',
    { name: undefined },
    'Resource type "undefined": "name" must be a letter followed by letters, digits, "-" and "_"',
  ],
  [
    'a name with a slash',
    { name: '/Users' },
    'Resource type "/Users": "name" must be a letter followed by letters, digits, "-" and "_"',
  ],
  ...['Users', '/', '/Users/', '/a/b', 'https://example.com/Users', '/Users?x', undefined].map(
    (endpoint): [string, object, string] => [
      `the endpoint ${endpoint}`,
      { endpoint },
      'Resource type "User": "endpoint" must be one path segment with a leading slash, such as "/Users"',
    ],
  ),
  ['no schema', { schema: undefined }, 'Schema "undefined": "id" must be a URN (RFC 7643 §7)'],
  [
    'a wrong schema',
    { schema: { id: 'urn:example:a', attributes: [{ name: 'a b' }] } },
    'Schema "urn:example:a", attribute "a b": ' +
      'a name is a letter followed by letters, digits, "-" and "_" (RFC 7643 §2.1)',
  ],
  [
    'a wrong extension',
    { schemaExtensions: [{ schema: { id: 'urn:example:a', attributes: [{}] } }] },
    'Schema "urn:example:a": an attribute needs a "name" that is a string (RFC 7643 §7)',
  ],
  ...['schemas', 'ID', 'externalid', 'meta'].map((name): [string, object, string] => [
    `a core attribute ${name}`,
    { schema: { id: 'urn:example:a', attributes: [{ name }] } },
    `Resource type "User": "${name}" is a common attribute already (RFC 7643 §3.1)`,
  ]),
  [
    'an extension twice',
    {
      schemaExtensions: [
        { schema: EnterpriseUserSchema },
        { schema: { ...EnterpriseUserSchema, id: ENTERPRISE.toUpperCase() } },
      ],
    },
    `Resource type "User": the schema "${ENTERPRISE.toUpperCase()}" is listed twice`,
  ],
  [
    'the core schema as an extension',
    { schemaExtensions: [{ schema: UserSchema }] },
    `Resource type "User": the schema "${UserSchema.id}" is listed twice`,
  ],
];

test.each(WRONG)('a wrong declaration is refused: %s', (_, change, message) => {
  const definition = { name: 'User', endpoint: '/Users', schema: UserSchema, ...change };
  expect(() => defineResourceType(definition as ResourceTypeDefinition)).toThrow(new TypeError(message));
});

test('the id is the name unless it is declared', () => {
  expect(User.id).toBe('User');
  expect(defineResourceType({ name: 'A', id: 'b', endpoint: '/As', schema: UserSchema }).id).toBe('b');
});

test('an extension is optional unless it is declared as required', () => {
  const type = defineResourceType({
    name: 'A',
    endpoint: '/As',
    schema: UserSchema,
    schemaExtensions: [
      { schema: EnterpriseUserSchema },
      { schema: { id: 'urn:example:b', attributes: [{ name: 'userName' }] }, required: true },
    ],
  });
  expect(type.extensions.map(({ urn, required }) => [urn, required])).toEqual([
    [ENTERPRISE, false],
    ['urn:example:b', true],
  ]);
  // An extension has names of its own.
  expect(type.byUrn.get('urn:example:b')?.byName.get('username')?.path).toBe('urn:example:b:userName');
  expect(type.byName.get('username')?.path).toBe('userName');
});

describe('look-ups', () => {
  test('an attribute has its path, its keys, its parent and its extension', () => {
    const name = User.byName.get('name');
    const givenName = name?.sub.get('givenname');
    expect(givenName).toMatchObject({ path: 'name.givenName', keys: ['name', 'givenName'] });
    expect(givenName?.parent).toBe(name);
    expect(name?.extension).toBeUndefined();

    const manager = User.byUrn.get(ENTERPRISE.toLowerCase())?.byName.get('manager');
    expect(manager).toMatchObject({ path: `${ENTERPRISE}:manager`, keys: [ENTERPRISE, 'manager'] });
    expect(manager?.sub.get('displayname')).toMatchObject({
      path: `${ENTERPRISE}:manager.displayName`,
      keys: [ENTERPRISE, 'manager', 'displayName'],
      extension: ENTERPRISE,
      parent: manager,
    });
  });

  test('common attributes come first, with the characteristics of RFC 7643 §3.1', () => {
    expect(User.attributes.slice(0, 5).map(({ path }) => path)).toEqual([
      'schemas',
      'id',
      'externalId',
      'meta',
      'userName',
    ]);
    expect(User.byName.get('id')).toMatchObject({
      caseExact: true,
      mutability: 'readOnly',
      returned: 'always',
    });
    expect(User.byName.get('externalid')).toMatchObject({ caseExact: true, mutability: 'readWrite' });
    expect(User.byName.get('meta')?.sub.get('version')).toMatchObject({
      caseExact: true,
      mutability: 'readOnly',
      returned: 'default',
    });
  });

  test.each(['__proto__', 'prototype', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', ''])(
    '%j is an unknown name like any other',
    (name) => {
      expect(User.byName.get(name)).toBeUndefined();
      expect(User.byName.get(name.toLowerCase())).toBeUndefined();
      expect(User.byName.get('name')?.sub.get(name)).toBeUndefined();
      expect(User.byUrn.get(name)).toBeUndefined();
      expect(User.byUrn.get(ENTERPRISE.toLowerCase())?.byName.get(name)).toBeUndefined();
    },
  );

  test('an attribute may be called constructor or toString', () => {
    const type = thing({ name: 'constructor' }, { name: 'toString', multiValued: true });
    expect(type.byName.get('constructor')).toMatchObject({ path: 'constructor', type: 'string' });
    expect(type.byName.get('tostring')).toMatchObject({ path: 'toString', multiValued: true });
  });
});

describe('relations', () => {
  const paths = (attributes: readonly ResolvedAttribute[]) => attributes.map(({ path }) => path);
  const reference = (...types: string[]) =>
    ({ name: '$ref', type: 'reference', referenceTypes: types }) satisfies AttributeDefinition;
  const many = (...subAttributes: AttributeDefinition[]) =>
    ({ name: 'a', type: 'complex', multiValued: true, subAttributes }) satisfies AttributeDefinition;

  test('Group.members holds them, User.groups is the inverse', () => {
    expect(paths(Group.holders)).toEqual(['members']);
    expect(paths(Group.inverses)).toEqual([]);
    expect(paths(User.holders)).toEqual([]);
    expect(paths(User.inverses)).toEqual(['groups']);
    expect(Group.byName.get('members')?.relation).toBe('holder');
    expect(User.byName.get('groups')?.relation).toBe('inverse');
  });

  test('a custom attribute of the same form is one; in an extension it is data', () => {
    const owners = { ...many({ name: 'value' }, reference('User')), name: 'owners' };
    expect(paths(thing(owners).holders)).toEqual(['owners']);
    expect(paths(thing({ ...owners, mutability: 'readOnly' }).inverses)).toEqual(['owners']);
    const type = defineResourceType({
      name: 'Group',
      endpoint: '/Groups',
      schema: GroupSchema,
      schemaExtensions: [{ schema: { id: 'urn:example:x', attributes: [owners] } }],
    });
    expect(paths(type.holders)).toEqual(['members']);
  });

  test.each<[what: string, attribute: AttributeDefinition]>([
    ['has a sub-attribute of its own', many({ name: 'value' }, reference('User'), { name: 'since' })],
    ['has no $ref', many({ name: 'value' }, { name: 'type' })],
    ['points out of the service provider', many({ name: 'value' }, reference('external', 'uri'))],
    ['names no resource type', many({ name: 'value' }, reference())],
    ['is singular', { ...many({ name: 'value' }, reference('User')), multiValued: false }],
    ['is simple', { name: 'a', type: 'reference', multiValued: true, referenceTypes: ['User'] }],
  ])('what %s is plain data', (_, attribute) => {
    const type = thing(attribute);
    expect([...type.holders, ...type.inverses]).toEqual([]);
    expect(type.byName.get('a')?.relation).toBeUndefined();
  });

  test('the manager of the enterprise extension is plain data', () => {
    expect(User.extensions[0]?.byName.get('manager')?.relation).toBeUndefined();
  });
});
