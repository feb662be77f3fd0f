// Values of the wrong type at every attribute and sub-attribute that the schemas have, by POST, by PUT and by PATCH: either
// a 400 that names the attribute, or a rewrite that leaves a resource of the right types. Never a text where a boolean is.
import {
  type AttributeDefinition,
  EnterpriseUserSchema,
  GroupSchema,
  type SchemaDefinition,
  UserSchema,
} from 'scimkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp } from '../serve/command.ts';
import type { RawRequest } from './request.ts';
import { TARGETS, Target } from './target.ts';
import { ENTERPRISE, GROUP, PATCH, USER } from './urns.ts';

const WRONG: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 'x', '', ' ', 'true', '5', '2026-02-30T00:00:00Z'],
  ...[[], {}, [null], [[]], [{}], [''], ['x'], ['x', 'y'], [true], [5], [['x']], [{ value: 'x' }]],
  ...[{ value: 'x' }, { value: {} }, { value: ['x'] }, { value: null }, { x: 1 }, { 0: 'x', length: 1 }],
  ...[
    { toString: 'x' },
    { $ref: 5 },
    [{ value: 'x', primary: 'yes' }],
    [{ primary: true }, { primary: true }],
  ],
];

/** An attribute, and where it stands in a body. */
interface Place {
  readonly path: string;
  readonly attribute: AttributeDefinition;
  /** A body, or a value without path, that has a value there. */
  wrap(value: unknown): Record<string, unknown>;
}

function placesOf(schema: SchemaDefinition, urn?: string): readonly Place[] {
  const within = (value: Record<string, unknown>) => (urn === undefined ? value : { [urn]: value });
  return schema.attributes.flatMap((attribute) => {
    const path = urn === undefined ? attribute.name : `${urn}:${attribute.name}`;
    const whole: Place = { path, attribute, wrap: (value) => within({ [attribute.name]: value }) };
    const parts = (attribute.subAttributes ?? []).map((sub): Place => {
      const wrap = (value: unknown) => {
        // A member needs its value, so that what is wrong is the other one.
        const part = { ...(attribute.name === 'members' && { value: 'nobody' }), [sub.name]: value };
        return within({ [attribute.name]: attribute.multiValued ? [part] : part });
      };
      return { path: `${path}.${sub.name}`, attribute: sub, wrap };
    });
    return [whole, ...parts];
  });
}

/** RFC 7643 §3 and §3.1. */
const COMMON = placesOf({
  id: 'common',
  attributes: [
    { name: 'schemas', multiValued: true, mutability: 'readWrite' },
    { name: 'id', mutability: 'readOnly' },
    { name: 'externalId' },
    {
      name: 'meta',
      type: 'complex',
      mutability: 'readOnly',
      subAttributes: ['resourceType', 'created', 'lastModified', 'location', 'version'].map((name) => ({
        name,
        mutability: 'readOnly',
      })),
    },
  ],
});

const TYPES: readonly (readonly [
  endpoint: string,
  required: () => object,
  schemas: readonly SchemaDefinition[],
  places: readonly Place[],
])[] = [
  [
    '/Users',
    () => ({ schemas: [USER, ENTERPRISE], userName: `types-${Math.random()}` }),
    [UserSchema, EnterpriseUserSchema],
    [...COMMON, ...placesOf(UserSchema), ...placesOf(EnterpriseUserSchema, ENTERPRISE)],
  ],
  [
    '/Groups',
    () => ({ schemas: [GROUP], displayName: 'types' }),
    [GroupSchema],
    [...COMMON, ...placesOf(GroupSchema)],
  ],
];

/** Whether a value is what its attribute says. */
function isOfType(
  { type = 'string', multiValued, subAttributes = [] }: AttributeDefinition,
  value: unknown,
): boolean {
  if (multiValued) {
    return (
      Array.isArray(value) &&
      value.every((element) =>
        isOfType({ ...({ type, subAttributes } as AttributeDefinition), multiValued: false }, element),
      )
    );
  }
  switch (type) {
    case 'complex':
      return (
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        areOfTypes(subAttributes, value)
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
    case 'decimal':
      return typeof value === 'number';
    default:
      return typeof value === 'string' && value !== '';
  }
}

const areOfTypes = (attributes: readonly AttributeDefinition[], object: object): boolean =>
  Object.entries(object).every(([name, value]) => {
    const attribute = attributes.find((one) => one.name === name);
    return attribute !== undefined && isOfType(attribute, value);
  });

/** What a resource has that its schemas don't say. */
function assertTypes([core, ...extensions]: readonly SchemaDefinition[], text: string): void {
  const { schemas, id, externalId, meta, ...rest } = JSON.parse(text);
  expect([typeof id, typeof (externalId ?? ''), typeof meta, Array.isArray(schemas)]).toEqual([
    'string',
    'string',
    'object',
    true,
  ]);
  for (const { id: urn, attributes } of extensions) {
    if (rest[urn] !== undefined) expect([text, areOfTypes(attributes, rest[urn])]).toEqual([text, true]);
    delete rest[urn];
  }
  expect([text, areOfTypes((core as SchemaDefinition).attributes, rest)]).toEqual([text, true]);
}

afterAll(cleanUp);

describe.each(TARGETS)('%s', (_name, run) => {
  let target: Target;
  beforeAll(async () => {
    target = await Target.start(run);
  });
  afterAll(() => target.stop());

  describe.each(TYPES)('%s', (endpoint, required, schemas, places) => {
    /** Asks, and holds what comes of it against the schemas. */
    async function probe(request: RawRequest, path: string, statuses: readonly number[]): Promise<void> {
      const { status, text } = await target.ask(request);
      const what = `${request.method} ${JSON.stringify(request.body)}`;
      // Some of the texts are names that another has.
      const isTaken = path === 'userName' && status === 409;
      const isRight = statuses.includes(status) || isTaken;
      expect([what, isRight ? 'right' : `${status} ${text}`]).toEqual([what, 'right']);
      if (status === 400) {
        const { detail, scimType } = JSON.parse(text);
        expect(['invalidValue', 'invalidSyntax', 'invalidPath', 'mutability']).toContain(scimType);
        // It says where: the attribute, or the one that it is a part of.
        const [last = ''] = path.split(':').slice(-1);
        expect(detail).toContain(last.split('.')[0]);
      } else if (status < 300 && text) assertTypes(schemas, text);
    }

    test.each(places.map((place) => [place.path, place] as const))(
      '%s',
      { timeout: 60_000 },
      async (path, { attribute, wrap }) => {
        const id = await target.make(endpoint, required());
        const isReadOnly = attribute.mutability === 'readOnly';
        for (const value of WRONG) {
          const body = () => ({ ...required(), ...wrap(value) });
          await probe({ method: 'POST', path: endpoint, body: body() }, path, [201, 400]);
          await probe({ method: 'PUT', path: `${endpoint}/${id}`, body: body() }, path, [200, 400]);
          for (const operation of [
            { op: 'add', path, value },
            { op: 'replace', path, value },
            { op: 'replace', value: wrap(value) },
            { op: 'remove', path, value },
          ]) {
            const request = {
              method: 'PATCH',
              path: `${endpoint}/${id}`,
              body: { schemas: [PATCH], Operations: [operation] },
            };
            await probe(request, path, isReadOnly && operation.path ? [400] : [200, 204, 400]);
          }
        }
        assertTypes(schemas, await target.read(`${endpoint}/${id}`));
      },
    );
  });

  test('afterwards all is as it was', () => target.assertUnharmed());
});
