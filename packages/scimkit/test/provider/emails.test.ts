import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import { errorBody, fresh, made, patchOp, user } from '../fixture.ts';

describe.each([
  ['by default', {}],
  ['in strict mode', { strict: true }],
])('checkEmails %s', (_, options) => {
  const send = fresh(createMemoryDatabase(), { ...options, checkEmails: true });

  test('POST: what is no address is refused, and the error says what to send (parity 27)', async () => {
    const answer = await send('POST', '/Users', user('odd', { emails: [{ value: 'no mail' }] }));
    expect([answer.status, answer.body]).toEqual([400, errorBody(400, 'invalidValue')]);
    expect(answer.body.detail).toBe(
      '"emails.value" must be an e-mail address such as "ada@example.com", not "no mail" (RFC 7643 §4.1.2).',
    );
    expect((await send('GET', '/Users?filter=userName eq "odd"')).body.totalResults).toBe(0);
    await made(send, '/Users', user('odd', { emails: [{ value: 'ada@example.com' }] }));
  });

  test('so it is by PUT and PATCH, whichever way the value comes', async () => {
    const id = await made(
      send,
      '/Users',
      user('patched', { emails: [{ value: 'ada@x.test', type: 'work' }] }),
    );
    const path = `/Users/${id}`;
    const refused = [
      ['PUT', user('patched', { emails: [{ value: 'no mail' }] })],
      ...[
        { op: 'add', path: 'emails', value: [{ value: 'no mail' }] },
        { op: 'replace', path: 'emails', value: [{ value: 'no mail' }] },
        { op: 'replace', path: 'emails.value', value: 'no mail' },
        { op: 'replace', path: 'emails[type eq "work"].value', value: 'no mail' },
        { op: 'replace', path: 'emails[type eq "work"]', value: { value: 'no mail' } },
        ...('strict' in options
          ? []
          : [
              { op: 'add', value: { emails: [{ value: 'no mail' }] } },
              { op: 'add', value: { 'emails[type eq "home"].value': 'no mail' } },
              { op: 'add', path: 'emails[value eq "no mail"].type', value: 'home' },
            ]),
      ].map((operation) => ['PATCH', patchOp(operation)]),
    ] as [string, unknown][];
    for (const [method, body] of refused) {
      const answer = await send(method, path, body);
      expect([JSON.stringify(body), answer.body]).toEqual([
        JSON.stringify(body),
        errorBody(400, 'invalidValue'),
      ]);
    }
    expect((await send('GET', path)).body.emails).toEqual([{ value: 'ada@x.test', type: 'work' }]);
  });
});

test('addresses that were stored before can be corrected, removed and looked for', async () => {
  const database = createMemoryDatabase();
  const emails = [
    { value: 'no mail', type: 'work' },
    { value: 'none', type: 'home' },
  ];
  const id = await made(fresh(database), '/Users', user('old', { emails }));
  const send = fresh(database, { checkEmails: true });
  expect((await send('GET', '/Users?filter=emails eq "no mail"')).body.totalResults).toBe(1);
  const patch = async (operation: Record<string, unknown>) =>
    (await send('PATCH', `/Users/${id}`, patchOp(operation))).body.emails;
  expect(await patch({ op: 'remove', path: 'emails', value: [{ value: 'none' }] })).toEqual([emails[0]]);
  const corrected = { op: 'replace', path: 'emails[value eq "no mail"].value', value: 'ada@x.test' };
  expect(await patch(corrected)).toEqual([{ value: 'ada@x.test', type: 'work' }]);
});

test('without the option nothing of the form is checked (decision 11)', async () => {
  for (const options of [{}, { strict: true }]) {
    const send = fresh(createMemoryDatabase(), options);
    await made(send, '/Users', user('any', { emails: [{ value: 'no mail' }] }));
  }
});
