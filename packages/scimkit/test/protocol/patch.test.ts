import { defineResourceType } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../src/protocol/apply-patch.ts';
import { readPatch } from '../../src/protocol/patch.ts';
import { ENTERPRISE, GROUP, PATCH_OP, USER } from '../fixture.ts';
import { EXTENSION, Group, letter, patch, read, strict, THING, Thing, tolerant, User } from './resource.ts';

const ada = {
  userName: 'ada',
  name: { familyName: 'Lovelace', givenName: 'Ada' },
  active: true,
  emails: [
    { value: 'ada@work.org', type: 'work', primary: true },
    { value: 'ada@home.org', type: 'home' },
  ],
};
const work = ada.emails[0];
const home = ada.emails[1];
type Operations = readonly unknown[];

/** Rows: [section or must-handle, operations, what changes]. An attribute that is gone is undefined. */
function table(
  rows: readonly [string, Operations, Record<string, unknown>][],
  leniency = () => tolerant().leniency,
) {
  test.each(rows)('%s', (_what, operations, changes) => {
    const expected = { ...ada, ...changes };
    const { attributes, changed } = patch(User, ada, operations, leniency());
    expect(attributes).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(changed).toBe(JSON.stringify(attributes) !== JSON.stringify(ada));
    // The result is what a client could have sent: it reads as itself.
    const body = { schemas: [USER, ENTERPRISE], ...attributes };
    expect(read(User, body, strict)).toEqual(attributes);
  });
}

