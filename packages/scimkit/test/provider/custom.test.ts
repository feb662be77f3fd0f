import { defineResourceType, defineSchema, EnterpriseUserSchema, UserSchema } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { DATABASES, ENTERPRISE, errorBody, fresh, made, patchOp, USER } from '../fixture.ts';

// Schemas of one's own work like the built-in ones: RFC 7643 §2.2, §3, §6, §7.
const WORKER = 'urn:example:params:scim:schemas:extension:worker:2.0:User';
const Worker = defineResourceType({
  name: 'User',
  endpoint: '/Users',
  schema: UserSchema,
  schemaExtensions: [
    { schema: EnterpriseUserSchema },
    {
      required: true,
      schema: defineSchema({
        id: WORKER,
        attributes: [
          { name: 'workerId', required: true, uniqueness: 'server', mutability: 'immutable' },
          { name: 'shift', canonicalValues: ['day', 'night'], canonicalValuesOnly: true },
          { name: 'note', returned: 'request' },
          { name: 'grade', type: 'integer', returned: 'always' },
          { name: 'pin', mutability: 'writeOnly', returned: 'never' },
          { name: 'score', type: 'decimal', mutability: 'readOnly' },
        ],
      }),
    },
  ],
});
const worker = (userName: string, more: Record<string, unknown> = {}) => ({
  schemas: [USER, WORKER],
  userName,
  [WORKER]: { workerId: `w-${userName}`, ...more },
});

describe.each(DATABASES)('on %s', (_, create) => {
  const send = fresh(create(), { types: [Worker] });

  test('a required extension must be there, and its required attributes (parity 27)', async () => {
    for (const body of [
      { schemas: [USER], userName: 'x' },
      { schemas: [USER], userName: 'x', [WORKER]: {} },
      { schemas: [USER], userName: 'x', [WORKER]: null },
      { schemas: [USER], userName: 'x', [WORKER]: { shift: 'day' } },
    ]) {
      expect((await send('POST', '/Users', body)).body).toEqual(errorBody(400, 'invalidValue'));
    }
    const id = await made(send, '/Users', worker('required'));
    expect(
      (await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: `${WORKER}:workerId` }))).body,
    ).toEqual(errorBody(400, 'mutability'));
    expect((await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: WORKER }))).body).toEqual(
      errorBody(400, 'mutability'),
    );
  });

  test('immutable: kept by a PUT that leaves it out, refused when it differs', async () => {
    const id = await made(send, '/Users', worker('immutable'));
    const without = { ...worker('immutable'), [WORKER]: { shift: 'day' } };
    expect((await send('PUT', `/Users/${id}`, without)).body[WORKER]).toEqual({
      workerId: 'w-immutable',
      shift: 'day',
    });
    const other = { ...worker('immutable'), [WORKER]: { workerId: 'other' } };
    expect((await send('PUT', `/Users/${id}`, other)).body).toEqual(errorBody(400, 'mutability'));
    const change = patchOp({ op: 'replace', path: `${WORKER}:workerId`, value: 'other' });
    expect((await send('PATCH', `/Users/${id}`, change)).body).toEqual(errorBody(400, 'mutability'));
  });

  test('unique, closed values, readOnly', async () => {
    await made(send, '/Users', worker('first'));
    const twin = { ...worker('second'), [WORKER]: { workerId: 'W-FIRST' } };
    expect((await send('POST', '/Users', twin)).body).toEqual(errorBody(409, 'uniqueness'));
    expect((await send('POST', '/Users', worker('third', { shift: 'noon' }))).body).toEqual(
      errorBody(400, 'invalidValue'),
    );
    const answer = await send('POST', '/Users', worker('fourth', { shift: 'NIGHT', score: 5 }));
    expect(answer.body[WORKER]).toEqual({ workerId: 'w-fourth', shift: 'NIGHT' });
    const path = `/Users/${answer.body.id}`;
    expect(
      (await send('PATCH', path, patchOp({ op: 'add', path: `${WORKER}:score`, value: 1 }))).status,
    ).toBe(400);
  });

  test('returned on request, always, never; in writes when the body named it (decision 6)', async () => {
    const created = await send('POST', '/Users', worker('returned', { note: 'n', grade: 3, pin: 'hush' }));
    expect(created.body[WORKER]).toEqual({ workerId: 'w-returned', note: 'n', grade: 3 });
    const path = `/Users/${created.body.id}`;
    expect((await send('GET', path)).body[WORKER]).toEqual({ workerId: 'w-returned', grade: 3 });
    expect((await send('GET', `${path}?attributes=${WORKER}:note`)).body[WORKER]).toEqual({
      note: 'n',
      grade: 3,
    });
    expect((await send('GET', `${path}?attributes=userName`)).body[WORKER]).toEqual({ grade: 3 });
    expect((await send('GET', `${path}?excludedAttributes=${WORKER}`)).body[WORKER]).toEqual({ grade: 3 });
    const patched = await send('PATCH', path, patchOp({ op: 'replace', path: `${WORKER}:note`, value: 'm' }));
    expect(patched.body[WORKER].note).toBe('m');
    const silent = await send('PATCH', path, patchOp({ op: 'replace', path: 'title', value: 'T' }));
    expect(silent.body[WORKER]).not.toHaveProperty('note');
    for (const { body } of [created, patched, await send('GET', `${path}?attributes=${WORKER}:pin`)]) {
      expect(JSON.stringify(body)).not.toMatch(/pin|hush/);
    }
    expect((await send('GET', `/Users?filter=${WORKER}:pin+sw+%22h%22`)).body).toEqual(
      errorBody(400, 'invalidFilter'),
    );
  });

  test('filters, sorting and discovery follow the schema', async () => {
    await made(send, '/Users', worker('low', { grade: -1 }));
    await made(send, '/Users', worker('high', { grade: 900 }));
    const found = await send('GET', `/Users?filter=${WORKER}:grade+gt+800&attributes=userName`);
    expect(found.body.Resources.map((r: { userName: string }) => r.userName)).toEqual(['high']);
    const sorted = await send('GET', `/Users?sortBy=${WORKER}:grade&count=1`);
    expect(sorted.body.Resources[0].userName).toBe('low');
    expect((await send('GET', '/ResourceTypes/User')).body.schemaExtensions).toEqual([
      { schema: ENTERPRISE, required: false },
      { schema: WORKER, required: true },
    ]);
    const { attributes } = (await send('GET', `/Schemas/${WORKER}`)).body;
    expect(attributes[0]).toMatchObject({
      name: 'workerId',
      required: true,
      uniqueness: 'server',
      mutability: 'immutable',
    });
  });
});
