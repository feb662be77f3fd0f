// The declarations: literals of ours hold against their type, and a wrong one does not compile.
import { ResourceTypeSchema, SchemaSchema, ServiceProviderConfigSchema } from '../../src/schema/discovery.ts';
import { EnterpriseUserSchema } from '../../src/schema/enterprise-user.ts';
import { GroupSchema } from '../../src/schema/group.ts';
import { defineResourceType, type ResourceType } from '../../src/schema/resource-type.ts';
import { Group, User } from '../../src/schema/resources.ts';
import { defineSchema, type SchemaDefinition } from '../../src/schema/schema.ts';
import { UserSchema } from '../../src/schema/user.ts';
import { type Equal, holds } from './equal.ts';

export const ours: readonly SchemaDefinition[] = [
  UserSchema,
  GroupSchema,
  EnterpriseUserSchema,
  ServiceProviderConfigSchema,
  ResourceTypeSchema,
  SchemaSchema,
];

// Names stay literal through the declaration, without `as const`.
holds<Equal<typeof User.name, 'User'>>();
holds<Equal<typeof Group.endpoint, '/Groups'>>();
const Badge = defineSchema({ id: 'urn:example:badge', attributes: [{ name: 'number', type: 'integer' }] });
holds<Equal<(typeof Badge.attributes)[0]['type'], 'integer'>>();

// A compiled resource type is any resource type.
export const types: readonly ResourceType[] = [User, Group];

// @ts-expect-error: the type is none of RFC 7643 §2.3's
defineSchema({ id: 'urn:example:a', attributes: [{ name: 'a', type: 'text' }] });
// @ts-expect-error: a misspelt characteristic
export const misspelt = { id: 'urn:a', attributes: [{ name: 'a', unique: 'x' }] } satisfies SchemaDefinition;
// @ts-expect-error: the mutability is none of RFC 7643 §7's
defineSchema({ id: 'urn:example:a', attributes: [{ name: 'a', mutability: 'readwrite' }] });
// @ts-expect-error: an attribute without a name
defineSchema({ id: 'urn:example:a', attributes: [{ type: 'string' }] });
// @ts-expect-error: no attributes
defineSchema({ id: 'urn:example:a' });
// @ts-expect-error: no endpoint
defineResourceType({ name: 'User', schema: UserSchema });
// @ts-expect-error: an extension is a schema with its requirement
defineResourceType({ name: 'User', endpoint: '/Users', schema: UserSchema, schemaExtensions: [Badge] });
