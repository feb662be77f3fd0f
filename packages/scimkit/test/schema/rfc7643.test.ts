// RFC 7643 §8.7: our schemas against its JSON. The fixture has the characteristics of §8.7.1 and §8.7.2 as
// printed, without the descriptions.
import { describe, expect, test } from 'vitest';
import {
  type AttributeDocument,
  describeSchema,
  ResourceTypeSchema,
  SchemaSchema,
  ServiceProviderConfigSchema,
} from '../../src/schema/discovery.ts';
import { EnterpriseUserSchema } from '../../src/schema/enterprise-user.ts';
import { GroupSchema } from '../../src/schema/group.ts';
import { UserSchema } from '../../src/schema/user.ts';
import printed from './rfc7643-8.7.json' with { type: 'json' };

const SCHEMAS = {
  User: UserSchema,
  Group: GroupSchema,
  EnterpriseUser: EnterpriseUserSchema,
  ServiceProviderConfig: ServiceProviderConfigSchema,
  ResourceType: ResourceTypeSchema,
  Schema: SchemaSchema,
};
type SchemaName = keyof typeof SCHEMAS;

interface Deviation {
  schema: SchemaName;
  paths: string[];
  /** "attribute": the whole attribute. */
  characteristic: string;
  printed: unknown;
  ours: unknown;
  reason: string;
}

const ABSENT = '(absent)';
const ADDED = '(added)';
const EXACT_REFERENCE = '§2.3.7: a reference is case exact; erratum 6001';
const EXACT_ID = '§3.1: an id is case exact, and §4 makes this the id of a resource';
const NO_UNIQUENESS = '§2.3.8: a complex attribute has no uniqueness; erratum 6004';

