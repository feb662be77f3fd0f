// logfire PR 2356: 204 for an operation that was not applied. What isn't supported is a 400, and changes nothing: a client
// that is told "done" never asks again (anchor 9; decision 2 has the closed list of what may be ignored).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp } from '../serve/command.ts';
import { TARGETS, Target } from './target.ts';
import { ENTERPRISE, GROUP, PATCH, USER } from './urns.ts';

const OPERATIONS: readonly (readonly [what: string, operation: unknown])[] = [
  ['an op of JSON Patch', { op: 'test', path: 'title', value: 'T' }],
  ['another', { op: 'move', from: 'title', path: 'nickName' }],
  ['an op that is misspelt', { op: 'repalce', path: 'active', value: false }],
  ['no op', { path: 'active', value: false }],
  ['an op in an array', { op: ['replace'], path: 'active', value: false }],
  ['a path of JSON Pointer', { op: 'replace', path: '/active', value: false }],
  ['a path of JSON Path', { op: 'replace', path: '$.active', value: false }],
  ['an index', { op: 'replace', path: 'emails[0].value', value: 'x' }],
  ['an index behind a dot', { op: 'replace', path: 'emails.0.value', value: 'x' }],
  ['an attribute that is misspelt', { op: 'replace', path: 'actve', value: false }],
  ['an attribute of another schema', { op: 'replace', path: `${GROUP}:displayName`, value: 'x' }],
  ['an attribute of no schema', { op: 'replace', path: 'urn:example:User:x', value: 'x' }],
  ['a sub-attribute that there is not', { op: 'replace', path: 'name.nick', value: 'x' }],
  ['too deep a path', { op: 'replace', path: 'emails[type eq "work"].value.x', value: 'x' }],
  ['a filter on one value', { op: 'replace', path: 'userName[value eq "x"]', value: 'x' }],
  ['a filter that is wrong', { op: 'remove', path: 'emails[type is "work"]' }],
  ['a filter that is cut off', { op: 'remove', path: 'emails[type eq "work"' }],
  ['remove without a path', { op: 'remove' }],
  ['remove of everything', { op: 'remove', path: '*' }],
  ['remove of the schema', { op: 'remove', path: USER }],
  ['remove of what is required', { op: 'remove', path: 'userName' }],
  ['a path that is an object', { op: 'replace', path: { active: true }, value: false }],
  ['no value', { op: 'replace', path: 'title' }],
  ['a value without path that is no object', { op: 'replace', value: 'x' }],
  ['a boolean that is a word', { op: 'replace', path: 'active', value: 'no' }],
  ['a boolean that is a number', { op: 'replace', path: 'active', value: 0 }],
  ['what only the server may set', { op: 'replace', path: 'id', value: 'x' }],
  ['what only the server may set, below', { op: 'add', path: 'meta.created', value: '2026-01-01T00:00:00Z' }],
  ['what follows from groups', { op: 'add', path: 'groups', value: [{ value: 'x' }] }],
  ['an extension that is no object', { op: 'replace', path: ENTERPRISE, value: 'x' }],
  ['an operation that is no object', 'replace'],
  ['an operation that is an array', ['replace', 'active', false]],
];

afterAll(cleanUp);

describe.each(TARGETS)('no silent success (logfire PR 2356): %s', (_name, run) => {
  let target: Target;
  let path = '';
  beforeAll(async () => {
    target = await Target.start(run);
    const body = {
      schemas: [USER],
      userName: 'silent',
      title: 'T',
      emails: [{ value: 'a@example.com', type: 'work' }],
    };
    path = `/Users/${await target.make('/Users', body)}`;
  });
  afterAll(() => target.stop());

  test.each(OPERATIONS)('%s', async (_what, operation) => {
    const before = await target.read(path);
    const change = { op: 'replace', path: 'nickName', value: 'N' };
    for (const Operations of [[operation], [change, operation], [operation, change]]) {
      const body = { schemas: [PATCH], Operations };
      const { status, text } = await target.ask({ method: 'PATCH', path, body });
      expect([status, text]).toEqual([400, expect.stringContaining('scimType')]);
      expect(await target.read(path)).toBe(before);
    }
  });
});
