import fc from 'fast-check';
import { defineResourceType, type Reference } from 'scimkit';
import { expect, test } from 'vitest';
import { strict } from '../../src/protocol/leniency.ts';
import { compileProjection } from '../../src/protocol/project.ts';
import { appendRelations, listJson, readValues } from '../../src/provider/pieces.ts';
import { randomRun } from '../random-run.ts';

// JSON in pieces says what JSON at once says, whatever is asked for (RFC 7644 §3.9), and however it is cut.
const { seed, runs: numRuns } = randomRun('pieces', 500);

const reference = (returned: 'default' | 'request' | 'always') =>
  ({
    type: 'complex',
    multiValued: true,
    subAttributes: [
      { name: 'value' },
      { name: '$ref', type: 'reference', referenceTypes: ['Team'] },
      { name: 'display', mutability: 'readOnly' },
      { name: 'type', returned },
    ],
  }) as const;
const Team = defineResourceType({
  name: 'Team',
  endpoint: '/Teams',
  schema: {
    id: 'urn:example:Team',
    attributes: [
      { name: 'displayName', required: true },
      { name: 'members', ...reference('default') },
      { name: 'guests', ...reference('request') },
      { name: 'owners', ...reference('always'), returned: 'request' },
    ],
  },
});
const names = ['members', 'guests', 'owners'] as const;
const attributes = names.map(
  (name) => Team.byName.get(name) as NonNullable<ReturnType<typeof Team.byName.get>>,
);
const asked = fc.array(
  fc.constantFrom(
    ...['id', 'displayName', 'meta', 'Members', 'nothing', Team.urn],
    ...names.flatMap((name) => [
      name,
      ...['value', '$ref', 'display', 'type'].map((sub) => `${name}.${sub}`),
    ]),
  ),
  { minLength: 1, maxLength: 4 },
);

/** Values, each with its place as id. */
const values = fc
  .array(
    fc.record({ type: fc.constantFrom('Team', 'x"'), display: fc.string() }, { requiredKeys: ['type'] }),
    { maxLength: 7 },
  )
  .map((list) => list.map((value, place): Reference => ({ value: String(place), ...value })));

const collect = async (pieces: AsyncIterable<string>) => {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
};

test('a resource', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(values, values, values),
      fc.oneof(
        fc.record({ attributes: asked }),
        fc.record({ excludedAttributes: asked }),
        fc.record({ mentioned: asked.map((list) => new Set(list)) }),
      ),
      fc.nat(4),
      fc.integer({ min: 1, max: 4 }),
      async (lists, request, first, atOnce) => {
        const projection = compileProjection(Team, request, strict);
        const own = { schemas: [Team.urn], id: '1', displayName: 'T' };
        const whole = { ...own, ...Object.fromEntries(names.map((name, i) => [name, lists[i]])) };
        const large = attributes.map((attribute, i) => {
          const list = lists[i] as readonly Reference[];
          const readOn = async (after: string | undefined) => {
            const start = after === undefined ? 0 : Number(after) + 1;
            return list.slice(start, start + atOnce);
          };
          return { attribute, pages: readValues(readOn, '1', attribute.path, list.slice(0, first)) };
        });
        const wanted = large.filter(({ attribute }) => projection.includes(attribute));
        const object = JSON.stringify(projection.project(own));
        const text = await collect(appendRelations(object, wanted, projection, (references) => references));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(projection.project(whole))));
      },
    ),
    { seed, numRuns },
  );
});

test('a list', async () => {
  async function* cut(text: string, length: number) {
    for (let i = 0; i < text.length; i += length) yield text.slice(i, i + length);
  }
  const element = fc.tuple(fc.json(), fc.option(fc.integer({ min: 1, max: 9 })));
  await fc.assert(
    fc.asyncProperty(fc.array(element), async (elements) => {
      const body = listJson(
        elements.map(([json, length]) => (length === null ? json : cut(json, length))),
        { totalResults: 9, startIndex: 3, itemsPerPage: elements.length },
      );
      const text = typeof body === 'string' ? body : await collect(body as AsyncIterable<string>);
      expect(typeof body === 'string').toBe(elements.every(([, length]) => length === null));
      expect(JSON.parse(text)).toEqual({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: 9,
        startIndex: 3,
        itemsPerPage: elements.length,
        Resources: elements.map(([json]) => JSON.parse(json)),
      });
    }),
    { seed, numRuns },
  );
});
