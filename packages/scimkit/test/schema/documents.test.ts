// RFC 7643 §6, §7: schemas and resource types read from JSON.
import { describe, expect, test } from 'vitest';
import { createServiceProvider, anonymous, parseResourceTypes, parseSchemas, User } from '../../src/index.ts';
import { createMemoryDatabase } from '../../src/store/memory.ts';

const SERIAL = { name: 'serial', type: 'string', required: true, uniqueness: 'server', caseExact: true };
const RACK = {
  id: 'urn:example:rack',
  name: 'Rack',
  attributes: [SERIAL, { name: 'height', type: 'integer' }],
};
const TYPE = { name: 'Rack', endpoint: '/Racks', schema: 'urn:example:rack' };
const EXTENSION = { id: 'urn:example:site', name: 'Site', attributes: [{ name: 'city', type: 'string' }] };

const discoveryOf = async (path: string) => {
  const stores = createMemoryDatabase();
  const scim = createServiceProvider({
    authentication: anonymous({ tenant: 'acme' }),
    resources: [{ type: User, store: ({ auth }) => stores.open(User, auth) }],
  });
  return (await scim.fetch(new Request(`http://localhost/scim/v2/${path}`))).json();
};

describe('what is accepted (parity 34)', () => {
  test.each([
    ['one object', RACK],
    ['an array', [RACK]],
    [
      'a ListResponse',
      { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], Resources: [RACK] },
    ],
  ])('%s', (_name, json) => {
    const [schema] = parseSchemas(json);
    expect(schema).toMatchObject({
      id: 'urn:example:rack',
      attributes: [{ name: 'serial' }, { name: 'height' }],
    });
    const [type] = parseResourceTypes([TYPE], parseSchemas(json));
    expect(type).toMatchObject({ name: 'Rack', endpoint: '/Racks' });
  });

  test("what /Schemas and /ResourceTypes of a server answer gives that server's types again", async () => {
    const schemas = parseSchemas(await discoveryOf('Schemas'));
    const types = parseResourceTypes(await discoveryOf('ResourceTypes'), schemas);
    expect(types.map(({ name }) => name)).toEqual(['User']);
    expect(types[0]?.attributes.map(({ path }) => path)).toEqual(User.attributes.map(({ path }) => path));
    expect(types[0]?.extensions.map(({ urn }) => urn)).toEqual(User.extensions.map(({ urn }) => urn));
  });

  test('an extension of a built-in schema', () => {
    const json = {
      name: 'User',
      endpoint: '/Users',
      schema: User.urn,
      schemaExtensions: [{ schema: EXTENSION.id, required: true }],
    };
    const [type] = parseResourceTypes(json, parseSchemas(EXTENSION));
    expect(type?.extensions).toMatchObject([{ urn: EXTENSION.id, required: true }]);
  });
});