describe('as the RFC has it, without any rewrite too (RFC 7644 §3.5.2.1 to §3.5.2.3)', () => {
  table(
    [
      ['add a single-valued attribute', [{ op: 'add', path: 'title', value: 'C' }], { title: 'C' }],
      ['add replaces a single value', [{ op: 'add', path: 'userName', value: 'b' }], { userName: 'b' }],
      [
        'add without path',
        [{ op: 'add', value: { nickname: 'B', emails: [{ value: 'x@y.z' }] } }],
        { nickName: 'B', emails: [work, home, { value: 'x@y.z' }] },
      ],
      [
        'add to a multi-valued attribute',
        [{ op: 'add', path: 'emails', value: [{ value: 'x@y.z' }] }],
        { emails: [work, home, { value: 'x@y.z' }] },
      ],
      [
        'add one value without an array',
        [{ op: 'add', path: 'emails', value: { value: 'x@y.z' } }],
        { emails: [work, home, { value: 'x@y.z' }] },
      ],
      ['add what is there', [{ op: 'add', path: 'emails', value: [home] }], {}],
      [
        'add what is there, in another case and with more: what it says more is added',
        [{ op: 'add', path: 'emails', value: [{ value: 'ADA@home.org', type: 'Home', display: 'D' }] }],
        { emails: [work, { value: 'ada@home.org', display: 'D', type: 'home' }] },
      ],
      [
        'add the same value of another type, or of none',
        [
          { op: 'add', path: 'emails', value: [{ value: 'ada@home.org', type: 'other' }] },
          { op: 'add', path: 'emails', value: [{ value: 'ada@home.org' }] },
        ],
        { emails: [work, home, { value: 'ada@home.org', type: 'other' }, { value: 'ada@home.org' }] },
      ],
      [
        'add values without "value": each once',
        [
          { op: 'add', path: 'addresses', value: [{ locality: 'L' }, { locality: 'M' }, { locality: 'L' }] },
          { op: 'add', path: 'addresses', value: [{ locality: 'm' }] },
        ],
        { addresses: [{ locality: 'L' }, { locality: 'M' }] },
      ],
      [
        'add to the first of two that are alike',
        [
          { op: 'add', path: 'emails', value: [{ value: 'x' }] },
          { op: 'replace', path: 'emails', value: [{ value: 'x' }, { value: 'x', display: 'D' }] },
          { op: 'add', path: 'emails', value: [{ value: 'x', display: 'E' }] },
        ],
        {
          emails: [
            { value: 'x', display: 'E' },
            { value: 'x', display: 'D' },
          ],
        },
      ],
      [
        'add one value twice in one operation',
        [{ op: 'add', path: 'emails', value: [{ value: 'x' }, { value: 'x', display: 'D' }] }],
        { emails: [work, home, { value: 'x', display: 'D' }] },
      ],
      [
        'add several times in a row',
        [
          { op: 'add', path: 'emails', value: [{ value: 'x' }] },
          { op: 'add', path: 'emails', value: [{ value: 'y' }] },
          { op: 'add', path: 'phoneNumbers', value: [{ value: '1' }] },
          { op: 'add', path: 'emails', value: [{ value: 'z' }] },
        ],
        {
          emails: [work, home, { value: 'x' }, { value: 'y' }, { value: 'z' }],
          phoneNumbers: [{ value: '1' }],
        },
      ],
      [
        'add, remove, add',
        [
          { op: 'add', path: 'title', value: 'C' },
          { op: 'add', path: 'emails', value: [{ value: 'x' }] },
          { op: 'remove', path: 'emails' },
          { op: 'add', path: 'emails', value: [{ value: 'y' }] },
        ],
        { title: 'C', emails: [{ value: 'y' }] },
      ],
      [
        'add, then replace',
        [
          { op: 'add', path: 'emails', value: [{ value: 'x' }] },
          { op: 'replace', path: 'emails', value: [{ value: 'y' }] },
        ],
        { emails: [{ value: 'y' }] },
      ],
      [
        'add a sub-attribute where there is no value',
        [{ op: 'add', path: 'phoneNumbers.value', value: '1' }],
        { phoneNumbers: [{ value: '1' }] },
      ],
      [
        'replace a sub-attribute of all values',
        [{ op: 'replace', path: 'emails.type', value: 'other' }],
        {
          emails: [
            { ...work, type: 'other' },
            { ...home, type: 'other' },
          ],
        },
      ],
      [
        'of several that become primary, the first stays so',
        [{ op: 'replace', path: 'emails.primary', value: true }],
        { emails: [work, { ...home, primary: false }] },
      ],
      ['add nothing at a value path', [{ op: 'add', path: 'emails[type eq "home"]', value: null }], {}],
      [
        'replace by nothing at a value path',
        [{ op: 'replace', path: 'emails[type eq "home"]', value: null }],
        { emails: [work] },
      ],
      [
        'a value path on a singular attribute that is such',
        [
          { op: 'replace', path: 'name[familyName eq "lovelace"].givenName', value: 'B' },
          { op: 'add', path: 'name[givenName eq "B"]', value: { middleName: 'K' } },
          { op: 'remove', path: 'name[middleName eq "K"].familyName' },
        ],
        { name: { givenName: 'B', middleName: 'K' } },
      ],
      [
        'remove a singular attribute that is such',
        [{ op: 'remove', path: 'name[familyName eq "Lovelace"]' }],
        { name: undefined },
      ],
      [
        'remove a singular attribute that is not such, or not there',
        [
          { op: 'remove', path: 'name[familyName eq "B"]' },
          { op: 'remove', path: 'name[familyName eq "B"].givenName' },
          { op: 'remove', path: `${ENTERPRISE}:manager[value eq "m"]` },
        ],
        {},
      ],
      [
        'add to a complex attribute merges',
        [{ op: 'add', path: 'name', value: { middleName: 'K' } }],
        { name: { ...ada.name, middleName: 'K' } },
      ],
      [
        'add a sub-attribute',
        [{ op: 'add', path: 'name.middleName', value: 'K' }],
        { name: { ...ada.name, middleName: 'K' } },
      ],
      [
        'add at a value path',
        [{ op: 'add', path: 'emails[type eq "home"].display', value: 'D' }],
        { emails: [work, { ...home, display: 'D' }] },
      ],
      [
        'add an object at a value path merges',
        [{ op: 'add', path: 'emails[type eq "home"]', value: { display: 'D' } }],
        { emails: [work, { ...home, display: 'D' }] },
      ],
      ['remove a single value', [{ op: 'remove', path: 'name' }], { name: undefined }],
      [
        'remove a sub-attribute',
        [{ op: 'remove', path: 'name.givenName' }],
        { name: { familyName: 'Lovelace' } },
      ],
      [
        'remove the last sub-attribute',
        [
          { op: 'remove', path: 'name.givenName' },
          { op: 'remove', path: 'name.familyName' },
        ],
        { name: undefined },
      ],
      ['remove a multi-valued attribute', [{ op: 'remove', path: 'emails' }], { emails: undefined }],
      [
        'remove by value path',
        [{ op: 'remove', path: 'emails[type eq "work" and value ew "work.org"]' }],
        { emails: [home] },
      ],
      ['remove all by value paths', [{ op: 'remove', path: 'emails[value pr]' }], { emails: undefined }],
      [
        'remove a sub-attribute at a value path',
        [{ op: 'remove', path: 'emails[type eq "work"].primary' }],
        { emails: [{ value: 'ada@work.org', type: 'work' }, home] },
      ],
      [
        'remove what is not there',
        [
          { op: 'remove', path: 'title' },
          { op: 'remove', path: 'emails[type eq "x"]' },
          { op: 'remove', path: 'phoneNumbers' },
        ],
        {},
      ],
      ['replace a single value', [{ op: 'replace', path: 'userName', value: 'b' }], { userName: 'b' }],
      ['replace what is not there adds', [{ op: 'replace', path: 'title', value: 'C' }], { title: 'C' }],
      [
        'replace a complex attribute keeps the rest',
        [{ op: 'replace', path: 'name', value: { givenName: 'B' } }],
        { name: { familyName: 'Lovelace', givenName: 'B' } },
      ],
      [
        'replace a multi-valued attribute',
        [{ op: 'replace', path: 'emails', value: [{ value: 'x@y.z' }] }],
        { emails: [{ value: 'x@y.z' }] },
      ],
      [
        'replace without path',
        [{ op: 'replace', value: { emails: [{ value: 'x@y.z', type: 'work', primary: true }], title: 'C' } }],
        { title: 'C', emails: [{ value: 'x@y.z', type: 'work', primary: true }] },
      ],
      [
        "replace at a value path takes the element's place",
        [{ op: 'replace', path: 'emails[type eq "work"]', value: { value: 'x@y.z', type: 'work' } }],
        { emails: [{ value: 'x@y.z', type: 'work' }, home] },
      ],
      [
        'replace keeps what the value path says',
        [{ op: 'replace', path: 'emails[type eq "work"]', value: { value: 'x@y.z' } }],
        { emails: [{ value: 'x@y.z', type: 'work' }, home] },
      ],
      [
        'replace at a value path: what the value says wins',
        [{ op: 'replace', path: 'emails[type eq "work"]', value: { value: 'x@y.z', type: 'other' } }],
        { emails: [{ value: 'x@y.z', type: 'other' }, home] },
      ],
      [
        'replace at a value path that says more than equality',
        [{ op: 'replace', path: 'emails[value co "work"]', value: { value: 'x@y.z' } }],
        { emails: [{ value: 'x@y.z' }, home] },
      ],
      [
        'replace a sub-attribute of all that match',
        [{ op: 'replace', path: 'emails[value co "ada"].display', value: 'D' }],
        {
          emails: [
            { value: 'ada@work.org', display: 'D', type: 'work', primary: true },
            { value: 'ada@home.org', display: 'D', type: 'home' },
          ],
        },
      ],
      [
        'a new primary demotes the old one (§3.5.2)',
        [{ op: 'replace', path: 'emails[type eq "home"].primary', value: true }],
        {
          emails: [
            { ...work, primary: false },
            { ...home, primary: true },
          ],
        },
      ],
      [
        'a value that becomes primary demotes those after it too',
        [
          { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
          { op: 'replace', path: 'emails[type eq "work"].primary', value: true },
        ],
        { emails: [work, { ...home, primary: false }] },
      ],
      [
        'a value that is there and is added as primary demotes the others',
        [
          { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
          { op: 'add', path: 'emails', value: [work] },
        ],
        { emails: [work, { ...home, primary: false }] },
      ],
      [
        'an added primary demotes the old one',
        [{ op: 'add', path: 'emails', value: [{ value: 'x@y.z', primary: true }] }],
        { emails: [{ ...work, primary: false }, home, { value: 'x@y.z', primary: true }] },
      ],
      [
        'operations see those before them',
        [
          { op: 'add', path: 'title', value: 'C' },
          { op: 'remove', path: 'title' },
          { op: 'add', path: 'title', value: 'D' },
        ],
        { title: 'D' },
      ],
      [
        'names, URNs and values in any case',
        [
          { op: 'replace', path: `${USER.toUpperCase()}:USERNAME`, value: 'b' },
          { op: 'remove', path: 'EMAILS[TYPE EQ "WORK"]' },
        ],
        { userName: 'b', emails: [home] },
      ],
      [
        'an extension appears with its first attribute (24)',
        [{ op: 'add', path: `${ENTERPRISE}:department`, value: 'R' }],
        { [ENTERPRISE]: { department: 'R' } },
      ],
      [
        'a whole extension as path',
        [{ op: 'add', path: ENTERPRISE, value: { department: 'R', costCenter: 'C' } }],
        { [ENTERPRISE]: { costCenter: 'C', department: 'R' } },
      ],
      [
        'a whole extension as key merges (23)',
        [
          { op: 'add', value: { [ENTERPRISE]: { department: 'R' } } },
          { op: 'replace', value: { [ENTERPRISE]: { costCenter: 'C' } } },
        ],
        { [ENTERPRISE]: { costCenter: 'C', department: 'R' } },
      ],
      [
        'an extension goes with its last attribute',
        [
          { op: 'add', path: `${ENTERPRISE}:department`, value: 'R' },
          { op: 'remove', path: `${ENTERPRISE}:department` },
        ],
        {},
      ],
      [
        'removing a whole extension',
        [
          { op: 'add', path: ENTERPRISE, value: { department: 'R' } },
          { op: 'remove', path: ENTERPRISE },
        ],
        {},
      ],
      [
        'null and [] clear (RFC 7643 §2.5)',
        [
          { op: 'replace', path: 'name', value: null },
          { op: 'replace', value: { emails: [] } },
        ],
        { name: undefined, emails: undefined },
      ],
      [
        'unknown and readOnly keys without path are ignored (decision 2)',
        [{ op: 'replace', value: { shoeSize: 4, id: 'x', meta: {}, groups: [{ value: 'g' }], title: 'C' } }],
        { title: 'C' },
      ],
      [
        'schemas follow the attributes',
        [
          { op: 'add', path: 'schemas', value: ['urn:x'] },
          { op: 'add', value: { schemas: ['urn:x'] } },
        ],
        {},
      ],
      ['no operations', [], {}],
    ],
    () => letter,
  );
});

describe('as real clients have it (must-handle 15, 16, 20 to 32)', () => {
  table([
    [
      '20: op in any case',
      [
        { op: 'Add', path: 'title', value: 'C' },
        { op: 'REPLACE', path: 'userName', value: 'b' },
        { op: 'Remove', path: 'name' },
      ],
      { title: 'C', userName: 'b', name: undefined },
    ],
    [
      '22: dotted keys',
      [{ op: 'replace', value: { 'name.givenName': 'B', title: 'C' } }],
      { name: { familyName: 'Lovelace', givenName: 'B' }, title: 'C' },
    ],
    [
      '22: dotted keys, and a value path as key',
      [{ op: 'replace', value: { 'emails[type eq "home"].value': 'x@y.z' } }],
      { emails: [work, { value: 'x@y.z', type: 'home' }] },
    ],
    [
      '23: URN keys',
      [
        {
          op: 'replace',
          value: { [`${ENTERPRISE}:employeeNumber`]: '7', [`${ENTERPRISE}:manager.value`]: 'm' },
        },
      ],
      { [ENTERPRISE]: { employeeNumber: '7', manager: { value: 'm' } } },
    ],
    ['23: a core URN as key', [{ op: 'replace', value: { [`${USER}:title`]: 'C' } }], { title: 'C' }],
    [
      '23: a dot after the URN',
      [{ op: 'replace', path: `${ENTERPRISE}.department`, value: 'R' }],
      { [ENTERPRISE]: { department: 'R' } },
    ],
    [
      '23: no URN at all',
      [
        { op: 'replace', path: 'department', value: 'R' },
        { op: 'add', value: { costCenter: 'C' } },
      ],
      { [ENTERPRISE]: { costCenter: 'C', department: 'R' } },
    ],
    [
      '23: a readOnly path as key is ignored',
      [{ op: 'replace', value: { [`${ENTERPRISE}:manager.displayName`]: 'x', 'meta.created': 'y' } }],
      {},
    ],
    [
      '25: replace at a value path that matches nothing',
      [{ op: 'Replace', path: 'addresses[type eq "home"].postalCode', value: '94105' }],
      { addresses: [{ postalCode: '94105', type: 'home' }] },
    ],
    [
      '25: later operations hit the same element',
      [
        { op: 'Add', path: 'addresses[type eq "Work"].locality', value: 'L' },
        { op: 'Add', path: 'addresses[type eq "work"].country', value: 'US' },
      ],
      { addresses: [{ locality: 'L', country: 'US', type: 'Work' }] },
    ],
    [
      '25: two conditions',
      [{ op: 'add', path: 'emails[type eq "other" and primary eq false].value', value: 'x' }],
      { emails: [work, home, { value: 'x', type: 'other', primary: false }] },
    ],
    [
      '25: a new primary demotes the old one',
      [{ op: 'add', path: 'emails[type eq "other" and primary eq true].value', value: 'x' }],
      { emails: [{ ...work, primary: false }, home, { value: 'x', type: 'other', primary: true }] },
    ],
    [
      '25: a singular attribute that is not there',
      [{ op: 'add', path: `${ENTERPRISE}:manager[value eq "m"].$ref`, value: '../Users/m' }],
      { [ENTERPRISE]: { manager: { value: 'm', $ref: '../Users/m' } } },
    ],
    [
      '25: an object',
      [{ op: 'add', path: 'phoneNumbers[type eq "fax"]', value: { value: '1' } }],
      { phoneNumbers: [{ value: '1', type: 'fax' }] },
    ],
    [
      '25: an empty value creates nothing',
      [{ op: 'replace', path: 'phoneNumbers[type eq "fax"].value', value: '' }],
      {},
    ],
    [
      '26: a quoted boolean; three operations, one role',
      [
        { op: 'Add', path: 'roles[primary eq "True"].value', value: 'r' },
        { op: 'Add', path: 'roles[primary eq "True"].display', value: 'R' },
        { op: 'Add', path: 'roles[primary eq "true"].type', value: 'T' },
      ],
      { roles: [{ value: 'r', display: 'R', type: 'T', primary: true }] },
    ],
    [
      '27: manager as text, array, object',
      [
        { op: 'Add', path: `${ENTERPRISE}:manager`, value: 'm' },
        { op: 'Add', path: 'manager', value: [{ $ref: 'x', value: 'n' }] },
      ],
      { [ENTERPRISE]: { manager: { value: 'n', $ref: 'x' } } },
    ],
    [
      '27: "" clears the manager',
      [
        { op: 'Add', path: `${ENTERPRISE}:manager`, value: 'm' },
        { op: 'Replace', path: `${ENTERPRISE}:manager`, value: '' },
      ],
      {},
    ],
    [
      '28: two merges without path',
      [
        { op: 'replace', value: { name: { familyName: 'B' } } },
        { op: 'replace', value: { name: { givenName: 'C' } } },
      ],
      { name: { familyName: 'B', givenName: 'C' } },
    ],
    [
      '29: remove with an array of values',
      [{ op: 'Remove', path: 'emails', value: [{ value: 'ADA@work.org' }] }],
      { emails: [home] },
    ],
    [
      '29: remove with an object, of this type alone',
      [{ op: 'Remove', path: 'emails', value: { value: 'ada@work.org', type: 'home' } }],
      {},
    ],
    [
      '29: remove with an object: what else it says does not count',
      [{ op: 'Remove', path: 'emails', value: { value: 'ada@home.org', display: 'D', primary: true } }],
      { emails: [work] },
    ],
    [
      '29: remove values of several forms',
      [
        { op: 'add', path: 'emails', value: [{ display: 'D' }, { display: 'E' }] },
        {
          op: 'Remove',
          path: 'emails',
          value: [{ value: 'ada@home.org' }, { value: 'ada@work.org', type: 'WORK' }, { display: 'd' }],
        },
      ],
      { emails: [{ display: 'E' }] },
    ],
    ['29: remove with an empty array removes nothing', [{ op: 'Remove', path: 'emails', value: [] }], {}],
    [
      '29: remove with null removes all',
      [{ op: 'Remove', path: 'emails', value: null }],
      { emails: undefined },
    ],
    [
      '29: what is left without a value goes',
      [{ op: 'Remove', path: 'emails[type eq "home"].value' }],
      { emails: [work] },
    ],
    [
      '29: what is left without a value goes, be it the primary one; an empty value removes too',
      [{ op: 'Replace', path: 'emails[type eq "work"].value', value: '' }],
      { emails: [home] },
    ],
    [
      '29: what has no value and is changed stays',
      [
        { op: 'add', path: 'roles', value: [{ type: 'T' }] },
        { op: 'replace', path: 'roles[type eq "T"].primary', value: true },
      ],
      { roles: [{ type: 'T', primary: true }] },
    ],
    [
      '15: booleans as text',
      [
        { op: 'replace', path: 'active', value: 'False' },
        { op: 'replace', value: { active: 'false' } },
      ],
      { active: false },
    ],
    [
      '16: e-mails as one object, one text',
      [
        { op: 'replace', path: 'emails', value: { value: 'x@y.z' } },
        { op: 'add', path: 'emails', value: 'z@y.x' },
      ],
      { emails: [{ value: 'x@y.z' }, { value: 'z@y.x' }] },
    ],
    [
      '16: an array for a scalar, a number for a text',
      [
        { op: 'replace', path: 'title', value: ['C'] },
        { op: 'replace', path: 'nickName', value: 7 },
      ],
      { title: 'C', nickName: '7' },
    ],
    [
      '16: JSON in a text stays text',
      [{ op: 'add', path: 'roles', value: [{ value: '{"id":"x"}' }] }],
      { roles: [{ value: '{"id":"x"}' }] },
    ],
    [
      '18: two primaries in one value: the first stays',
      [
        {
          op: 'replace',
          path: 'emails',
          value: [
            { value: 'a', primary: true },
            { value: 'b', primary: 'True' },
          ],
        },
      ],
      {
        emails: [
          { value: 'a', primary: true },
          { value: 'b', primary: false },
        ],
      },
    ],
  ]);
});

describe('refused', () => {
  const both = [tolerant, () => ({ leniency: letter })];
  test.each<[string, Operations, string]>([
    ['unknown op (decision 2, anchor 9)', [{ op: 'move', path: 'title', value: 'x' }], 'invalidSyntax'],
    ['no op', [{ path: 'title', value: 'x' }], 'invalidSyntax'],
    ['no object', ['x'], 'invalidSyntax'],
    ['unknown path (decision 2)', [{ op: 'add', path: 'shoeSize', value: 1 }], 'invalidPath'],
    ['unknown sub-attribute', [{ op: 'add', path: 'name.first', value: 'x' }], 'invalidPath'],
    [
      'unknown sub-attribute at a value path',
      [{ op: 'add', path: 'emails[type eq "work"].first', value: 'x' }],
      'invalidPath',
    ],
    ['a malformed path', [{ op: 'add', path: 'emails[type eq "work"', value: 'x' }], 'invalidPath'],
    ['an empty filter', [{ op: 'remove', path: 'emails[]' }], 'invalidFilter'],
    ['a path that is no text', [{ op: 'add', path: 5, value: 'x' }], 'invalidPath'],
    ['a value path on a simple attribute', [{ op: 'remove', path: 'title[value eq "x"]' }], 'invalidFilter'],
    ['a wrong filter attribute', [{ op: 'remove', path: 'emails[colour eq "x"]' }], 'invalidFilter'],
    ['remove without path (§3.5.2.2)', [{ op: 'remove' }], 'noTarget'],
    ['add without value', [{ op: 'add', path: 'title' }], 'invalidValue'],
    ['no path and no object', [{ op: 'replace', value: 'x' }], 'invalidValue'],
    ['wrong type', [{ op: 'replace', path: 'active', value: 'maybe' }], 'invalidValue'],
    [
      'wrong type at a sub-attribute',
      [{ op: 'replace', path: 'name.givenName', value: { a: 1 } }],
      'invalidValue',
    ],
    ['id (decision 5)', [{ op: 'replace', path: 'id', value: 'x' }], 'mutability'],
    ['meta', [{ op: 'replace', path: 'meta.lastModified', value: '2026-01-01T00:00:00Z' }], 'mutability'],
    ['groups', [{ op: 'remove', path: 'groups' }], 'mutability'],
    [
      'a readOnly sub-attribute',
      [{ op: 'add', path: `${ENTERPRISE}:manager.displayName`, value: 'x' }],
      'mutability',
    ],
    ['removing what is required (§3.5.2.2)', [{ op: 'remove', path: 'userName' }], 'mutability'],
    [
      'removing what is required, among other operations',
      [
        { op: 'add', path: 'title', value: 'x' },
        { op: 'remove', path: 'userName' },
      ],
      'mutability',
    ],
    [
      'a value path on a singular attribute that is not such',
      [{ op: 'replace', path: 'name[familyName eq "B"].givenName', value: 'x' }],
      'noTarget',
    ],
    [
      'a condition of what is not there',
      [{ op: 'add', path: `${ENTERPRISE}:manager[not (value eq "m")].$ref`, value: 'x' }],
      'noTarget',
    ],
    [
      'conditions that no value can meet',
      [{ op: 'add', path: 'emails[type eq "a" and type eq "b"].value', value: 'x' }],
      'noTarget',
    ],
    ['Operations that are no objects', [[{ op: 'add', path: 'title', value: 'x' }]], 'invalidSyntax'],
    ['an extension that is no object', [{ op: 'add', path: ENTERPRISE, value: 'x' }], 'invalidValue'],
    [
      'several values at a value path',
      [{ op: 'add', path: 'emails[type eq "work"]', value: [{ value: 'x' }, { value: 'y' }] }],
      'invalidValue',
    ],
    ['text after the bracket', [{ op: 'remove', path: 'emails[type eq "work"]x' }], 'invalidPath'],
    ['text before the bracket', [{ op: 'remove', path: '1[type eq "work"]' }], 'invalidPath'],
    ['brackets in the wrong order', [{ op: 'remove', path: 'emails]type eq "work"[' }], 'invalidPath'],
    ['clearing what is required', [{ op: 'replace', path: 'userName', value: '' }], 'invalidValue'],
    ['__proto__ (decision 3)', [{ op: 'add', path: '__proto__', value: { x: 1 } }], 'invalidPath'],
    ['constructor.prototype', [{ op: 'add', path: 'constructor.prototype', value: { x: 1 } }], 'invalidPath'],
    [
      'toString in a value path',
      [{ op: 'add', path: 'emails[toString eq "x"].value', value: 'x' }],
      'invalidFilter',
    ],
    ['__proto__ as sub-attribute', [{ op: 'add', path: 'name.__proto__', value: 'x' }], 'invalidPath'],
    ['an URN and __proto__', [{ op: 'add', path: `${ENTERPRISE}:__proto__`, value: 'x' }], 'invalidPath'],
  ])('%s', (_what, operations, scimType) => {
    for (const { leniency } of both.map((make) => make())) {
      expect(() => patch(User, ada, operations, leniency)).toThrow(expect.objectContaining({ scimType }));
    }
  });

  test.each<[string, Operations, string]>([
    ['op in another case', [{ op: 'Add', path: 'title', value: 'x' }], 'invalidSyntax'],
    [
      'replace at a value path that matches nothing: noTarget (decision 5)',
      [{ op: 'replace', path: 'emails[type eq "x"].value', value: 'y' }],
      'noTarget',
    ],
    [
      'add at a value path that matches nothing',
      [{ op: 'add', path: 'emails[type eq "x"]', value: { value: 'y' } }],
      'noTarget',
    ],
    [
      'remove with a value (decision 5)',
      [{ op: 'remove', path: 'emails', value: [{ value: 'x' }] }],
      'invalidSyntax',
    ],
    ['a boolean as text', [{ op: 'replace', path: 'active', value: 'False' }], 'invalidValue'],
    ['an object for an array', [{ op: 'replace', path: 'emails', value: { value: 'x' } }], 'invalidValue'],
    ['a text for an object', [{ op: 'add', path: `${ENTERPRISE}:manager`, value: 'x' }], 'invalidValue'],
    [
      'a value path on a singular attribute that is not there',
      [{ op: 'add', path: `${ENTERPRISE}:manager[value eq "m"].$ref`, value: 'x' }],
      'noTarget',
    ],
    ['an attribute without its URN', [{ op: 'add', path: 'department', value: 'x' }], 'invalidPath'],
    ['a dot after the URN', [{ op: 'add', path: `${ENTERPRISE}.department`, value: 'x' }], 'invalidPath'],
    [
      'two primaries',
      [
        {
          op: 'replace',
          path: 'emails',
          value: [
            { value: 'a', primary: true },
            { value: 'b', primary: true },
          ],
        },
      ],
      'invalidValue',
    ],
    ['an attribute without path', [{ op: 'add', value: { title: 'x' } }], 'invalidSyntax'],
    ['an empty path', [{ op: 'add', path: '', value: { title: 'x' } }], 'invalidSyntax'],
  ])('in strict mode: %s', (_what, operations, scimType) => {
    expect(() => patch(User, ada, operations, strict)).toThrow(expect.objectContaining({ scimType }));
  });

  test('a value path that says more than equality creates nothing, even tolerantly', () => {
    for (const path of [
      'emails[value co "x"].type',
      'emails[type eq "a" or type eq "b"].value',
      'emails[not (value pr)].value',
      'phoneNumbers[not (type eq "fax")].value',
      'emails[type eq "other" and value co "x"].display',
    ]) {
      expect(() => patch(User, ada, [{ op: 'add', path, value: 'v' }])).toThrow(
        expect.objectContaining({ scimType: 'noTarget' }),
      );
    }
  });

  test('hostile keys change no prototype and no other attribute (anchor 8, scim-patch CVE-2026-48170)', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"name":{"__proto__":{"polluted":true},"givenName":"B"},"constructor.prototype.polluted":true}',
    );
    const { attributes } = patch(User, ada, [
      { op: 'add', value: hostile },
      { op: 'replace', path: 'name', value: hostile },
    ]);
    expect(attributes).toEqual({ ...ada, name: { familyName: 'Lovelace', givenName: 'B' } });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(
      patch(User, ada, [{ op: 'add', path: 'emails[value eq "x@y.org"].type', value: 'work' }]).attributes
        .emails,
    ).toEqual([work, home, { value: 'x@y.org', type: 'work' }]);
  });
});

