// RFC 7643 §4, §8.6: the resource types that every service provider knows.
import { EnterpriseUserSchema } from './enterprise-user.ts';
import { GroupSchema } from './group.ts';
import { defineResourceType } from './resource-type.ts';
import { UserSchema } from './user.ts';

/**
 * The resource type "User" with the enterprise extension (RFC 7643 §4.1, §4.3). For other extensions, declare it
 * anew with `defineResourceType`.
 */
export const User = /* @__PURE__ */ defineResourceType({
  name: 'User',
  endpoint: '/Users',
  description: 'A person with an account.',
  schema: UserSchema,
  schemaExtensions: [{ schema: EnterpriseUserSchema, required: false }],
});

/** The resource type "Group" (RFC 7643 §4.2). */
export const Group = /* @__PURE__ */ defineResourceType({
  name: 'Group',
  endpoint: '/Groups',
  description: 'A set of users, and of groups.',
  schema: GroupSchema,
});
