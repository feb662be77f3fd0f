import { describe, expect, test } from 'vitest';
import {
  BULK_REQUEST,
  client,
  DATABASES,
  group,
  made,
  patchOp,
  provider,
  SEARCH_REQUEST,
  user,
} from '../fixture.ts';

// anchors 2 to 4, decision 1, security: "several" and Casdoor CVE-2026-15630. What belongs to another tenant or another
// connection looks exactly like what doesn't exist. The routes come from the route table, so that none is missed.
describe.each(DATABASES)('on %s', (_, create) => {
  const scim = provider(create());
  const owner = client(scim);

  describe.each(['other-tenant', 'other-connection'])('two tenants, Casdoor CVE-2026-15630: %s', (token) => {
    const stranger = client(scim, token);
    const absent = '01a205de-0000-7000-8000-000000000000';

    const bodies: Record<string, (id: string) => unknown> = {
      PUT: () => user(`stranger-${token}`),
      PATCH: () => patchOp({ op: 'add', path: 'displayName', value: 'mine' }),
    };
    const byId = scim.routes
      .filter(({ path }) => path.endsWith('/:id'))
      .flatMap(({ path, methods }) => methods.map((method) => [method, path] as const));

    test.each(byId)('%s %s', async (method, path) => {
      const endpoint = path.replace('/:id', '');
      const body = endpoint === '/Users' ? user(`iso-${token}-${method}`) : group(`iso-${token}-${method}`);
      const id = await made(owner, endpoint, body);
      const send = async (target: string, headers = {}) => {
        const sent = endpoint === '/Groups' && method === 'PUT' ? group('mine') : bodies[method]?.(target);
        const answer = await stranger(method, `${endpoint}/${target}`, sent, headers);
        const text = JSON.stringify(answer.body).replaceAll(target, 'ID');
        return { status: answer.status, text, headers: [...answer.headers] };
      };
      for (const headers of [
        {},
        { 'if-match': 'W/"1"' },
        { 'if-match': 'W/"7"' },
        { 'if-none-match': '*' },
      ]) {
        expect(await send(id, headers)).toEqual(await send(absent, headers));
      }
      expect((await send(id)).status).toBe(404);
      expect((await owner('GET', `${endpoint}/${id}`)).status).toBe(200);
    });

    test('no filter, however written, finds another scope (anchor 3)', async () => {
      await made(owner, '/Users', user(`wide-${token}`));
      for (const filter of [
        `userName pr or userName eq "wide-${token}"`,
        'not (userName eq "x")',
        'id pr',
        'userName ne "x" or active eq true or not (active eq true)',
        'emails[value pr] or meta.resourceType eq "User"',
      ]) {
        const query = `?filter=${encodeURIComponent(filter)}`;
        for (const answer of [
          await stranger('GET', `/Users${query}`),
          await stranger('GET', `${query}`),
          await stranger('POST', '/Users/.search', { schemas: [SEARCH_REQUEST], filter }),
        ]) {
          expect(JSON.stringify(answer.body)).not.toContain(`wide-${token}`);
        }
      }
    });

    test('strangers are no members, and groups of strangers hold nobody', async () => {
      const id = await made(owner, '/Users', user(`member-${token}`));
      const groupId = await made(stranger, '/Groups', group('Theirs', [id]));
      expect((await stranger('GET', `/Groups/${groupId}`)).body.members).toEqual([]);
      await stranger(
        'PATCH',
        `/Groups/${groupId}`,
        patchOp({ op: 'add', path: 'members', value: [{ value: id }] }),
      );
      expect((await stranger('GET', `/Groups/${groupId}`)).body.members).toEqual([]);
      expect((await owner('GET', `/Users/${id}`)).body).not.toHaveProperty('groups');
      expect((await stranger('GET', `/Groups?filter=members eq "${id}"`)).body.totalResults).toBe(0);
    });

    test('Bulk reaches no further', async () => {
      const id = await made(owner, '/Users', user(`bulk-${token}`));
      const answer = await stranger('POST', '/Bulk', {
        schemas: [BULK_REQUEST],
        Operations: [
          { method: 'DELETE', path: `/Users/${id}` },
          { method: 'PATCH', path: `/Users/${id}`, data: patchOp({ op: 'add', path: 'title', value: 'x' }) },
        ],
      });
      expect(answer.body.Operations.map((o: { status: string }) => o.status)).toEqual(['404', '404']);
    });
  });

  test('unique values hold within the tenant, over its connections, and not beyond (decision 1)', async () => {
    await made(owner, '/Users', user('shared-name'));
    expect((await client(scim, 'other-connection')('POST', '/Users', user('Shared-Name'))).status).toBe(409);
    expect((await client(scim, 'other-tenant')('POST', '/Users', user('shared-name'))).status).toBe(201);
  });

  test('externalId can be unique within a connection (decision 8)', async () => {
    const { User } = await import('scimkit');
    const database = create();
    const open = (connection: string) =>
      database.open(User, { tenant: 't', connection }, { unique: ['externalId'] });
    const input = (userName: string) => ({
      attributes: { userName, externalId: 'x' },
      relations: new Map(),
      secrets: {},
      mentioned: new Set<string>(),
    });
    const { id } = await open('a').create(input('one'), {});
    await open('b').create(input('two'), {});
    await expect(open('a').create(input('three'), {})).rejects.toMatchObject({ scimType: 'uniqueness' });
    await open('a').delete(id, {});
    await open('a').create(input('three'), {});
  });
});