describe('the request', () => {
  const readRequest = (more: Record<string, unknown>, limits = {}) =>
    readPatch(User, { schemas: [PATCH_OP], ...more }, letter, limits);
  const add = { op: 'add', path: 'title', value: 'x' };

  test.each<[string, unknown, Record<string, unknown>]>([
    ['no object', 'x', { scimType: 'invalidSyntax', detail: expect.stringContaining(PATCH_OP) }],
    ['no schemas', { Operations: [add] }, { scimType: 'invalidSyntax' }],
    ['no Operations', { schemas: [PATCH_OP] }, { scimType: 'invalidSyntax' }],
    ['Operations that are no array', { schemas: [PATCH_OP], Operations: add }, { scimType: 'invalidSyntax' }],
  ])('refused: %s', (_what, body, error) => {
    expect(() => readPatch(User, body, letter)).toThrow(expect.objectContaining(error));
  });

  test('limits: 2,000 operations, or as many as are said; filters', () => {
    const readMany = (count: number, limits = {}) =>
      readRequest({ operations: Array.from({ length: count }, () => add) }, limits).changes.length;
    expect(readMany(2_000)).toBe(2_000);
    expect(() => readMany(2_001)).toThrow(expect.objectContaining({ status: 413 }));
    expect(readMany(2, { maxOperations: 2 })).toBe(2);
    expect(() => readMany(3, { maxOperations: 2 })).toThrow(expect.objectContaining({ status: 413 }));
    const filtered = { Operations: [{ op: 'remove', path: 'emails[type pr or value pr]' }] };
    expect(() => readRequest(filtered)).not.toThrow();
    expect(() => readRequest(filtered, { maxNodes: 1 })).toThrow(/more than 1 comparisons/);
  });

  test('what it mentions: attributes and sub-attributes', () => {
    const Operations = [
      { op: 'add', value: { title: 'x', [ENTERPRISE]: { department: 'R' } } },
      { op: 'remove', path: 'EMAILS[type eq "work"].VALUE' },
    ];
    expect([...readRequest({ Operations }).mentioned]).toEqual([
      'title',
      `${ENTERPRISE}:department`,
      'emails',
      'emails.value',
    ]);
  });
});

