import { REWRITES, REWRITES_BY_IDENTITY_PROVIDER } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import { type Answer, client, ENTERPRISE, made, patchOp, provider, type Send, user } from '../fixture.ts';

/** A request that needs a rewrite: refused, or without its effect, when the rewrite is off. */
interface Case {
  readonly send: (send: Send, id: string) => Promise<Answer>;
  /** What the answer shows when the rewrite is on. */
  readonly on: Record<string, unknown>;
  /** What it shows when it is off: a status, or a part of the body. */
  readonly off: Record<string, unknown>;
}

const refused = (scimType: string) => ({ status: 400, body: { scimType } });
const patched =
  (...operations: Record<string, unknown>[]) =>
  (send: Send, id: string) =>
    send('PATCH', `/Users/${id}`, patchOp(...operations));
const put = (more: Record<string, unknown>) => (send: Send, id: string) =>
  send('PUT', `/Users/${id}`, user('ada', more));
const found = (filter: string) => (send: Send) => send('GET', `/Users?filter=${encodeURIComponent(filter)}`);

const CASES: Record<string, Case> = {
  'op-case': {
    send: patched({ op: 'Add', path: 'title', value: 'T' }),
    on: { body: { title: 'T' } },
    off: refused('invalidSyntax'),
  },
  'missing-patch-schema': {
    send: (send, id) =>
      send('PATCH', `/Users/${id}`, { Operations: [{ op: 'add', path: 'title', value: 'T' }] }),
    on: { body: { title: 'T' } },
    off: refused('invalidSyntax'),
  },
  'path-keys': {
    send: patched({ op: 'replace', value: { 'name.givenName': 'A' } }),
    on: { body: { name: { givenName: 'A' } } },
    off: { body: expect.not.objectContaining({ name: { givenName: 'A' } }) },
  },
  'remove-with-value': {
    send: patched({ op: 'remove', path: 'emails', value: [{ value: 'a' }] }),
    on: { body: { emails: [{ value: 'b' }] } },
    off: refused('invalidSyntax'),
  },
  'dot-after-urn': {
    send: patched({ op: 'add', path: `${ENTERPRISE}.department`, value: 'R' }),
    on: { body: { [ENTERPRISE]: { department: 'R' } } },
    off: refused('invalidPath'),
  },
  'unprefixed-attributes': {
    send: patched({ op: 'add', path: 'department', value: 'R' }),
    on: { body: { [ENTERPRISE]: { department: 'R' } } },
    off: refused('invalidPath'),
  },
  'boolean-strings': {
    send: put({ active: 'False' }),
    on: { body: { active: false } },
    off: refused('invalidValue'),
  },
  'object-for-array': {
    send: put({ emails: { value: 'x' } }),
    on: { body: { emails: [{ value: 'x' }] } },
    off: refused('invalidValue'),
  },
  'array-for-scalar': {
    send: put({ title: ['T'] }),
    on: { body: { title: 'T' } },
    off: refused('invalidValue'),
  },
  'text-for-complex': {
    send: put({ emails: ['x'] }),
    on: { body: { emails: [{ value: 'x' }] } },
    off: refused('invalidValue'),
  },
  'number-for-string': {
    send: put({ externalId: 7 }),
    on: { body: { externalId: '7' } },
    off: refused('invalidValue'),
  },
  'unquoted-values': {
    send: found('userName eq ada'),
    on: { body: { totalResults: 1 } },
    off: refused('invalidFilter'),
  },
  'compared-value-path': {
    send: found('emails[display eq "A"].value eq "a"'),
    on: { body: { totalResults: 1 } },
    off: refused('invalidFilter'),
  },
  'missing-element': {
    send: patched({ op: 'replace', path: 'addresses[type eq "work"].country', value: 'US' }),
    on: { body: { addresses: [{ type: 'work', country: 'US' }] } },
    off: refused('noTarget'),
  },
  'keep-absent': {
    send: put({}),
    on: { body: { active: true } },
    off: { body: expect.not.objectContaining({ active: true }) },
  },
  'one-primary': {
    send: put({
      emails: [
        { value: 'a', primary: true },
        { value: 'b', primary: true },
      ],
    }),
    on: { body: { emails: [{ primary: true }, { primary: false }] } },
    off: refused('invalidValue'),
  },
  'loose-schemas': {
    send: (send, id) => send('PUT', `/Users/${id}`, { userName: 'ada' }),
    on: { status: 200 },
    off: refused('invalidSyntax'),
  },
  'attributes-win': {
    send: (send, id) => send('GET', `/Users/${id}?attributes=userName&excludedAttributes=userName`),
    on: { body: { userName: 'ada' } },
    off: refused('invalidValue'),
  },
  'stray-slashes': { send: (send) => send('GET', '//Users/'), on: { status: 200 }, off: { status: 404 } },
  'parameter-case': {
    send: (send) => send('GET', '/Users?COUNT=0'),
    on: { body: { itemsPerPage: 0 } },
    off: { body: { itemsPerPage: 1 } },
  },
  'unknown-attributes': {
    send: put({ shoeSize: 43 }),
    on: { status: 200, body: expect.not.objectContaining({ shoeSize: 43 }) },
    off: refused('invalidSyntax'),
  },
  'without-path': {
    send: patched({ op: 'replace', value: { title: 'T' } }),
    on: { body: { title: 'T' } },
    off: refused('invalidSyntax'),
  },
};

