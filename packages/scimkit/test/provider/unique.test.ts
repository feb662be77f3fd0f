import { defineResourceType, defineSchema } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { DATABASES, errorBody, fresh, made, patchOp } from '../fixture.ts';

// RFC 7643 §7, "uniqueness": server within the resource type, global over all of them; folded as caseExact says.
const schema = (name: string) =>
  defineSchema({
    id: `urn:example:${name}`,
    attributes: [
      { name: 'badge', uniqueness: 'server' },
      { name: 'key', uniqueness: 'global', caseExact: true },
      { name: 'seats', multiValued: true, uniqueness: 'server' },
      {
        name: 'place',
        type: 'complex',
        subAttributes: [{ name: 'desk', type: 'integer', uniqueness: 'server' }],
      },
    ],
  });
const Person = defineResourceType({ name: 'Person', endpoint: '/People', schema: schema('Person') });
const Robot = defineResourceType({ name: 'Robot', endpoint: '/Robots', schema: schema('Robot') });
const person = (more: object) => ({ schemas: ['urn:example:Person'], ...more });
const robot = (more: object) => ({ schemas: ['urn:example:Robot'], ...more });

describe.each(DATABASES)('on %s', (_, create) => {
  const send = fresh(create(), { types: [Person, Robot] });

  test.each<[string, string, object, string, object, number]>([
    ['server: within the type', '/People', { badge: 'B1' }, '/People', { badge: 'b1' }, 409],
    ['server: not over types', '/People', { badge: 'B2' }, '/Robots', { badge: 'B2' }, 201],
    ['global: over types', '/People', { key: 'K1' }, '/Robots', { key: 'K1' }, 409],
    ['caseExact: another case is another value', '/People', { key: 'K2' }, '/Robots', { key: 'k2' }, 201],
    [
      'several values: any of them',
      '/People',
      { seats: ['1A', '1B'] },
      '/People',
      { seats: ['2A', '1b'] },
      409,
    ],
    ['a sub-attribute', '/People', { place: { desk: 7 } }, '/People', { place: { desk: 7 } }, 409],
    ['absent values never clash', '/People', {}, '/People', {}, 201],
  ])('%s (parity 31)', async (_what, firstPath, first, secondPath, second, status) => {
    const body = (path: string, more: object) => (path === '/People' ? person(more) : robot(more));
    const id = await made(send, firstPath, body(firstPath, first));
    const answer = await send('POST', secondPath, body(secondPath, second));
    expect(answer.status).toBe(status);
    if (status !== 409) return;
    expect(answer.body).toEqual(errorBody(409, 'uniqueness'));
    const other = await made(send, secondPath, body(secondPath, {}));
    expect(
      (await send('PATCH', `${secondPath}/${other}`, patchOp({ op: 'add', value: second }))).status,
    ).toBe(409);
    expect((await send('PUT', `${secondPath}/${other}`, body(secondPath, second))).status).toBe(409);
    // It is nobody's once its owner is gone, and once its owner has another.
    await send('PUT', `${firstPath}/${id}`, body(firstPath, {}));
    expect((await send('PUT', `${secondPath}/${other}`, body(secondPath, second))).status).toBe(200);
    await send('DELETE', `${secondPath}/${other}`);
    expect((await send('POST', firstPath, body(firstPath, first))).status).toBe(201);
  });

  test('a resource may have one value twice', async () => {
    await made(send, '/People', person({ seats: ['9A', '9a'] }));
  });
});