describe('what is tolerated or ignored is reported', () => {
  const rewrite = (name: string, where: string) => ({ kind: 'rewrite', name, where });
  const ignored = (name: string, where: string) => ({ kind: 'ignored', name, where });
  const More = {
    id: 'urn:example:More',
    attributes: [{ name: 'extra' }, { name: 'made', mutability: 'readOnly' }],
  } as const;
  const Badge = defineResourceType({
    name: 'Badge',
    endpoint: '/Badges',
    schema: { id: 'urn:example:Badge', attributes: [{ name: 'code' }] },
    schemaExtensions: [{ schema: More }],
  });

  test.each<[string, Operations, readonly Record<string, unknown>[]]>([
    ['nothing', [{ op: 'add', path: 'title', value: 'x' }], []],
    ['no operations', [], [ignored('no operations', 'Operations')]],
    ['without path', [{ op: 'add', value: { title: 'x' } }], [rewrite('without-path', 'Operations')]],
    [
      'a missing element',
      [{ op: 'add', path: 'emails[type eq "other"].value', value: 'x' }],
      [rewrite('missing-element', 'emails[type eq "other"].value')],
    ],
    ['a value for none, without filter', [{ op: 'add', path: 'photos.value', value: 'x' }], []],
    ['no value for a missing element', [{ op: 'add', path: 'emails[type eq "other"].value', value: '' }], []],
    [
      'a word without quotes, but not the word',
      [{ op: 'remove', path: 'emails[type eq other]' }],
      [rewrite('unquoted-values', 'path')],
    ],
    [
      'readOnly, as key',
      [{ op: 'add', value: { id: 'x', meta: {} } }],
      [rewrite('without-path', 'Operations'), ignored('readOnly', 'id'), ignored('readOnly', 'meta')],
    ],
    [
      'readOnly, in a path as key',
      [{ op: 'add', value: { 'meta.created': 'x' } }],
      [rewrite('path-keys', 'Operations'), ignored('readOnly', 'meta.created')],
    ],
    [
      'schemas as path',
      [{ op: 'add', path: 'Schemas', value: ['urn:x'] }],
      [ignored('schemas follows the attributes', 'Schemas')],
    ],
    [
      'unknown, as key',
      [{ op: 'add', path: USER, value: { shoeSize: 4 } }],
      [ignored('unknown-attributes', 'shoeSize')],
    ],
    [
      'unknown, in an extension',
      [{ op: 'add', path: ENTERPRISE, value: { shoeSize: 4 } }],
      [ignored('unknown-attributes', `${ENTERPRISE}:shoeSize`)],
    ],
    [
      'unknown and readOnly, in a value',
      [{ op: 'add', path: `${ENTERPRISE}:manager`, value: { value: 'm', displayName: 'M', shoeSize: 4 } }],
      [
        ignored('readOnly', `${ENTERPRISE}:manager.displayName`),
        ignored('unknown-attributes', `${ENTERPRISE}:manager.shoeSize`),
      ],
    ],
  ])('%s', (_what, operations, expected) => {
    const { leniency, notes } = tolerant();
    patch(User, ada, operations, leniency);
    expect(notes).toEqual(expected);
  });

  test('readOnly, in an extension: neither set nor removed', () => {
    const { leniency, notes } = tolerant();
    const before = { code: 'c', [More.id]: { extra: 'x', made: 'm' } };
    const set = { op: 'replace', path: More.id, value: { made: 'n', EXTRA: 'y' } };
    expect(patch(Badge, before, [set], leniency).attributes).toEqual({
      code: 'c',
      [More.id]: { extra: 'y', made: 'm' },
    });
    expect(notes).toEqual([ignored('readOnly', `${More.id}:made`)]);
    expect(patch(Badge, before, [{ op: 'remove', path: More.id }], leniency).attributes).toEqual({
      code: 'c',
      [More.id]: { made: 'm' },
    });
  });
});