/** Rewrites without which something else is done, as the RFC says: nothing is refused. */
const WITHOUT_REFUSAL = new Set(['keep-absent', 'parameter-case']);

async function prepared(options: Parameters<typeof provider>[1]) {
  const names: string[] = [];
  const database = createMemoryDatabase();
  const id = await made(
    client(provider(database)),
    '/Users',
    user('ada', { active: true, emails: [{ value: 'a', display: 'A' }, { value: 'b' }] }),
  );
  const scim = provider(database, {
    ...options,
    observe: ({ notes }) =>
      names.push(...notes.map((note) => note.name).filter((name) => REWRITES.some((r) => r.name === name))),
  });
  return { send: client(scim), id, names };
}

/** What a refusal of strict mode cites. */
const SECTION = /\((RFC 764[34]|draft-zollner-scim-interop-profile) §\d[\d.]*[^)]*\)/;

describe('each rewrite, alone', () => {
  test('every rewrite has a case here', () => {
    expect(Object.keys(CASES).toSorted()).toEqual(REWRITES.map((rewrite) => rewrite.name).toSorted());
  });

  test.each(Object.entries(CASES))(
    '%s: on and reported by default, off by its name, off in strict mode, on there by its name',
    async (name, { send, on, off }) => {
      const usual = await prepared({});
      expect(await send(usual.send, usual.id)).toMatchObject(on);
      expect(new Set(usual.names)).toContain(name);
      for (const options of [{ rewrites: { [name]: false } }, { strict: true }]) {
        const without = await prepared(options);
        expect(await send(without.send, without.id)).toMatchObject(off);
        expect(without.names).not.toContain(name);
      }
      const refusing = await prepared({ strict: true });
      const answer = await send(refusing.send, refusing.id);
      if (WITHOUT_REFUSAL.has(name)) expect(answer.status).toBe(200);
      else expect(answer.body.detail).toMatch(SECTION);
      const only = await prepared({ strict: true, rewrites: { [name]: true } });
      expect(await send(only.send, only.id)).toMatchObject(on);
      expect(new Set(only.names)).toEqual(new Set([name]));
    },
  );
});

