// RFC 7643 §5, §6, §7, §8.7.2: the schemas of the discovery resources; schemas and resource types as documents.
// Where §8.7.2 contradicts §2, §3, §5, §6 or §7, those win; test/schema/rfc7643.test.ts lists each case.
import {
  type AttributeDefinition,
  type AttributeType,
  type Mutability,
  type Returned,
  type Uniqueness,
  withDefaults,
} from './attribute.ts';
import type { ResourceType } from './resource-type.ts';
import type { SchemaDefinition } from './schema.ts';

const SUPPORTED = {
  name: 'supported',
  type: 'boolean',
  required: true,
  mutability: 'readOnly',
  description: 'Whether the service provider supports it.',
} as const satisfies AttributeDefinition;

/** The schema of the service provider's configuration (RFC 7643 §5, RFC 9865 §4). */
export const ServiceProviderConfigSchema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  name: 'Service Provider Configuration',
  description: 'What the service provider supports.',
  attributes: [
    {
      name: 'documentationUri',
      type: 'reference',
      referenceTypes: ['external'],
      mutability: 'readOnly',
      description: 'The URL of help for people.',
    },
    {
      name: 'interopProfileConformant',
      type: 'boolean',
      mutability: 'readOnly',
      description: 'The SCIM 2.0 Interoperability Profile is kept (draft-zollner-scim-interop-profile §4).',
    },
    {
      name: 'patch',
      type: 'complex',
      required: true,
      mutability: 'readOnly',
      description: 'PATCH (RFC 7644 §3.5.2).',
      subAttributes: [SUPPORTED],
    },
    {
      name: 'bulk',
      type: 'complex',
      required: true,
      mutability: 'readOnly',
      description: 'Bulk operations (RFC 7644 §3.7).',
      subAttributes: [
        SUPPORTED,
        {
          name: 'maxOperations',
          type: 'integer',
          required: true,
          mutability: 'readOnly',
          description: 'How many operations a request may have.',
        },
        {
          name: 'maxPayloadSize',
          type: 'integer',
          required: true,
          mutability: 'readOnly',
          description: 'How many bytes a request may have.',
        },
      ],
    },
    {
      name: 'filter',
      type: 'complex',
      required: true,
      mutability: 'readOnly',
      description: 'Filters (RFC 7644 §3.4.2.2).',
      subAttributes: [
        SUPPORTED,
        {
          name: 'maxResults',
          type: 'integer',
          required: true,
          mutability: 'readOnly',
          description: 'How many resources a response has at most.',
        },
      ],
    },
    {
      name: 'changePassword',
      type: 'complex',
      required: true,
      mutability: 'readOnly',
      description: 'Setting a new password.',
      subAttributes: [SUPPORTED],
    },
    {
      name: 'sort',
      type: 'complex',
      required: true,
      mutability: 'readOnly',
      description: 'Sorting (RFC 7644 §3.4.2.3).',
      subAttributes: [SUPPORTED],
    },
    {
      name: 'etag',
      type: 'complex',
      required: true,
      mutability: 'readOnly',
      description: 'Versions of resources as ETags (RFC 7644 §3.14).',
      subAttributes: [SUPPORTED],
    },
    {
      name: 'authenticationSchemes',
      type: 'complex',
      multiValued: true,
      required: true,
      mutability: 'readOnly',
      description: 'The ways in which a client may authenticate.',
      subAttributes: [
        {
          name: 'type',
          required: true,
          canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'],
          mutability: 'readOnly',
          description: 'The authentication scheme.',
        },
        {
          name: 'name',
          required: true,
          mutability: 'readOnly',
          description: 'The name of the scheme, such as "HTTP Basic".',
        },
        {
          name: 'description',
          required: true,
          mutability: 'readOnly',
          description: 'What the scheme is.',
        },
        {
          name: 'specUri',
          type: 'reference',
          referenceTypes: ['external'],
          mutability: 'readOnly',
          description: 'The URL of the specification of the scheme.',
        },
        {
          name: 'documentationUri',
          type: 'reference',
          referenceTypes: ['external'],
          mutability: 'readOnly',
          description: 'The URL of help with the scheme.',
        },
        {
          name: 'primary',
          type: 'boolean',
          mutability: 'readOnly',
          description: 'Whether it is the preferred scheme.',
        },
      ],
    },
    {
      name: 'pagination',
      type: 'complex',
      mutability: 'readOnly',
      description: 'How results are divided into pages (RFC 9865 §4).',
      subAttributes: [
        {
          name: 'cursor',
          type: 'boolean',
          required: true,
          mutability: 'readOnly',
          description: 'Whether pages can be asked for by cursor.',
        },
        {
          name: 'index',
          type: 'boolean',
          required: true,
          mutability: 'readOnly',
          description: 'Whether pages can be asked for by startIndex.',
        },
        {
          name: 'defaultPaginationMethod',
          canonicalValues: ['cursor', 'index'],
          mutability: 'readOnly',
          description: 'The method for a request that names none.',
        },
        {
          name: 'defaultPageSize',
          type: 'integer',
          mutability: 'readOnly',
          description: 'How many resources a page has when the request has no count.',
        },
        {
          name: 'maxPageSize',
          type: 'integer',
          mutability: 'readOnly',
          description: 'How many resources a page has at most.',
        },
        {
          name: 'cursorTimeout',
          type: 'integer',
          mutability: 'readOnly',
          description: 'For how many seconds a cursor is valid at least.',
        },
      ],
    },
  ],
} as const satisfies SchemaDefinition;

