// RFC 7643 §3.1: the attributes that every resource has, besides its schemas' own.
import type { AttributeDefinition } from './attribute.ts';

/**
 * `schemas`, `id`, `externalId` and `meta`. They belong to no schema, so /Schemas doesn't list them.
 */
export const COMMON_ATTRIBUTES = [
  {
    name: 'schemas',
    type: 'string',
    multiValued: true,
    required: true,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'always',
    description: 'The URNs of the schemas that describe the resource.',
  },
  {
    name: 'id',
    type: 'string',
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
    description: 'The identifier that the service provider assigned.',
  },
  {
    name: 'externalId',
    type: 'string',
    caseExact: true,
    mutability: 'readWrite',
    description: 'The identifier that the provisioning client assigned.',
  },
  {
    name: 'meta',
    type: 'complex',
    mutability: 'readOnly',
    description: 'Metadata of the resource.',
    subAttributes: [
      { name: 'resourceType', type: 'string', caseExact: true, mutability: 'readOnly' },
      { name: 'created', type: 'dateTime', mutability: 'readOnly' },
      { name: 'lastModified', type: 'dateTime', mutability: 'readOnly' },
      { name: 'location', type: 'reference', referenceTypes: ['uri'], mutability: 'readOnly' },
      { name: 'version', type: 'string', caseExact: true, mutability: 'readOnly' },
    ],
  },
] as const satisfies readonly AttributeDefinition[];
