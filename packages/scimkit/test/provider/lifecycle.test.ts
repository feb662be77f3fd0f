import { describe, expect, test } from 'vitest';
import { DIRECTORIES, ENTERPRISE, errorBody, fresh, group, made, patchOp, USER, user } from '../fixture.ts';

describe.each(DIRECTORIES)('on %s', (_, create) => {
  const send = fresh(create());

  test('POST: 201, Location, ETag, the whole resource (RFC 7644 §3.3, must-handle 12; parity 8, 12)', async () => {
    const answer = await send(
      'POST',
      '/Users',
      user('ada', { name: { givenName: 'Ada' }, externalId: 'x1' }),
    );
    expect(answer.status).toBe(201);
    const { id, meta } = answer.body;
    expect(answer.body).toEqual({
      schemas: [USER],
      id: expect.any(String),
      externalId: 'x1',
      userName: 'ada',
      name: { givenName: 'Ada' },
      active: true,
      meta: {
        resourceType: 'User',
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        lastModified: meta.created,
        location: `http://scim.test/scim/v2/Users/${id}`,
        version: 'W/"1"',
      },
    });
    expect(answer.headers.get('location')).toBe(meta.location);
    expect(answer.headers.get('etag')).toBe(meta.version);
    expect(answer.headers.get('content-type')).toBe('application/scim+json');
    expect((await send('GET', `/Users/${id}`)).body).toEqual(answer.body);
  });

  test('a User is created, looked up, updated, deactivated and deleted, and each answer has its body (parity 1)', async () => {
    const created = await send('POST', '/Users', user('whole-life', { title: 'Analyst' }));
    expect(created).toMatchObject({ status: 201, body: { userName: 'whole-life', active: true } });
    const path = `/Users/${created.body.id}`;
    expect(await send('GET', path)).toMatchObject({ status: 200, body: created.body });
    const found = async () => (await send('GET', '/Users?filter=userName eq "whole-life"')).body.Resources;
    expect(await found()).toEqual([created.body]);
    const updated = await send('PUT', path, user('whole-life', { title: 'Engineer' }));
    expect(updated).toMatchObject({ status: 200, body: { title: 'Engineer', active: true } });
    const deactivated = await send('PATCH', path, patchOp({ op: 'replace', path: 'active', value: false }));
    expect(deactivated).toMatchObject({ status: 200, body: { title: 'Engineer', active: false } });
    expect((await send('GET', path)).body).toEqual(deactivated.body);
    expect(await found()).toEqual([deactivated.body]);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', path)).body).toEqual(errorBody(404));
    expect(await found()).toEqual([]);
  });

  test('a PATCH that is answered 200 has deactivated the user, however it says so (parity 8)', async () => {
    const ways = [
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', value: { active: false } },
      { op: 'add', path: 'active', value: false },
      { op: 'Replace', path: 'active', value: 'False' },
      { op: 'Replace', value: { active: 'false' } },
      { op: 'replace', path: `${USER}:active`, value: false },
      { op: 'replace', path: 'ACTIVE', value: false },
    ];
    for (const [i, operation] of ways.entries()) {
      const id = await made(send, '/Users', user(`leaver-${i}`));
      const answer = await send('PATCH', `/Users/${id}`, patchOp(operation));
      expect([operation, answer.status, answer.body.active]).toEqual([operation, 200, false]);
      expect((await send('GET', `/Users/${id}`)).body.active).toBe(false);
    }
    // What says nothing that is known is refused, or changes nothing and says so.
    const id = await made(send, '/Users', user('stays'));
    const unknown = patchOp({ op: 'replace', path: 'isActive', value: false });
    expect((await send('PATCH', `/Users/${id}`, unknown)).body).toEqual(errorBody(400, 'invalidPath'));
    const soon = patchOp({ op: 'replace', path: 'active', value: 'soon' });
    expect((await send('PATCH', `/Users/${id}`, soon)).body).toEqual(errorBody(400, 'invalidValue'));
  });

  test('PATCH of a user: several operations, with path and without, that add, replace and remove (parity 8, 32)', async () => {
    const work = { value: 'ada@work.test', type: 'work', primary: true };
    const home = { value: 'ada@home.test', type: 'home', primary: true };
    const body = { title: 'T', nickName: 'N', name: { givenName: 'A', familyName: 'L' }, emails: [work] };
    const id = await made(send, '/Users', user('patched', body));
    const answer = await send(
      'PATCH',
      `/Users/${id}`,
      patchOp(
        { op: 'add', path: 'emails', value: [home] },
        { op: 'add', value: { displayName: 'Ada', name: { givenName: 'Ada' } } },
        { op: 'replace', path: 'name.familyName', value: 'Lovelace' },
        { op: 'replace', value: { title: 'Countess' } },
        { op: 'replace', path: 'emails[type eq "work"].value', value: 'ada@office.test' },
        { op: 'remove', path: 'nickName' },
        { op: 'add', path: `${ENTERPRISE}:department`, value: 'R&D' },
      ),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      title: 'Countess',
      displayName: 'Ada',
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      // One is primary, the one that came last.
      emails: [{ value: 'ada@office.test', type: 'work', primary: false }, home],
      [ENTERPRISE]: { department: 'R&D' },
    });
    expect(answer.body).not.toHaveProperty('nickName');
    const less = patchOp(
      { op: 'remove', path: 'emails[type eq "work"]' },
      { op: 'remove', path: 'name.givenName' },
      { op: 'remove', path: ENTERPRISE },
    );
    await send('PATCH', `/Users/${id}`, less);
    const { body: after } = await send('GET', `/Users/${id}`);
    expect(after).toMatchObject({ name: { familyName: 'Lovelace' }, emails: [home], schemas: [USER] });
    expect(after.name).not.toHaveProperty('givenName');
    expect(after).not.toHaveProperty(ENTERPRISE);
  });

  test('what the client says of id, meta and groups is ignored (decision 2, must-handle 13)', async () => {
    const answer = await send('POST', '/Users', {
      ...user('client-id'),
      id: 'mine',
      meta: { created: '2001-01-01T00:00:00Z', resourceType: 'Group' },
      groups: [{ value: 'g' }],
      favouriteColour: 'blue',
      name: { givenName: 'A', shoeSize: 40 },
    });
    expect(answer.status).toBe(201);
    expect(answer.body.id).not.toBe('mine');
    expect(answer.body.meta.resourceType).toBe('User');
    expect(answer.body.meta.created).not.toBe('2001-01-01T00:00:00Z');
    expect(answer.body).not.toHaveProperty('groups');
    expect(answer.body).not.toHaveProperty('favouriteColour');
    expect(answer.body.name).toEqual({ givenName: 'A' });
  });

  test('a password is accepted and found nowhere (decision 7, must-handle 41; Cloud Foundry CVE-2019-11278; parity 8)', async () => {
    const id = await made(send, '/Users', user('pw', { password: 'hunter2' }));
    const answers = [
      await send('GET', `/Users/${id}`),
      await send('GET', `/Users/${id}?attributes=password,userName`),
      await send('PUT', `/Users/${id}`, user('pw', { password: 'hunter2', title: 'x' })),
      await send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', value: { password: 'hunter2' } })),
      await send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', path: 'password', value: 'hunter2' })),
      await send('GET', '/Users?filter=userName eq "pw"'),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toMatch(/hunter2|password/);
    }
    for (const filter of ['password eq "hunter2"', 'password sw "h"', 'password gt "a"', 'password pr']) {
      const answer = await send('GET', `/Users?filter=${encodeURIComponent(filter)}`);
      expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidFilter']);
    }
    expect((await send('GET', '/Users?sortBy=password')).body.scimType).toBe('invalidPath');
  });

  test('PUT replaces: absent is cleared, active stays, null clears, the id in the body is not followed (Casdoor CVE-2026-15630; parity 8)', async () => {
    const id = await made(send, '/Users', user('put', { title: 'T', nickName: 'N', active: false }));
    const other = await made(send, '/Users', user('put-other'));
    const answer = await send('PUT', `/Users/${id}`, { ...user('put', { nickName: null }), id: other });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id, userName: 'put', active: false });
    expect(answer.body).not.toHaveProperty('title');
    expect(answer.body).not.toHaveProperty('nickName');
    expect((await send('GET', `/Users/${other}`)).body.userName).toBe('put-other');
  });

  test('null never reactivates, and removing active does not either (decision 4)', async () => {
    const id = await made(send, '/Users', user('inactive', { active: false }));
    for (const [method, body] of [
      ['PUT', user('inactive', { active: null })],
      ['PATCH', patchOp({ op: 'replace', path: 'active', value: null })],
      ['PATCH', patchOp({ op: 'remove', path: 'active' })],
    ] as const) {
      expect((await send(method, `/Users/${id}`, body)).body.active).toBe(false);
    }
    const reactivated = await send(
      'PATCH',
      `/Users/${id}`,
      patchOp({ op: 'replace', value: { active: 'True' } }),
    );
    expect(reactivated.body.active).toBe(true);
  });

  test('an unknown id is 404 for every method, and is not made by PUT (RFC 7644 §3.5.1)', async () => {
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', user('ghost')],
      ['PATCH', patchOp({ op: 'add', path: 'title', value: 'x' })],
      ['DELETE', undefined],
    ] as const) {
      const answer = await send(method, '/Users/no-such-id', body);
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual(errorBody(404));
    }
  });

  test('DELETE: 204, then 404 for all, the name is free, a new id (RFC 7644 §3.6, decision 9; parity 8)', async () => {
    const id = await made(send, '/Users', user('gone'));
    const deleted = await send('DELETE', `/Users/${id}`);
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
    for (const method of ['GET', 'DELETE']) expect((await send(method, `/Users/${id}`)).status).toBe(404);
    expect((await send('PUT', `/Users/${id}`, user('gone'))).status).toBe(404);
    expect((await send('GET', '/Users?filter=userName eq "gone"')).body.totalResults).toBe(0);
    expect(await made(send, '/Users', user('gone'))).not.toBe(id);
  });

  test('userName is unique in any case, not against oneself, and free after a rename (must-handle 17; parity 23, 31)', async () => {
    const id = await made(send, '/Users', user('Unique'));
    const other = await made(send, '/Users', user('someone'));
    for (const answer of [
      await send('POST', '/Users', user('uNIQUE')),
      await send('PUT', `/Users/${other}`, user('UNIQUE')),
      await send('PATCH', `/Users/${other}`, patchOp({ op: 'replace', path: 'userName', value: 'unique' })),
    ]) {
      expect(answer.status).toBe(409);
      expect(answer.body).toEqual(errorBody(409, 'uniqueness'));
      expect(answer.body.detail).not.toMatch(/constraint|unique_value|UNIQUE.*failed/i);
    }
    expect((await send('PUT', `/Users/${id}`, user('UNIQUE'))).status).toBe(200);
    expect((await send('PUT', `/Users/${id}`, user('renamed'))).status).toBe(200);
    await made(send, '/Users', user('unique'));
  });

  test('externalId is not unique, and is no key (decision 8; Grafana CVE-2025-41115)', async () => {
    const first = await made(send, '/Users', user('ext1', { externalId: '1' }));
    await made(send, '/Users', user('ext2', { externalId: '1' }));
    const third = await send('POST', '/Users', user('ext3', { externalId: first }));
    expect(third.body.id).not.toBe(first);
    for (const id of ['1', 'admin']) expect((await send('GET', `/Users/${id}`)).status).toBe(404);
    expect((await send('GET', '/Users?filter=externalId eq "1"')).body.totalResults).toBe(2);
  });

  test('schemas follow the attributes: an extension comes and goes (must-handle 24)', async () => {
    const id = await made(send, '/Users', user('ext'));
    const path = `/Users/${id}`;
    const department = `${ENTERPRISE}:department`;
    const added = await send('PATCH', path, patchOp({ op: 'add', path: department, value: 'R&D' }));
    expect(added.body.schemas).toEqual([USER, ENTERPRISE]);
    expect(added.body[ENTERPRISE]).toEqual({ department: 'R&D' });
    expect(
      (await send('GET', `/Users?filter=schemas eq "${ENTERPRISE.toUpperCase()}"`)).body.totalResults,
    ).toBe(1);
    const removed = await send('PATCH', path, patchOp({ op: 'remove', path: department }));
    expect(removed.body.schemas).toEqual([USER]);
    expect(removed.body).not.toHaveProperty(ENTERPRISE);
    // URNs in any case are sent canonical (decision 11).
    const body = {
      ...user('ext'),
      schemas: [USER.toLowerCase()],
      [ENTERPRISE.toLowerCase()]: { costCenter: '1' },
    };
    expect((await send('PUT', path, body)).body.schemas).toEqual([USER, ENTERPRISE]);
  });

  test('a Group needs a displayName (decision 11)', async () => {
    const answer = await send('POST', '/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    });
    expect(answer.body).toEqual(errorBody(400, 'invalidValue'));
    const id = await made(send, '/Groups', group('G'));
    const removed = await send('PATCH', `/Groups/${id}`, patchOp({ op: 'remove', path: 'displayName' }));
    expect(removed.body).toEqual(errorBody(400, 'mutability'));
    await made(send, '/Groups', group('G'));
  });

  test('PATCH answers 200 for users, 204 for groups; named attributes force 200 (decision 6)', async () => {
    const id = await made(send, '/Users', user('status'));
    const groupId = await made(send, '/Groups', group('status', [id]));
    const change = patchOp({ op: 'replace', path: 'displayName', value: 'New' });
    expect((await send('PATCH', `/Users/${id}`, change)).body.displayName).toBe('New');
    const silent = await send('PATCH', `/Groups/${groupId}`, change);
    expect([silent.status, silent.body, silent.headers.get('etag')]).toEqual([204, undefined, 'W/"2"']);
    const named = await send('PATCH', `/Groups/${groupId}?attributes=displayName`, change);
    expect(named.status).toBe(200);
    expect(named.body).toEqual({ schemas: expect.any(Array), id: groupId, displayName: 'New' });
    const without = await send('PATCH', `/Groups/${groupId}?excludedAttributes=members,meta`, change);
    expect(Object.keys(without.body)).toEqual(['schemas', 'id', 'displayName']);
    const turned = fresh(create(), { patchStatus: { User: 204, Group: 200 } });
    const turnedId = await made(turned, '/Users', user('t'));
    const turnedGroup = await made(turned, '/Groups', group('t', [turnedId]));
    expect((await turned('PATCH', `/Users/${turnedId}`, change)).status).toBe(204);
    const whole = await turned('PATCH', `/Groups/${turnedGroup}`, change);
    expect(whole.body.members).toHaveLength(1);
  });

  test('an unchanged resource keeps its version and its time (RFC 7644 §3.5.2.1, decision 12)', async () => {
    const body = user('same', { title: 'T', emails: [{ value: 'a@b.c', type: 'work' }] });
    const id = await made(send, '/Users', body);
    const before = (await send('GET', `/Users/${id}`)).body.meta;
    for (const answer of [
      await send('PUT', `/Users/${id}`, body),
      await send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', path: 'title', value: 'T' })),
      await send(
        'PATCH',
        `/Users/${id}`,
        patchOp({ op: 'add', path: 'emails', value: [{ value: 'A@b.c', type: 'work' }] }),
      ),
      await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'nickName' })),
      await send('PATCH', `/Users/${id}`, patchOp()),
    ]) {
      expect(answer.status).toBe(200);
    }
    expect((await send('GET', `/Users/${id}`)).body.meta).toEqual(before);
    expect(before.version).toBe('W/"1"');
  });
});