/** The schema of resource types (RFC 7643 §6). */
export const ResourceTypeSchema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  name: 'ResourceType',
  description: 'A kind of resource.',
  attributes: [
    { name: 'id', mutability: 'readOnly', description: 'The id of the resource type.' },
    {
      name: 'name',
      required: true,
      mutability: 'readOnly',
      description: 'The name of the resource type, as in meta.resourceType.',
    },
    { name: 'description', mutability: 'readOnly', description: 'What the resources are.' },
    {
      name: 'endpoint',
      type: 'reference',
      referenceTypes: ['uri'],
      required: true,
      mutability: 'readOnly',
      description: 'The path of the resources, relative to the base URL.',
    },
    {
      name: 'schema',
      type: 'reference',
      referenceTypes: ['uri'],
      required: true,
      mutability: 'readOnly',
      description: 'The URI of the core schema.',
    },
    {
      name: 'schemaExtensions',
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      description: 'The schema extensions.',
      subAttributes: [
        {
          name: 'schema',
          type: 'reference',
          referenceTypes: ['uri'],
          required: true,
          mutability: 'readOnly',
          description: 'The URI of the extension.',
        },
        {
          name: 'required',
          type: 'boolean',
          required: true,
          mutability: 'readOnly',
          description: 'Whether every resource of the type must have the extension.',
        },
      ],
    },
  ],
} as const satisfies SchemaDefinition;

const ATTRIBUTE_NAME = {
  name: 'name',
  required: true,
  caseExact: true,
  mutability: 'readOnly',
  description: 'The name of the attribute.',
} as const satisfies AttributeDefinition;

const CHARACTERISTICS = [
  {
    name: 'multiValued',
    type: 'boolean',
    required: true,
    mutability: 'readOnly',
    description: 'Whether the attribute has a list of values.',
  },
  { name: 'description', caseExact: true, mutability: 'readOnly', description: 'What the attribute means.' },
  {
    name: 'required',
    type: 'boolean',
    mutability: 'readOnly',
    description: 'Whether the attribute must have a value.',
  },
  {
    name: 'canonicalValues',
    multiValued: true,
    caseExact: true,
    mutability: 'readOnly',
    description: 'The values that are suggested.',
  },
  {
    name: 'caseExact',
    type: 'boolean',
    mutability: 'readOnly',
    description: 'Whether upper and lower case differ.',
  },
  {
    name: 'mutability',
    canonicalValues: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
    caseExact: true,
    mutability: 'readOnly',
    description: 'Whether a client may set the value.',
  },
  {
    name: 'returned',
    canonicalValues: ['always', 'never', 'default', 'request'],
    caseExact: true,
    mutability: 'readOnly',
    description: 'When the value is sent.',
  },
  {
    name: 'uniqueness',
    canonicalValues: ['none', 'server', 'global'],
    caseExact: true,
    mutability: 'readOnly',
    description: 'Within which bounds the value is unique.',
  },
  {
    name: 'referenceTypes',
    multiValued: true,
    caseExact: true,
    mutability: 'readOnly',
    description: 'The resource types that a reference may point to, "external" or "uri".',
  },
] as const satisfies readonly AttributeDefinition[];

/**
 * The schema of schemas (RFC 7643 §7). It alone may nest a complex attribute in another, so it can be
 * described, but `defineSchema` and `defineResourceType` refuse it.
 */
