// RFC 7643 §4.2, §8.7.1: the core schema of a group. What an attribute leaves out has §2.2's default.
// Where §8.7.1 contradicts §2, §3 or §4, those win; test/schema/rfc7643.test.ts lists each case.
import type { SchemaDefinition } from './schema.ts';

/** The core schema of "Group" (RFC 7643 §4.2). */
export const GroupSchema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'A set of users, and of groups.',
  attributes: [
    { name: 'displayName', required: true, description: 'The name to show for the group.' },
    {
      name: 'members',
      type: 'complex',
      multiValued: true,
      description: 'The members of the group: users, and groups that are nested in it.',
      subAttributes: [
        { name: 'value', caseExact: true, mutability: 'immutable', description: 'The id of the member.' },
        {
          name: '$ref',
          type: 'reference',
          referenceTypes: ['User', 'Group'],
          mutability: 'immutable',
          description: 'The URI of the member.',
        },
        // Not in §8.7.1, but clients send it (RFC 7644 §3.5.2.1). It follows the member's own name.
        { name: 'display', mutability: 'readOnly', description: 'The name of the member.' },
        {
          name: 'type',
          canonicalValues: ['User', 'Group'],
          mutability: 'immutable',
          description: 'The resource type of the member.',
        },
      ],
    },
  ],
} as const satisfies SchemaDefinition;
