// What a request of one client costs all others: whatever is sent, an answer comes soon, and it names the limit that was
// passed. Each of these once took the process seconds or minutes, overflowed its stack, or is of that kind.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp } from '../serve/command.ts';
import type { RawRequest } from './request.ts';
import { TARGETS, Target } from './target.ts';
import { BULK, GROUP, PATCH, SEARCH, USER } from './urns.ts';

const MEBIBYTE = 1024 * 1024;
const list = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));
const keys = (length: number, key: (index: number) => string) =>
  Object.fromEntries(list(length, (i) => [key(i), 'x']));
/** JSON of so many megabytes that repeats one element. */
const filled = (megabytes: number, before: string, element: string, after: string) =>
  `${before}${`${element},`.repeat((megabytes * MEBIBYTE) / (element.length + 1))}${element}${after}`;

let made = 0;
const userWith = (more: object): RawRequest => ({
  method: 'POST',
  path: '/Users',
  body: { schemas: [USER], userName: `cost-${made++}`, ...more },
});
const groupWith = (members: readonly unknown[]): RawRequest => ({
  method: 'POST',
  path: '/Groups',
  body: { schemas: [GROUP], displayName: 'cost', members },
});
const raw = (path: string, body: string): RawRequest => ({ method: 'POST', path, body });
const search = (more: object): RawRequest => ({
  method: 'POST',
  path: '/Users/.search',
  body: { schemas: [SEARCH], attributes: ['id'], count: 1, ...more },
});
const bulk = (Operations: readonly unknown[]): RawRequest => ({
  method: 'POST',
  path: '/Bulk',
  body: { schemas: [BULK], Operations },
});
const patch = (path: string, Operations: readonly unknown[]): RawRequest => ({
  method: 'PATCH',
  path,
  body: { schemas: [PATCH], Operations },
});

interface Victim {
  readonly user: string;
  readonly group: string;
}
type Row = readonly [what: string, request: (victim: Victim) => RawRequest, status: number, detail?: RegExp];

const VALUES = /600000 values \(bodyValues\)/;
const FILTER = list(400, (i) => `title co "${i}"`).join(' or ');

const onGroups = (count: number) => list(count, (i) => `groups.display co "${i}"`).join(' or ');

const ROWS: readonly Row[] = [
  ['30 MB of arrays', () => raw('/Users', filled(30, '{"emails":[', '[]', ']}')), 413, VALUES],
  ['30 MB of objects', () => raw('/Users', filled(30, '{"emails":[', '{}', ']}')), 413, VALUES],
  ['30 MB of numbers', () => raw('/Users', filled(30, '{"emails":[', '1', ']}')), 413, VALUES],
  ['30 MB of keys', () => raw('/Users', filled(30, '{"a":1,', '"userName":"a"', '}')), 413, VALUES],
  ['30 MB of schemas', () => raw('/Users', filled(30, '{"schemas":[', '""', ']}')), 413, VALUES],
  ['9 MB of operations', () => raw('/Bulk', filled(9, '{"Operations":[', '{}', ']}')), 413, VALUES],
  ['30 MB of names', () => search({ attributes: 'a,'.repeat(15 * MEBIBYTE) }), 400, /names.*\(bodyValues\)/],
  ['30 MB of one name', () => userWith({ displayName: 'x'.repeat(30 * MEBIBYTE) }), 201],
  ['9 MB of letters that grow', () => userWith({ displayName: 'İ'.repeat(4 * MEBIBYTE) }), 201],
  ['30 MB of a filter', () => search({ filter: '('.repeat(30 * MEBIBYTE) }), 400, /\(filterLength\)/],
  ['30 MB of a path', ({ user }) => patch(user, [{ op: 'remove', path: 'a.'.repeat(15 * MEBIBYTE) }]), 400],
  [
    '9 MB of a bulkId',
    () => bulk([{ method: 'DELETE', path: `/Users/bulkId:${'z'.repeat(9 * MEBIBYTE)}` }]),
    200,
  ],
  ['9 MB of references', () => bulk([{ method: 'DELETE', path: '"bulkId:a"'.repeat(800_000) }]), 200],
  ['more than 32 MiB', () => userWith({ title: 'x'.repeat(32 * MEBIBYTE) }), 413, /\(bodySize\)/],
  ['100,000 unknown attributes', () => userWith(keys(100_000, (i) => `k${i}`)), 201],
  [
    '140,000 values',
    () => userWith({ emails: list(140_000, (i) => ({ value: `${i}` })) }),
    400,
    /\(values\)/,
  ],
  ['100,000 members that are unknown', () => groupWith(list(100_000, (i) => ({ value: `${i}` }))), 201],
  ['100,001 members', () => groupWith(list(100_001, (i) => ({ value: `${i}` }))), 413, /\(members\)/],
  [
    '100 members of 90 kB',
    () => groupWith(list(100, (i) => ({ value: `${i}`.repeat(90_000 / `${i}`.length) }))),
    201,
  ],
  ['1,001 operations', () => bulk(list(1_001, () => ({}))), 413, /\(maxOperations\)/],
  ['1,000 operations that are none', () => bulk(list(1_000, () => null)), 200],
  [
    'a circle of 1,000',
    () =>
      bulk(
        list(1_000, (i) => ({
          method: 'POST',
          path: '/Groups',
          bulkId: `c${i}`,
          data: { displayName: 'circle', members: [{ value: `bulkId:c${(i + 1) % 1_000}` }] },
        })),
      ),
    200,
  ],
  [
    '100 that refer to all of them',
    () =>
      bulk(
        list(100, (i) => ({
          method: 'POST',
          path: '/Groups',
          bulkId: `a${i}`,
          data: { displayName: 'all', members: list(100, (j) => ({ value: `bulkId:a${j}` })) },
        })),
      ),
    200,
  ],
  [
    '2,001 operations of a PATCH',
    ({ user }) =>
      patch(
        user,
        list(2_001, () => ({})),
      ),
    413,
    /\(patchOperations\)/,
  ],
  [
    '100,000 paths as keys',
    ({ user }) => patch(user, [{ op: 'add', value: keys(100_000, (i) => `emails[type eq "${i}"].value`) }]),
    413,
    /\(patchOperations\)/,
  ],
  [
    '140,000 keys of no attribute',
    ({ user }) => patch(user, [{ op: 'add', value: keys(140_000, (i) => `urn:x:k${i}`) }]),
    200,
  ],
  [
    '2,000 operations with 50 values each',
    ({ user }) =>
      patch(
        user,
        list(2_000, (i) => ({
          op: 'add',
          path: i % 2 ? 'emails' : 'phoneNumbers',
          value: list(50, (j) => ({ value: `${i}-${j}` })),
        })),
      ),
    400,
    /at most 1000 are accepted \(values\)/,
  ],
  [
    '2,000 operations that make values',
    ({ user }) =>
      patch(
        user,
        list(2_000, (i) => ({ op: 'add', path: `emails[type eq "${i}"].value`, value: 'x' })),
      ),
    400,
    /\(values\)/,
  ],
  [
    '2,000 operations on members',
    ({ group }) =>
      patch(
        group,
        list(2_000, (i) => ({ op: 'remove', path: `members[value eq "${i}" or value eq "x${i}"]` })),
      ),
    204,
  ],
  [
    '20 searches of members',
    ({ group }) =>
      patch(
        group,
        list(20, (i) => ({ op: 'remove', path: `members[value eq "${i}" or not (display co "x")]` })),
      ),
    204,
  ],
  [
    '21 searches of members',
    ({ group }) =>
      patch(
        group,
        list(21, (i) => ({ op: 'remove', path: `members[display eq "${i}"]` })),
      ),
    413,
    /\(filterComputed\)/,
  ],
  ['400 comparisons', () => search({ filter: FILTER }), 200],
  ['32 levels', () => search({ filter: `${'not ('.repeat(32)}id pr${')'.repeat(32)}` }), 200],
  ['33 levels', () => search({ filter: `${'('.repeat(33)}id pr${')'.repeat(33)}` }), 400, /\(filterDepth\)/],
  ['5,000 levels', () => search({ filter: '('.repeat(5_000) }), 400, /\(filterDepth\)/],
  [
    '501 comparisons',
    () => search({ filter: list(501, () => 'id pr').join(' or ') }),
    400,
    /\(filterNodes\)/,
  ],
  [
    'the last page there could be',
    () => ({ method: 'GET', path: `/Users?startIndex=${Number.MAX_SAFE_INTEGER}` }),
    200,
  ],
  ['20 conditions on groups', () => search({ filter: onGroups(20) }), 200],
  ['21 conditions on groups', () => search({ filter: onGroups(21) }), 400, /\(filterComputed\)/],
  ['16 kB of parameters', () => ({ method: 'GET', path: `/Users?count=1${'&a='.repeat(5_000)}` }), 200],
  ['16 kB of slashes', () => ({ method: 'GET', path: `${'/'.repeat(15_000)}Users?count=1` }), 200],
];