export const SchemaSchema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
  name: 'Schema',
  description: 'A named collection of attributes.',
  attributes: [
    {
      name: 'id',
      required: true,
      caseExact: true,
      mutability: 'readOnly',
      returned: 'always',
      description: 'The URI of the schema.',
    },
    { name: 'name', mutability: 'readOnly', description: 'The name of the schema.' },
    { name: 'description', mutability: 'readOnly', description: 'What the schema is for.' },
    {
      name: 'attributes',
      type: 'complex',
      multiValued: true,
      required: true,
      mutability: 'readOnly',
      description: 'The attributes of the schema.',
      subAttributes: [
        ATTRIBUTE_NAME,
        {
          name: 'type',
          required: true,
          canonicalValues: [
            'string',
            'complex',
            'boolean',
            'decimal',
            'integer',
            'dateTime',
            'reference',
            'binary',
          ],
          mutability: 'readOnly',
          description: 'The data type of the attribute.',
        },
        ...CHARACTERISTICS,
        {
          name: 'subAttributes',
          type: 'complex',
          multiValued: true,
          mutability: 'readOnly',
          description: 'The sub-attributes of a complex attribute.',
          subAttributes: [
            ATTRIBUTE_NAME,
            {
              name: 'type',
              required: true,
              canonicalValues: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary'],
              mutability: 'readOnly',
              description: 'The data type of the sub-attribute.',
            },
            ...CHARACTERISTICS,
          ],
        },
      ],
    },
  ],
} as const satisfies SchemaDefinition;

/** An attribute in the document of its schema (RFC 7643 §7). */
export interface AttributeDocument {
  name: string;
  type: AttributeType;
  multiValued: boolean;
  description?: string;
  required: boolean;
  canonicalValues?: readonly string[];
  caseExact?: boolean;
  mutability: Mutability;
  returned: Returned;
  uniqueness?: Uniqueness;
  referenceTypes?: readonly string[];
  subAttributes?: readonly AttributeDocument[];
}

/** A schema as it is sent (RFC 7643 §7), but for `meta`. */
export interface SchemaDocument {
  schemas: readonly string[];
  id: string;
  name?: string;
  description?: string;
  attributes: readonly AttributeDocument[];
}

/** A resource type as it is sent (RFC 7643 §6), but for `meta`. */
export interface ResourceTypeDocument {
  schemas: readonly string[];
  id: string;
  name: string;
  description?: string;
  endpoint: string;
  schema: string;
  schemaExtensions?: readonly { readonly schema: string; readonly required: boolean }[];
}

// Every characteristic is spelled out, so that a client needs to know no default. What does not apply is
// absent: `caseExact` and `uniqueness` of a complex attribute (§2.3.8, erratum 6004), and texts and lists that
// are empty, since some clients fail on null and on "".
function describeAttribute(definition: AttributeDefinition): AttributeDocument {
  const attribute = withDefaults(definition);
  const complex = attribute.type === 'complex';
  return {
    name: attribute.name,
    type: attribute.type,
    multiValued: attribute.multiValued,
    ...(attribute.description && { description: attribute.description }),
    required: attribute.required,
    ...(attribute.canonicalValues.length > 0 && { canonicalValues: attribute.canonicalValues }),
    ...(!complex && { caseExact: attribute.caseExact }),
    mutability: attribute.mutability,
    returned: attribute.returned,
    ...(!complex && { uniqueness: attribute.uniqueness }),
    ...(attribute.referenceTypes.length > 0 && { referenceTypes: attribute.referenceTypes }),
    ...(complex && { subAttributes: (definition.subAttributes ?? []).map(describeAttribute) }),
  };
}

/** The document that /Schemas has for a schema, without `meta` (RFC 7643 §7, RFC 7644 §4). */
export function describeSchema(schema: SchemaDefinition): SchemaDocument {
  return {
    schemas: [SchemaSchema.id],
    id: schema.id,
    ...(schema.name && { name: schema.name }),
    ...(schema.description && { description: schema.description }),
    attributes: schema.attributes.map(describeAttribute),
  };
}

/** The document that /ResourceTypes has for a resource type, without `meta` (RFC 7643 §6, RFC 7644 §4). */
export function describeResourceType(type: ResourceType): ResourceTypeDocument {
  const { description } = type.definition;
  return {
    schemas: [ResourceTypeSchema.id],
    id: type.id,
    name: type.name,
    ...(description && { description }),
    endpoint: type.endpoint,
    schema: type.urn,
    ...(type.extensions.length > 0 && {
      schemaExtensions: type.extensions.map(({ urn, required }) => ({ schema: urn, required })),
    }),
  };
}