describe('custom schemas', () => {
  const thing = {
    name: 'n',
    tags: ['a', 'b'],
    box: { width: 1, origin: 'o' },
    parts: [{ value: 'p', notes: ['x'] }],
  };
  test.each<[string, Operations, Record<string, unknown>]>([
    [
      'add to simple values, without doubling',
      [{ op: 'add', path: 'tags', value: ['B', 'c'] }],
      { tags: ['a', 'b', 'c'] },
    ],
    ['remove a simple value by value path', [{ op: 'remove', path: 'tags[value eq "A"]' }], { tags: ['b'] }],
    ['remove simple values by value', [{ op: 'remove', path: 'tags', value: ['a', 'z'] }], { tags: ['b'] }],
    [
      'remove the number 0 by value',
      [
        { op: 'add', path: 'levels', value: [0, 1] },
        { op: 'remove', path: 'levels', value: [0] },
      ],
      { levels: [1] },
    ],
    [
      'replace a simple value',
      [{ op: 'replace', path: 'tags[value eq "a"]', value: 'z' }],
      { tags: ['z', 'b'] },
    ],
    [
      'a multi-valued sub-attribute',
      [{ op: 'add', path: 'parts[value eq "p"].notes', value: ['y'] }],
      { parts: [{ value: 'p', notes: ['x', 'y'] }] },
    ],
    [
      'an immutable attribute takes a first value (§3.5.2)',
      [{ op: 'add', path: 'serial', value: '1' }],
      { serial: '1' },
    ],
    [
      'an immutable attribute takes its own value again',
      [{ op: 'replace', path: 'box.origin', value: 'O' }],
      { box: { width: 1, origin: 'O' } },
    ],
    [
      'an immutable attribute at the top takes its own value again',
      [
        { op: 'add', path: 'serial', value: 'a' },
        { op: 'replace', path: 'serial', value: 'A' },
      ],
      { serial: 'A' },
    ],
    [
      'a sub-attribute that is immutable takes a first value, alone or in an object',
      [
        { op: 'remove', path: 'box' },
        { op: 'add', path: 'box', value: { width: 2 } },
        { op: 'add', path: 'box', value: { origin: 'p' } },
        { op: 'remove', path: 'box' },
        { op: 'add', path: 'box', value: { width: 3 } },
        { op: 'add', path: 'box.origin', value: 'q' },
      ],
      { box: { width: 3, origin: 'q' } },
    ],
    [
      'a multi-valued sub-attribute is replaced',
      [{ op: 'replace', path: 'parts[value eq "p"].notes', value: ['y'] }],
      { parts: [{ value: 'p', notes: ['y'] }] },
    ],
    [
      'a multi-valued sub-attribute, after values of the attribute itself',
      [
        { op: 'add', path: 'parts', value: [{ value: 'q' }] },
        { op: 'add', path: 'parts.notes', value: ['y'] },
        { op: 'add', path: 'parts', value: [{ value: 'r' }] },
      ],
      { parts: [{ value: 'p', notes: ['x', 'y'] }, { value: 'q', notes: ['y'] }, { value: 'r' }] },
    ],
    [
      'a value path makes a multi-valued sub-attribute',
      [{ op: 'add', path: 'parts[notes eq "n" and type eq "T"].value', value: 'q' }],
      {
        parts: [
          { value: 'p', notes: ['x'] },
          { value: 'q', type: 'T', notes: ['n'] },
        ],
      },
    ],
    [
      'replace keeps a multi-valued sub-attribute that the value path names',
      [{ op: 'replace', path: 'parts[notes eq "x"]', value: { value: 'q' } }],
      { parts: [{ value: 'q', notes: ['x'] }] },
    ],
    [
      'replace a simple value by nothing',
      [{ op: 'replace', path: 'tags[value eq "a"]', value: null }],
      { tags: ['b'] },
    ],
    [
      'one simple value twice in one operation',
      [{ op: 'add', path: 'tags', value: ['c', 'C'] }],
      { tags: ['a', 'b', 'c'] },
    ],
    [
      'an attribute that is called constructor',
      [{ op: 'add', path: 'constructor', value: 'c' }],
      { constructor: 'c' },
    ],
    [
      "an extension of one's own",
      [{ op: 'add', path: `${EXTENSION}:level`, value: 3 }],
      { [EXTENSION]: { level: 3 } },
    ],
  ])('%s', (_what, operations, changes) => {
    expect(patch(Thing, thing, operations).attributes).toEqual({ ...thing, ...changes });
  });

  test.each<[string, Operations, string]>([
    [
      'immutable: another value at the top',
      [
        { op: 'add', path: 'serial', value: '1' },
        { op: 'replace', path: 'serial', value: '2' },
      ],
      'mutability',
    ],
    ['immutable: another value', [{ op: 'replace', path: 'box.origin', value: 'x' }], 'mutability'],
    ['immutable: removal', [{ op: 'remove', path: 'box.origin' }], 'mutability'],
    ['immutable, in an object', [{ op: 'add', path: 'box', value: { origin: 'x' } }], 'mutability'],
    ['a required sub-attribute', [{ op: 'remove', path: 'box.width' }], 'mutability'],
    ['closed canonical values', [{ op: 'add', path: 'size', value: 'XL' }], 'invalidValue'],
    ['a fraction for an integer', [{ op: 'add', path: 'count', value: 1.5 }], 'invalidValue'],
    ['no instant', [{ op: 'add', path: 'since', value: 'yesterday' }], 'invalidValue'],
  ])('refused: %s', (_what, operations, scimType) => {
    expect(() => patch(Thing, thing, operations)).toThrow(expect.objectContaining({ scimType }));
  });

  test('secrets are handed on and not kept', () => {
    const outcome = patch(Thing, thing, [{ op: 'add', path: 'secret', value: 's' }]);
    expect([outcome.attributes, outcome.changed, outcome.secrets]).toEqual([thing, false, { secret: 's' }]);
    expect(patch(Thing, thing, [{ op: 'remove', path: 'secret' }]).secrets).toEqual({ secret: null });
    expect(THING).toMatch(/^urn:/);
  });
});

