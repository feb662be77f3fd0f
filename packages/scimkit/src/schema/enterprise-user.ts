// RFC 7643 §4.3, §8.7.1: the enterprise extension of a user. What an attribute leaves out has §2.2's default.
// Where §8.7.1 contradicts §2, §3 or §4, those win; test/schema/rfc7643.test.ts lists each case.
import type { SchemaDefinition } from './schema.ts';

/** The extension of "User" for people who work for an organization (RFC 7643 §4.3). */
export const EnterpriseUserSchema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'What an organization knows about a person who works for it.',
  attributes: [
    { name: 'employeeNumber', description: 'The number that the organization gave the person.' },
    { name: 'costCenter', description: 'The name of the cost center.' },
    { name: 'organization', description: 'The name of the organization.' },
    { name: 'division', description: 'The name of the division.' },
    { name: 'department', description: 'The name of the department.' },
    {
      name: 'manager',
      type: 'complex',
      description: "The person's manager, who is a user as well.",
      subAttributes: [
        { name: 'value', caseExact: true, description: 'The id of the manager.' },
        {
          name: '$ref',
          type: 'reference',
          referenceTypes: ['User'],
          description: 'The URI of the manager.',
        },
        { name: 'displayName', mutability: 'readOnly', description: "The manager's displayName." },
      ],
    },
  ],
} as const satisfies SchemaDefinition;