const DEVIATIONS: Deviation[] = [
  {
    schema: 'User',
    paths: ['name', 'emails', 'addresses'],
    characteristic: 'uniqueness',
    printed: 'none',
    ours: ABSENT,
    reason: NO_UNIQUENESS,
  },
  {
    schema: 'User',
    paths: ['profileUrl', 'photos.value', 'groups.$ref'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: EXACT_REFERENCE,
  },
  {
    schema: 'User',
    paths: ['ims.type'],
    characteristic: 'canonicalValues',
    printed: ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo'],
    ours: ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo', 'other'],
    reason: '§4.1.2 names "other" as well',
  },
  {
    schema: 'User',
    paths: ['addresses.primary'],
    characteristic: 'attribute',
    printed: ABSENT,
    ours: ADDED,
    reason: '§2.4: a default sub-attribute; §8.2 has it in an address, and clients send it',
  },
  {
    schema: 'User',
    paths: ['groups.value'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: EXACT_ID,
  },
  {
    schema: 'User',
    paths: ['groups.$ref'],
    characteristic: 'referenceTypes',
    printed: ['User', 'Group'],
    ours: ['Group'],
    reason: '§4.1.2: it is the URI of a "Group"',
  },
  {
    schema: 'User',
    paths: ['x509Certificates'],
    characteristic: 'caseExact',
    printed: false,
    ours: ABSENT,
    reason: '§2.3.8: a complex attribute has no case sensitivity',
  },
  {
    schema: 'User',
    paths: ['x509Certificates.value'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: '§2.3.6: a binary is case exact; erratum 6000',
  },
  {
    schema: 'Group',
    paths: ['displayName'],
    characteristic: 'required',
    printed: false,
    ours: true,
    reason: '§4.2: REQUIRED; erratum 5368',
  },
  {
    schema: 'Group',
    paths: ['members.value'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: EXACT_ID,
  },
  {
    schema: 'Group',
    paths: ['members.$ref'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: EXACT_REFERENCE,
  },
  {
    schema: 'Group',
    paths: ['members.display'],
    characteristic: 'attribute',
    printed: ABSENT,
    ours: ADDED,
    reason: '§2.4: a default sub-attribute; §8.4 has it in a member; erratum 6011',
  },
  {
    schema: 'EnterpriseUser',
    paths: ['manager.value'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: EXACT_ID,
  },
  {
    schema: 'EnterpriseUser',
    paths: ['manager.$ref'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: EXACT_REFERENCE,
  },
  {
    schema: 'ServiceProviderConfig',
    paths: ['documentationUri', 'authenticationSchemes.specUri', 'authenticationSchemes.documentationUri'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: EXACT_REFERENCE,
  },
  {
    schema: 'ServiceProviderConfig',
    paths: ['interopProfileConformant'],
    characteristic: 'attribute',
    printed: ABSENT,
    ours: ADDED,
    reason: 'draft-zollner-scim-interop-profile §4',
  },
  {
    schema: 'ServiceProviderConfig',
    paths: ['etag', 'etag.supported'],
    characteristic: 'attribute',
    printed: ABSENT,
    ours: ADDED,
    reason: '§5: REQUIRED',
  },
  {
    schema: 'ServiceProviderConfig',
    paths: ['authenticationSchemes.type'],
    characteristic: 'attribute',
    printed: ABSENT,
    ours: ADDED,
    reason: '§5: REQUIRED; erratum 8011',
  },
  {
    schema: 'ServiceProviderConfig',
    paths: ['authenticationSchemes.primary'],
    characteristic: 'attribute',
    printed: ABSENT,
    ours: ADDED,
    reason: '§2.4: a default sub-attribute; §8.5 has it in a scheme',
  },
  {
    schema: 'ServiceProviderConfig',
    paths: [
      'pagination',
      'pagination.cursor',
      'pagination.index',
      'pagination.defaultPaginationMethod',
      'pagination.defaultPageSize',
      'pagination.maxPageSize',
      'pagination.cursorTimeout',
    ],
    characteristic: 'attribute',
    printed: ABSENT,
    ours: ADDED,
    reason: 'RFC 9865 §4',
  },
  {
    schema: 'ResourceType',
    paths: ['endpoint'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: EXACT_REFERENCE,
  },
  {
    schema: 'ResourceType',
    paths: ['schemaExtensions'],
    characteristic: 'multiValued',
    printed: false,
    ours: true,
    reason: '§6: a list; erratum 7522',
  },
  {
    schema: 'ResourceType',
    paths: ['schemaExtensions'],
    characteristic: 'required',
    printed: true,
    ours: false,
    reason: '§6: OPTIONAL',
  },
  {
    schema: 'Schema',
    paths: ['id'],
    characteristic: 'caseExact',
    printed: false,
    ours: true,
    reason: '§3.1: an id is case exact, and that takes precedence',
  },
  {
    schema: 'Schema',
    paths: ['id'],
    characteristic: 'returned',
    printed: 'default',
    ours: 'always',
    reason: '§3.1, §7: an id is always returned',
  },
  {
    schema: 'Schema',
    paths: ['name'],
    characteristic: 'required',
    printed: true,
    ours: false,
    reason: '§7: OPTIONAL',
  },
  {
    schema: 'Schema',
    paths: ['attributes.type'],
    characteristic: 'canonicalValues',
    printed: ['string', 'complex', 'boolean', 'decimal', 'integer', 'dateTime', 'reference'],
    ours: ['string', 'complex', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary'],
    reason: '§2.3: binary is a type; erratum 5606',
  },
  {
    schema: 'Schema',
    paths: ['attributes.subAttributes.type'],
    characteristic: 'canonicalValues',
    printed: ['string', 'complex', 'boolean', 'decimal', 'integer', 'dateTime', 'reference'],
    ours: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary'],
    reason: '§2.3.8: a sub-attribute is never complex; erratum 8415',
  },
  {
    schema: 'Schema',
    paths: ['attributes.subAttributes.referenceTypes'],
    characteristic: 'multiValued',
    printed: false,
    ours: true,
    reason: '§7: an array; erratum 5607',
  },
];

interface Printed extends Omit<Partial<AttributeDocument>, 'name' | 'subAttributes'> {
  name: string;
  subAttributes?: Printed[];
}

const CHARACTERISTICS = [
  'type',
  'multiValued',
  'required',
  'canonicalValues',
  'caseExact',
  'mutability',
  'returned',
  'uniqueness',
  'referenceTypes',
] as const;

// What §2.2 says of a characteristic that isn't printed.
const DEFAULTS: Readonly<Record<string, unknown>> = { caseExact: false, uniqueness: 'none' };

function flatten(attributes: readonly unknown[], prefix = ''): Map<string, Printed> {
  const all = new Map<string, Printed>();
  for (const attribute of attributes as readonly Printed[]) {
    const path = `${prefix}${attribute.name}`;
    all.set(path, attribute);
    for (const [sub, value] of flatten(attribute.subAttributes ?? [], `${path}.`)) all.set(sub, value);
  }
  return all;
}

const assigned = (value: unknown) =>
  value === undefined || (Array.isArray(value) && value.length === 0) ? ABSENT : value;

function differences(schema: SchemaName): string[] {
  const found: string[] = [];
  const add = (path: string, characteristic: string, theirs: unknown, ours: unknown) =>
    found.push(JSON.stringify([path, characteristic, theirs, ours]));
  const theirs = flatten(printed[SCHEMAS[schema].id]);
  const ours = flatten(describeSchema(SCHEMAS[schema]).attributes);
  for (const path of theirs.keys()) if (!ours.has(path)) add(path, 'attribute', 'printed', ABSENT);
  for (const [path, attribute] of ours) {
    const other = theirs.get(path);
    if (!other) {
      add(path, 'attribute', ABSENT, ADDED);
      continue;
    }
    for (const characteristic of CHARACTERISTICS) {
      const [a, b] = [assigned(other[characteristic]), assigned(attribute[characteristic])];
      if (a === ABSENT && b === DEFAULTS[characteristic]) continue;
      if (JSON.stringify(a) !== JSON.stringify(b)) add(path, characteristic, a, b);
    }
  }
  return found.sort();
}

describe.each(Object.keys(SCHEMAS) as SchemaName[])('%s', (schema) => {
  test('is what RFC 7643 §8.7 prints, but for the deviations listed', () => {
    const listed = DEVIATIONS.filter((deviation) => deviation.schema === schema).flatMap((deviation) =>
      deviation.paths.map((path) =>
        JSON.stringify([path, deviation.characteristic, deviation.printed, deviation.ours]),
      ),
    );
    expect(differences(schema)).toEqual(listed.sort());
  });

  test('has its attributes in the order of RFC 7643 §8.7', () => {
    const theirs = [...flatten(printed[SCHEMAS[schema].id]).keys()];
    const ours = [...flatten(describeSchema(SCHEMAS[schema]).attributes).keys()];
    expect(ours.filter((path) => theirs.includes(path))).toEqual(theirs);
  });
});

test('every deviation says why', () => {
  for (const { reason } of DEVIATIONS) expect(reason).toMatch(/^(?:RFC \d+ |draft-[a-z-]+ )?§\d/);
});