describe('relations are changes for the store, in order', () => {
  const group = { displayName: 'G' };
  test.each<[string, Operations, readonly Record<string, unknown>[]]>([
    [
      'add',
      [{ op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'b' }, { value: 'a' }] }],
      [{ op: 'add', ids: ['a', 'b'] }],
    ],
    [
      'remove all',
      [{ op: 'remove', path: 'members' }],
      [{ op: 'remove', ids: undefined, filter: undefined }],
    ],
    [
      'remove values',
      [{ op: 'remove', path: 'members', value: [{ value: 'a' }] }],
      [{ op: 'remove', ids: ['a'], filter: undefined }],
    ],
    ['add none', [{ op: 'add', path: 'members', value: [] }], []],
    [
      'replace by value path: what matches goes, the value comes',
      [{ op: 'replace', path: 'members[value eq "a"]', value: { value: 'b' } }],
      [
        { op: 'remove', ids: ['a'], filter: { kind: 'compare', value: 'a' } },
        { op: 'add', ids: ['b'], filter: undefined },
      ],
    ],
    [
      'replace by value path and nothing',
      [{ op: 'replace', path: 'members[value eq "a"]', value: null }],
      [
        { op: 'remove', ids: ['a'], filter: { kind: 'compare', value: 'a' } },
        { op: 'add', ids: [], filter: undefined },
      ],
    ],
    [
      'add by value path',
      [{ op: 'add', path: 'members[value eq "a"]', value: { value: 'a' } }],
      [{ op: 'add', ids: ['a'], filter: undefined }],
    ],
    ['remove none', [{ op: 'remove', path: 'members', value: [] }], [{ op: 'remove', ids: [] }]],
    [
      'remove by filter',
      [{ op: 'remove', path: 'members[display eq "a"]' }],
      [{ op: 'remove', ids: undefined, filter: { kind: 'compare', value: 'a' } }],
    ],
    [
      'remove by a filter that names ids',
      [{ op: 'remove', path: 'members[value eq "a" or value eq "b"]' }],
      [{ op: 'remove', ids: ['a', 'b'], filter: undefined }],
    ],
    [
      'what is done alike one after the other is one change',
      [
        { op: 'remove', path: 'members[value eq "a"]' },
        { op: 'remove', path: 'members', value: [{ value: 'b' }, { value: 'a' }] },
        { op: 'add', path: 'members', value: [{ value: 'c' }] },
        { op: 'add', value: { members: [{ value: 'd' }] } },
        { op: 'remove', path: 'members[type eq "User"]' },
        { op: 'remove', path: 'members[value eq "c"]' },
      ],
      [
        { op: 'remove', ids: ['a', 'b'], filter: undefined },
        { op: 'add', ids: ['c', 'd'] },
        { op: 'remove', ids: undefined, filter: { kind: 'compare' } },
        { op: 'remove', ids: ['c'], filter: undefined },
      ],
    ],
    ['replace', [{ op: 'replace', value: { members: [{ value: 'a' }] } }], [{ op: 'replace', ids: ['a'] }]],
    [
      'replace by nothing',
      [{ op: 'replace', path: `${GROUP}:members`, value: [] }],
      [{ op: 'replace', ids: [] }],
    ],
  ])('%s', (_what, operations, expected) => {
    const { attributes, changed, relations } = patch(Group, group, operations);
    expect([attributes, changed]).toEqual([group, false]);
    expect(relations).toHaveLength(expected.length);
    for (const [i, relation] of relations.entries()) {
      expect(relation.attribute.path).toBe('members');
      expect(relation).toMatchObject({ ...expected[i], mustMatch: false });
    }
  });

  test('in strict mode a value path must match something', () => {
    for (const op of ['add', 'replace']) {
      const operations = [{ op, path: 'members[value eq "a"]', value: { value: 'b' } }];
      expect(patch(Group, group, operations, strict).relations).toMatchObject([
        { op: 'remove', mustMatch: true },
        { op: 'add', ids: ['b'], mustMatch: false },
      ]);
    }
  });

  test('a member is added or removed as a whole', () => {
    const operations = [{ op: 'replace', path: 'members[value eq "a"].value', value: 'b' }];
    expect(() => patch(Group, group, operations)).toThrow(
      expect.objectContaining({ scimType: 'mutability' }),
    );
  });

  test('a member without an id is refused', () => {
    const operations = [{ op: 'add', path: 'members', value: [{ display: 'x' }] }];
    expect(() => patch(Group, group, operations)).toThrow(
      expect.objectContaining({ scimType: 'invalidValue' }),
    );
  });
});