describe('what is wrong is told with source, place and rule', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'no object',
      'Rack',
      /^racks\.json: an object, an array of objects or a ListResponse is expected \(RFC 7644 §4\)$/,
    ],
    ['a wrong entry', [RACK, 3], /^racks\.json: \[1\]: an object/],
    ['a wrong entry of a list', { Resources: [null] }, /^racks\.json: Resources\[0\]: an object/],
    [
      'a misspelt member',
      { ...RACK, attribute: [] },
      /^racks\.json: there is no "attribute" here; there are schemas, id.*§7/,
    ],
    ['no id', { name: 'Rack', attributes: [] }, /^racks\.json: .*id/],
    ['an id that is no URN', { ...RACK, id: 'rack' }, /^racks\.json: .*rack.*URN/],
    ['a name of another type', { ...RACK, name: 7 }, /^racks\.json: "name" must be a string/],
    [
      'a description of another type',
      { ...RACK, description: [] },
      /^racks\.json: "description" must be a string/,
    ],
    ['no attributes', { id: 'urn:example:rack' }, /^racks\.json: .*attributes/],
    ['attributes that are no array', { ...RACK, attributes: {} }, /^racks\.json: .*attributes/],
    [
      'an attribute that is no object',
      { ...RACK, attributes: ['serial'] },
      /^racks\.json: .*an attribute needs a "name"/,
    ],
    [
      'an unknown type',
      { ...RACK, attributes: [{ name: 'a', type: 'text' }] },
      /^racks\.json: .*attribute "a": "type" must be one of string.*§2\.3/,
    ],
    [
      'an unknown characteristic',
      { ...RACK, attributes: [{ name: 'a', type: 'string', caseexact: true }] },
      /^racks\.json: .*"a".*caseexact/s,
    ],
    ['a wrong name', { ...RACK, attributes: [{ name: 'a b', type: 'string' }] }, /^racks\.json: .*a b/],
    [
      'two of one name',
      { ...RACK, attributes: [SERIAL, { ...SERIAL, name: 'Serial' }] },
      /^racks\.json: .*[Ss]erial/,
    ],
    [
      'a place deep inside',
      { ...RACK, attributes: [{ name: 'a', type: 'complex', subAttributes: [{ name: 'b', type: 'x' }] }] },
      /^racks\.json: .*attribute "a", attribute "b": "type" must be one of/,
    ],
  ])('a schema: %s', (_name, json, message) => {
    expect(() => parseSchemas(json, 'racks.json')).toThrow(TypeError);
    expect(() => parseSchemas(json, 'racks.json')).toThrow(message);
  });

  test.each<[string, unknown, RegExp]>([
    ['no object', 7, /^types\.json: an object/],
    ['a misspelt member', { ...TYPE, extensions: [] }, /^types\.json: there is no "extensions" here.*§6/],
    [
      'an unknown schema',
      { ...TYPE, schema: 'urn:example:shelf' },
      /^types\.json: "schema" must be .* not "urn:example:shelf"; known are urn:example:rack, .*§6/,
    ],
    ['no schema', { ...TYPE, schema: undefined }, /^types\.json: "schema" must be/],
    ['no name', { ...TYPE, name: undefined }, /^types\.json: .*name/],
    ['no endpoint', { ...TYPE, endpoint: undefined }, /^types\.json: .*endpoint/],
    ['an id of another type', { ...TYPE, id: 1 }, /^types\.json: "id" must be a string/],
    [
      'extensions that are no array',
      { ...TYPE, schemaExtensions: {} },
      /^types\.json: "schemaExtensions" must be an array/,
    ],
    [
      'an extension that is no object',
      { ...TYPE, schemaExtensions: ['urn:x'] },
      /^types\.json: schemaExtensions\[0\]: an object/,
    ],
    [
      'a misspelt member of an extension',
      { ...TYPE, schemaExtensions: [{ schema: 'urn:example:rack', mandatory: true }] },
      /schemaExtensions\[0\]: there is no "mandatory"/,
    ],
    [
      'a wrong "required"',
      { ...TYPE, schemaExtensions: [{ schema: EXTENSION.id, required: 'no' }] },
      /schemaExtensions\[0\]: "schema" must be|"required" must be true or false/,
    ],
    [
      'an unknown extension',
      { ...TYPE, schemaExtensions: [{ schema: 'urn:example:none' }] },
      /schemaExtensions\[0\]: "schema" must be/,
    ],
  ])('a resource type: %s', (_name, json, message) => {
    expect(() => parseResourceTypes(json, parseSchemas(RACK), 'types.json')).toThrow(TypeError);
    expect(() => parseResourceTypes(json, parseSchemas(RACK), 'types.json')).toThrow(message);
  });

  test('a schema that is given twice', () => {
    expect(() => parseResourceTypes(TYPE, parseSchemas([RACK, RACK]))).toThrow(
      'The schema "urn:example:rack" is given twice',
    );
  });
});