afterAll(cleanUp);

describe.each(TARGETS)('%s', (_name, run) => {
  let target: Target;
  let victim: Victim;
  beforeAll(async () => {
    target = await Target.start(run);
    const user = await target.make('/Users', { schemas: [USER], userName: 'cost' });
    const group = await target.make('/Groups', {
      schemas: [GROUP],
      displayName: 'cost',
      members: [{ value: user }],
    });
    victim = { user: `/Users/${user}`, group: `/Groups/${group}` };
  });
  afterAll(() => target.stop());

  // That none takes longer than the socket waits is the point.
  const rows = ROWS.map(([what, request, status, detail]) => ({ what, request, status, detail }));
  test.each(rows)('$what', { timeout: 30_000 }, async ({ request, status, detail }) => {
    const answer = await target.ask(request(victim));
    expect([answer.status, answer.text.slice(0, 300)]).toEqual([status, expect.any(String)]);
    if (detail) expect(JSON.parse(answer.text).detail).toMatch(detail);
  });

  test('after 1,000 values, 2,000 operations on them', { timeout: 30_000 }, async () => {
    const emails = list(1_000, (i) => ({ value: `u${i}@example.com`, type: 'work' }));
    const path = `/Users/${await target.make('/Users', { schemas: [USER], userName: `cost-${made++}`, emails })}`;
    for (const operation of [
      (i: number) => ({
        op: 'replace',
        path: `emails[value eq "u${i % 1_000}@example.com"].display`,
        value: `${i}`,
      }),
      (i: number) => ({ op: 'replace', path: 'emails.display', value: `${i}` }),
      (i: number) => ({
        op: 'add',
        path: i % 2 ? 'emails' : 'phoneNumbers',
        value: [{ value: `u${i % 500}` }],
      }),
      (i: number) => ({ op: 'remove', path: `emails[value eq "u${i}@example.com"]` }),
    ]) {
      const { status, text } = await target.ask(patch(path, list(2_000, operation)));
      expect([text.slice(0, 300), [200, 400].includes(status)]).toEqual([text.slice(0, 300), true]);
    }
  });

  test('what the log keeps of it is short', () => {
    const lines = target.running.written().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(100_000);
  });

  test('afterwards all is as it was', () => target.assertUnharmed());
});