test('every rewrite says what it accepts, from whom, and what it departs from; some identity provider needs it', () => {
  const needed = new Set<string>(Object.values(REWRITES_BY_IDENTITY_PROVIDER).flat());
  for (const { name, effect, evidence, section } of REWRITES) {
    expect(effect).toMatch(/\w/);
    expect(evidence).toMatch(/\w/);
    expect(section).toMatch(/^(RFC 764[34]|draft-zollner-scim-interop-profile) §\d/);
    expect(needed).toContain(name);
    needed.delete(name);
  }
  expect([...needed]).toEqual([]);
});

test('strict mode reports nothing, because it rewrites nothing', async () => {
  const { send, id, names } = await prepared({ strict: true });
  await send('GET', `/Users/${id}`);
  await send('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'title', value: 'T' }));
  expect(names).toEqual([]);
});

describe('strict mode refuses what is unknown, wherever it stands (draft-zollner-scim-interop-profile §5.3)', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['an attribute', { shoeSize: 43 }, 'shoeSize'],
    ['a sub-attribute', { name: { nick: 'A' } }, 'name.nick'],
    ['a sub-attribute of an element', { emails: [{ value: 'a', label: 'L' }] }, 'emails.label'],
    ['an extension', { 'urn:example:none': { a: 1 } }, 'urn:example:none'],
    ['an attribute of an extension', { [ENTERPRISE]: { desk: 'D' } }, `${ENTERPRISE}:desk`],
    ['__proto__', JSON.parse('{"__proto__":{"a":1}}'), '__proto__'],
  ])('%s', async (_name, more, where) => {
    const { send, id } = await prepared({ strict: true });
    const body = { ...user('eve'), ...more };
    if (Object.hasOwn(more, '__proto__'))
      Object.defineProperty(body, '__proto__', { value: {}, enumerable: true });
    const schemas = [...(body.schemas as string[]), ...(Object.hasOwn(more, ENTERPRISE) ? [ENTERPRISE] : [])];
    const refusal = {
      status: 400,
      body: { scimType: 'invalidSyntax', detail: expect.stringContaining(where) },
    };
    expect(await send('POST', '/Users', { ...body, schemas })).toMatchObject(refusal);
    expect(await send('PUT', `/Users/${id}`, { ...body, schemas })).toMatchObject(refusal);
    const pathless = await prepared({ strict: true, rewrites: { 'without-path': true } });
    const operation = { op: 'replace', value: more };
    expect(await pathless.send('PATCH', `/Users/${pathless.id}`, patchOp(operation))).toMatchObject(refusal);
  });

  test('a schema', async () => {
    const { send } = await prepared({ strict: true });
    const schemas = [...(user('eve').schemas as string[]), 'urn:example:none'];
    expect(await send('POST', '/Users', user('eve', { schemas }))).toMatchObject({
      status: 400,
      body: { scimType: 'invalidSyntax', detail: expect.stringContaining('RFC 7643 §3') },
    });
  });
});

describe('interopProfileConformant is said where it holds, and nowhere else', () => {
  test.each<[string, Parameters<typeof provider>[1], true | undefined]>([
    ['by default', {}, undefined],
    ['in strict mode', { strict: true }, true],
    [
      'in strict mode, a rewrite switched off once more',
      { strict: true, rewrites: { 'op-case': false } },
      true,
    ],
    ['in strict mode with one rewrite', { strict: true, rewrites: { 'op-case': true } }, undefined],
    ['with pages of fewer than 100', { strict: true, limits: { maxPageSize: 99 } }, undefined],
    ['with pages of 100', { strict: true, limits: { maxPageSize: 100 } }, true],
    ['with another media type', { strict: true, mediaType: 'application/json' }, undefined],
  ])('%s', async (_name, options, value) => {
    const { send } = await prepared(options);
    const { body } = await send('GET', '/ServiceProviderConfig');
    expect(body.interopProfileConformant).toBe(value);
    const { body: schema } = await send(
      'GET',
      `/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig`,
    );
    expect(schema.attributes).toContainEqual(
      expect.objectContaining({
        name: 'interopProfileConformant',
        type: 'boolean',
        mutability: 'readOnly',
        required: false,
      }),
    );
  });
});
