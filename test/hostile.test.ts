import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { bearerTokens, createServiceProvider, Group, User } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { describe, expect, test } from 'vitest';
import { root } from './serve/command.ts';

// What identity providers send, mutated: no answer but 2xx, 3xx, 4xx and the deliberate 501 (decision 24; anchors 8 to
// 10, 18), each error a SCIM Error, no prototype changed, and afterwards everything works. SCIMKIT_SEED repeats a run.
const seed = Number(process.env.SCIMKIT_SEED ?? Date.now() % 1_000_000);
const numRuns = Number(process.env.SCIMKIT_RUNS ?? 3_000);
console.log(`hostile: SCIMKIT_SEED=${seed} SCIMKIT_RUNS=${numRuns}`);

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

const folder = join(root, '../shared/idp');

/** The requests of all recordings, with their variables as they stand. */
function recorded(): readonly Step[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { steps: Step[] }).steps)
    .filter((step) => step.method !== undefined && step.path !== undefined);
}

const ODD_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  'schemas',
  'id',
  'members',
  'userName',
  'emails[type eq "work"].value',
  'a'.repeat(300),
];
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    [],
    {},
    true,
    false,
    0,
    -1,
    Number.POSITIVE_INFINITY,
    1e21,
    'x',
    '\0',
    '\ud800',
    '__proto__',
    'bulkId:x',
    'True',
    [[]],
    [null],
    [[['x']]],
    { value: { value: 1 } },
  ),
  fc.constantFrom(...ODD_KEYS).map((key) => JSON.parse(`{${JSON.stringify(key)}:{"polluted":1}}`)),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Puts something odd somewhere into a JSON value. */
function mutate(value: unknown, path: readonly number[], odd: unknown, key: string, how: number): unknown {
  const [step = 0, ...rest] = path;
  if (Array.isArray(value) && value.length > 0 && path.length > 0) {
    const index = step % value.length;
    return value.map((element, i) => (i === index ? mutate(element, rest, odd, key, how) : element));
  }
  if (typeof value === 'object' && value !== null && path.length > 0) {
    const entries = Object.entries(value);
    const index = entries.length === 0 ? 0 : step % entries.length;
    const changed = entries.map(([name, part], i) =>
      i === index && how % 4 !== 1 ? [name, mutate(part, rest, odd, key, how)] : [name, part],
    );
    if (how % 4 === 1) changed.push([key, odd]);
    if (how % 4 === 2) changed.splice(index, 1);
    return Object.fromEntries(changed.map(([name, part]) => [String(name), part]));
  }
  return how % 4 === 3 && typeof value === 'string' ? `${value}${typeof odd}` : odd;
}

const FILTER_PARTS = [
  '(',
  ')',
  '[',
  ']',
  '"',
  '\\',
  ' and ',
  ' or ',
  ' not ',
  ' eq ',
  ' pr',
  'userName',
  '.value',
  '%',
  '\u0000',
  '__proto__',
  '"x"',
  'emails',
  'true',
  '5',
  '😀',
];
const url = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.constantFrom(...FILTER_PARTS), { maxLength: 12 })
      .map((parts) => `?filter=${encodeURIComponent(parts.join(''))}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('sortBy', 'attributes', 'excludedAttributes', 'count', 'startIndex', 'sortOrder'),
        fc.oneof(fc.constantFrom(...ODD_KEYS), fc.string()),
      )
      .map(([name, value]) => `?${name}=${encodeURIComponent(value.replace(/[\ud800-\udfff]/g, ''))}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '?filter=%',
      '?filter=%E0%A4%A',
      '/%00',
      '/__proto__',
      '/../Users',
      '?'.repeat(50),
      '#x',
    ),
  },
);

describe.each([
  ['memory', () => createMemoryDatabase()],
  ['sqlite', () => createSqliteDatabase({ path: ':memory:' })],
])('on %s', (_, create) => {
  // In CI the recordings must be there; elsewhere the test counts as skipped.
  test.skipIf(!process.env.CI && !existsSync(folder))(
    'mutated recordings',
    async () => {
      const database = create();
      const failures: unknown[] = [];
      const scim = createServiceProvider({
        authentication: bearerTokens([{ token: 'secret', auth: { tenant: 'acme' } }]),
        resources: [
          { type: User, store: ({ auth }) => database.open(User, auth) },
          { type: Group, store: ({ auth }) => database.open(Group, auth) },
        ],
        observe: ({ error, response }) => {
          if (response.status === 500) failures.push(error);
        },
      });
      const send = (method: string, path: string, body?: string) =>
        scim.fetch(
          new Request(`https://scim.test/scim/v2${path}`, {
            method,
            headers: { authorization: 'Bearer secret', 'content-type': 'application/scim+json' },
            ...(body !== undefined && method !== 'GET' && method !== 'HEAD' && { body }),
          }),
        );
      const create201 = async (path: string, body: object) =>
        ((await (await send('POST', path, JSON.stringify(body))).json()) as { id: string }).id;
      const schemas = (name: string) => [`urn:ietf:params:scim:schemas:core:2.0:${name}`];
      const userId = await create201('/Users', {
        schemas: schemas('User'),
        userName: 'known',
        emails: [{ value: 'a', type: 'work' }],
      });
      const groupId = await create201('/Groups', {
        schemas: schemas('Group'),
        displayName: 'known',
        members: [{ value: userId }],
      });
      const steps = recorded();
      const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
      const known = (text: string) =>
        text.replaceAll('{{groupId}}', groupId).replaceAll(/\{\{(\w*[uU]ser\w*|m\d|boss\w*)\}\}/g, userId);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...steps),
          fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
          oddValue,
          fc.constantFrom(...ODD_KEYS),
          fc.nat(3),
          url,
          async (step, path, odd, key, how, more) => {
            const body =
              step.body === undefined
                ? undefined
                : known(JSON.stringify(mutate(step.body, path, odd, key, how)) ?? 'x');
            const response = await send(
              step.method,
              known(step.path) + (more ?? ''),
              how === 0 ? body?.slice(0, -1) : body,
            );
            const text = await response.text();
            expect(failures).toEqual([]);
            expect([501, ...(response.status < 500 ? [response.status] : [])]).toContain(response.status);
            if (response.status >= 400 && text !== '') {
              expect(JSON.parse(text)).toMatchObject({
                schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
                status: String(response.status),
                detail: expect.stringMatching(/\S/),
              });
            }
          },
        ),
        { seed, numRuns },
      );
      expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect((await send('GET', '/Users')).status).toBe(200);
      await create201('/Users', { schemas: schemas('User'), userName: 'afterwards' });
    },
    600_000,
  );
});