describe('many additions to one attribute take one pass', () => {
  const add = (path: string, ...values: string[]) => ({
    op: 'add',
    path,
    value: values.map((value) => ({ value })),
  });

  test('whatever is done to others between them; what is done to the same keeps its place', () => {
    const { attributes } = patch(User, ada, [
      add('emails', 'a', 'ADA@work.org'),
      { op: 'replace', path: 'title', value: 'T' },
      add('phoneNumbers', '1'),
      add('emails', 'b'),
      { op: 'remove', path: 'emails[value eq "a"]' },
      add('phoneNumbers', '2'),
      add('emails', 'c', 'a'),
    ]);
    const valuesOf = (list: unknown) => (list as { value: string }[]).map(({ value }) => value);
    expect(valuesOf(attributes.emails)).toEqual([
      ...['ada@work.org', 'ada@home.org', 'ADA@work.org', 'b', 'c', 'a'],
    ]);
    expect(valuesOf(attributes.phoneNumbers)).toEqual(['1', '2']);
    expect(attributes.title).toBe('T');
  });

  test('as many as a request can have', () => {
    const operations = Array.from({ length: 2_000 }, (_, i) => [
      add('emails', ...Array.from({ length: 50 }, (_, j) => `u${i}-${j}`)),
      add('phoneNumbers', `${i}`),
    ]).flat();
    const { changes } = readPatch(User, { schemas: [PATCH_OP], Operations: operations }, strict, {
      maxOperations: 10_000,
      maxValues: 200_000,
    });
    const { attributes } = applyPatch(User, ada, [...changes, ...changes]);
    expect(attributes.emails).toHaveLength(100_002);
    expect(attributes.phoneNumbers).toHaveLength(2_000);
  });
});

