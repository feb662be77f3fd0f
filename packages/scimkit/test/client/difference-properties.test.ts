import fc from 'fast-check';
import { Group, type ResourceType, User } from 'scimkit';
import { diff } from 'scimkit/client';
import { describe, expect, test } from 'vitest';
import { applyPatch, type RelationChange } from '../../src/protocol/apply-patch.ts';
import { strict } from '../../src/protocol/leniency.ts';
import { isObject, type JsonObject } from '../../src/protocol/message.ts';
import { readPatch } from '../../src/protocol/patch.ts';
import { PATCH_OP_URN } from '../../src/protocol/urn.ts';
import { readResource, validate } from '../../src/protocol/validate.ts';
import { randomRun } from '../random-run.ts';
import { bodies } from '../store/arbitraries.ts';

// What `diff` says leads from one state of a resource to the other: with the service provider's own engine, at its strictest.
const { seed, runs: numRuns } = randomRun('difference-properties', 500);

/** A resource as a service provider keeps it, and the ids of its members apart. */
function stored(type: ResourceType, body: JsonObject) {
  const { attributes, relations } = readResource(type, body, strict);
  validate(type, attributes, relations);
  return { attributes, members: relations.get('members') ?? [] };
}

function changeMembers(
  before: readonly string[],
  { op, ids = [], filter }: RelationChange,
): readonly string[] {
  if (filter) throw new Error('Members are named by their ids.');
  if (op === 'replace') return ids;
  if (op === 'add') return [...new Set([...before, ...ids])];
  return ids.length === 0 ? [] : before.filter((id) => !ids.includes(id));
}

/** Of several values that are primary, the first stays so. */
function onePrimary(elements: readonly JsonObject[]): readonly JsonObject[] {
  const first = elements.findIndex(({ primary }) => primary === true);
  return elements.map((element, at) =>
    at > first && element.primary ? { ...element, primary: false } : element,
  );
}

/** Values of one attribute have no order (RFC 7643 §2.4). */
function inAnyOrder(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(inAnyOrder).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inAnyOrder(part)]));
}

/** The same with its names in the other order, what is absent as null, and values in another order. */
function shuffled(type: ResourceType, body: JsonObject): JsonObject {
  const absent = type.attributes
    .filter(({ name }) => !(name in body))
    .map(({ name }) => [name, null] as const);
  const given = Object.entries(body).map(([name, value]) => {
    const isList = Array.isArray(value) && name !== 'schemas';
    return [name, isList ? value.toReversed() : value] as const;
  });
  return Object.fromEntries([...absent, ...given.toReversed()]);
}

describe.each<readonly [name: string, type: ResourceType]>([
  ['users, with the enterprise extension', User],
  ['groups', Group],
])('the difference between two %s', (_, type) => {
  const body = bodies(type).map((given): JsonObject => {
    const urns = [type.urn, ...type.extensions.map(({ urn }) => urn)];
    const own = Object.entries(given)
      .filter(([name]) => !name.startsWith('urn:') || urns.includes(name))
      // A member is known by its id.
      .map(([name, value]) => [
        name,
        name === 'members' ? (value as JsonObject[]).filter((m) => m.value) : value,
      ]);
    // Who was deactivated stays so, until somebody says otherwise: service providers don't let that be removed.
    return { ...(type.byName.has('active') && { active: true }), ...Object.fromEntries(own), schemas: urns };
  });

  /** A second state that shares much with the first: some of its attributes, and some of the values of the others. */
  const neighbours = fc
    .tuple(body, body, fc.infiniteStream(fc.boolean()))
    .map(([one, other, coins]): readonly [JsonObject, JsonObject] => {
      const isHeads = () => coins.next().value as boolean;
      const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
      const mixed = names.map((name) => {
        const [mine, theirs] = [one[name], other[name]];
        const isList = Array.isArray(mine) && Array.isArray(theirs) && name !== 'schemas';
        return [name, isList ? onePrimary([...mine, ...theirs].filter(isHeads)) : isHeads() ? mine : theirs];
      });
      return [one, { ...Object.fromEntries(mixed), ...required(one) }];
    });
  const required = (given: JsonObject) =>
    Object.fromEntries(type.attributes.filter((a) => a.required).map(({ name }) => [name, given[name]]));

  test('leads from the one to the other', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(body, body), neighbours), ([one, other]) => {
        const before = stored(type, one);
        const after = stored(type, other);
        const operations = diff(type, one, other);
        const message = { schemas: [PATCH_OP_URN], Operations: operations };
        const { changes } = readPatch(type, message, strict);
        const outcome = applyPatch(type, before.attributes, changes);
        expect(inAnyOrder(outcome.attributes)).toEqual(inAnyOrder(after.attributes));
        const members = outcome.relations.reduce(changeMembers, before.members);
        expect(new Set(members)).toEqual(new Set(after.members));
      }),
      { seed, numRuns },
    );
  });

  test('is none between a resource and itself, however it is written', () => {
    fc.assert(
      fc.property(body, (one) => {
        expect(diff(type, one, structuredClone(one))).toEqual([]);
        expect(diff(type, one, shuffled(type, one))).toEqual([]);
        expect(diff(type, shuffled(type, one), one)).toEqual([]);
      }),
      { seed, numRuns },
    );
  });

  test('is found between a resource and whatever a change leaves of it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(body, body), neighbours), ([one, other]) => {
        const isSame =
          JSON.stringify(inAnyOrder(stored(type, one))) === JSON.stringify(inAnyOrder(stored(type, other)));
        if (!isSame) expect(diff(type, one, other)).not.toEqual([]);
      }),
      { seed, numRuns },
    );
  });
});
