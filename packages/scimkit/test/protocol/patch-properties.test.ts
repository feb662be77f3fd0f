import fc from 'fast-check';
import { type Attributes, formatFilter, ScimError } from 'scimkit';
import { expect, test } from 'vitest';
import { isPrimary } from '../../src/protocol/value.ts';
import { body, filters } from '../store/arbitraries.ts';
import { EXTENSION, letter, patch, read, strict, THING, Thing } from './resource.ts';
import { randomRun } from '../random-run.ts';

// Random PATCHes keep a resource valid, and what should be idempotent is.
const { seed, runs: numRuns } = randomRun('patch-properties', 1_000);

const top = [...Thing.attributes, ...(Thing.extensions[0]?.attributes ?? [])].filter(
  (a) => a.name !== 'meta',
);
const paths = top.flatMap((a) => [a, ...a.subAttributes]).map((a) => a.path);
const hostile = fc.constantFrom(
  '__proto__',
  'constructor.prototype',
  'toString',
  'parts[',
  'parts[]',
  'name.name',
  '',
  'urn:x:y',
  EXTENSION,
  THING,
);

/** Paths: attributes, value paths with and without sub-attribute, and what is none. */
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...paths) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(filters(Thing, ['x']), fc.constantFrom('', '.value', '.type', '.primary', '.notes', '.nope'))
      .filter(([filter]) => filter.kind === 'valuePath')
      .map(([filter, sub]) => formatFilter(filter) + sub),
  },
  { weight: 1, arbitrary: hostile },
);
const value = fc.oneof(
  { weight: 3, arbitrary: body.chain((b) => fc.constantFrom(...Object.values(b))) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('a', 'B', 'True', 1, 0.5, true, null, '', [], {}, ['a'], { value: 'a' }, [
      { value: 'a', primary: true },
      { value: 'b', primary: true },
    ]),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
const operation = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'remove', 'Add', 'move'), path, value }),
  fc.record({
    op: fc.constantFrom('add', 'replace'),
    value: fc.oneof(body, fc.dictionary(path, value, { maxKeys: 3 })),
  }),
);
const resource = body.map((b) => read(Thing, b, strict));

function tryPatch(before: Attributes, operations: readonly unknown[], leniency?: typeof strict) {
  try {
    return patch(Thing, before, operations, leniency);
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
    return undefined;
  }
}

test('whatever a PATCH holds: a valid resource or a ScimError, and no prototype is touched', () => {
  const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  let applied = 0;
  fc.assert(
    fc.property(
      resource,
      fc.array(operation, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (before, operations, isLetter) => {
        const frozen = JSON.stringify(before);
        const outcome = tryPatch(before, operations, isLetter ? letter : undefined);
        expect(JSON.stringify(before)).toBe(frozen);
        if (!outcome) return;
        applied++;
        const { attributes, changed } = outcome;
        // Valid by the strictest reading, canonical to the letter, with one primary value at most.
        expect(JSON.stringify(read(Thing, { schemas: [THING, EXTENSION], ...attributes }, strict))).toBe(
          JSON.stringify(attributes),
        );
        expect(changed).toBe(JSON.stringify(attributes) !== frozen);
        const parts = (attributes.parts ?? []) as readonly unknown[];
        expect(parts.filter(isPrimary).length).toBeLessThanOrEqual(1);
      },
    ),
    { seed, numRuns },
  );
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
  expect(applied).toBeGreaterThan(numRuns * 0.05);
}, 300_000);

test('one operation twice is one operation', () => {
  let applied = 0;
  fc.assert(
    fc.property(resource, operation, (before, one) => {
      const once = tryPatch(before, [one]);
      const twice = once && tryPatch(once.attributes, [one]);
      if (!once || !twice) return;
      // A value path may stop matching what it has changed, and then makes an element anew; and keys of one value may
      // change what the others have added. Those apart:
      const { path, value: given } = one as { path?: string; value?: unknown };
      const names = path === undefined ? Object.keys(given as object) : [path];
      if (
        names.some((name) => name.includes('[')) ||
        (names.length > 1 && names.some((name) => name.includes('.')))
      )
        return;
      applied++;
      expect(twice.attributes).toEqual(once.attributes);
      expect(twice.changed).toBe(false);
    }),
    { seed, numRuns },
  );
  expect(applied).toBeGreaterThan(numRuns * 0.05);
}, 300_000);