describe('paths and names of members', () => {
  test.each([' title ', 'title '])('space around a path: "%s"', (path) => {
    expect(patch(User, ada, [{ op: 'add', path, value: 'x' }], strict).attributes.title).toBe('x');
  });

  test('space around a value path', () => {
    const operation = { op: 'add', path: ' emails [ type eq "home" ] .display ', value: 'D' };
    expect(patch(User, ada, [operation], strict).attributes.emails).toEqual([
      work,
      { ...home, display: 'D' },
    ]);
  });

  test.each([
    '1a',
    'emails[type eq "work"',
    'emails]type eq "work"[',
    '1[type pr]',
    '[type pr]',
    'emails[type pr]x',
    'emails[type pr]x.value',
  ])('%s is no path', (path) => {
    expect(() => patch(User, ada, [{ op: 'remove', path }])).toThrow(
      expect.objectContaining({ scimType: 'invalidPath', detail: expect.stringContaining('is no path') }),
    );
  });

  test.each<[unknown, string, RegExp]>([
    [{ op: 'remove', path: 'shoes[type pr]' }, 'invalidPath', /no attribute "shoes"/],
    [{ op: 'remove', path: 'emails[type pr].size' }, 'invalidPath', /no sub-attribute "size"/],
    [null, 'invalidSyntax', /Operations\[0\] must be an object/],
    [5, 'invalidSyntax', /Operations\[0\] must be an object/],
    [{ path: 'title', value: 'x' }, 'invalidSyntax', /not nothing/],
    [{ op: 'move', path: 'title', value: 'x' }, 'invalidSyntax', /not "move"/],
  ])('says what is wrong: %o', (operation, scimType, essence) => {
    const refused = () => patch(User, ada, [operation]);
    expect(refused).toThrow(expect.objectContaining({ scimType }));
    expect(refused).toThrow(essence);
  });

  test('null as path is none', () => {
    const { attributes } = patch(User, ada, [{ op: 'add', path: null, value: { title: 'x' } }]);
    expect(attributes.title).toBe('x');
  });

  test('a member in its own spelling comes before one in another', () => {
    const operation = { OP: 'remove', op: 'add', Path: 'name', path: 'title', value: 'x' };
    expect(patch(User, ada, [operation], strict).attributes).toEqual({ ...ada, title: 'x' });
  });

  test('what is no text in "schemas" is no schema', () => {
    const body = { schemas: [5, null, PATCH_OP], Operations: [] };
    expect(readPatch(User, body, strict).changes).toEqual([]);
    expect(() => readPatch(User, { ...body, schemas: [5] }, strict)).toThrow(
      expect.objectContaining({ scimType: 'invalidSyntax' }),
    );
  });
});

describe('whole extensions, and what is readOnly in parts', () => {
  const Extra = {
    id: 'urn:example:Extra',
    attributes: [
      { name: 'list', multiValued: true },
      { name: 'text' },
      {
        name: 'made',
        type: 'complex',
        mutability: 'readOnly',
        subAttributes: [{ name: 'x', mutability: 'readWrite' }],
      },
    ],
  } as const;
  const Pass = defineResourceType({
    name: 'Pass',
    endpoint: '/Passes',
    schema: { id: 'urn:example:Pass', attributes: [{ name: 'code' }] },
    schemaExtensions: [{ schema: Extra }],
  });
  const before = { code: 'c', [Extra.id]: { list: ['a'], text: 't' } };

  test.each<[string, Operations, Record<string, unknown>]>([
    ['remove', [{ op: 'remove', path: Extra.id }], {}],
    ['replace by null', [{ op: 'replace', path: Extra.id, value: null }], {}],
    ['replace by {}', [{ op: 'replace', value: { [Extra.id]: {} } }], {}],
    ['add nothing', [{ op: 'add', path: Extra.id, value: {} }], { [Extra.id]: before[Extra.id] }],
    ['add null', [{ op: 'add', path: Extra.id, value: null }], { [Extra.id]: before[Extra.id] }],
  ])('%s', (_what, operations, expected) => {
    expect(patch(Pass, before, operations).attributes).toEqual({ code: 'c', ...expected });
  });

  test.each<[string, unknown, string]>([
    ['remove with a value', { op: 'remove', path: Extra.id, value: { text: 't' } }, 'invalidSyntax'],
    ['remove of the core schema', { op: 'remove', path: Pass.urn }, 'invalidPath'],
    ['a part of what is readOnly', { op: 'add', path: `${Extra.id}:made.x`, value: 'x' }, 'mutability'],
  ])('refused: %s', (_what, operation, scimType) => {
    for (const { leniency } of [tolerant(), { leniency: letter }]) {
      expect(() => patch(Pass, before, [operation], leniency)).toThrow(expect.objectContaining({ scimType }));
    }
  });
});

describe('values of which little is known', () => {
  test('one value in an array, at a value path', () => {
    const operation = { op: 'add', path: 'emails[type eq "home"]', value: [{ display: 'D' }] };
    expect(patch(User, ada, [operation], letter).attributes.emails).toEqual([
      work,
      { ...home, display: 'D' },
    ]);
  });

  test('an array with nothing that is known does not clear what is there', () => {
    const operation = { op: 'replace', path: 'emails', value: [{ shoeSize: 1 }] };
    expect(() => patch(User, ada, [operation])).toThrow(
      expect.objectContaining({ scimType: 'invalidValue' }),
    );
  });

  test('an object with nothing that is known changes nothing', () => {
    const operation = { op: 'replace', path: 'name', value: { shoeSize: 1 } };
    expect(patch(User, ada, [operation]).attributes).toEqual(ada);
  });

  test('members without anything are passed over', () => {
    const operation = { op: 'remove', path: 'members', value: [{}, { value: 'a' }] };
    expect(patch(Group, { displayName: 'G' }, [operation]).relations).toMatchObject([{ ids: ['a'] }]);
  });
});
