import { bearerTokens, createServiceProvider, defineResourceType, Group, GroupSchema, User } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import {
  BULK_REQUEST,
  client,
  ENTERPRISE,
  errorBody,
  fresh,
  GROUP,
  LIST_RESPONSE,
  USER,
} from '../fixture.ts';

const send = fresh(createMemoryDatabase());

/** Every value in a document, at any depth. */
function values(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(values) : [value];
}

describe('discovery (RFC 7644 §4, must-handle 5)', () => {
  test.each(['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'])(
    '%s has neither null nor empty text',
    async (path) => {
      const { status, body } = await send('GET', path);
      expect(status).toBe(200);
      expect(values(body)).not.toContain(null);
      expect(values(body)).not.toContain('');
    },
  );

  test('lists are ListResponses, and every item is found by its location (parity 2, 24)', async () => {
    for (const path of ['/ResourceTypes', '/Schemas']) {
      const { body } = await send('GET', path);
      expect(body.schemas).toEqual([LIST_RESPONSE]);
      expect(body).toMatchObject({
        totalResults: body.Resources.length,
        itemsPerPage: body.Resources.length,
        startIndex: 1,
      });
      for (const item of body.Resources) {
        const location = item.meta.location.replace('http://scim.test/scim/v2', '');
        expect((await send('GET', location)).body).toEqual(item);
      }
    }
  });

  test.each([
    ['/Schemas', USER],
    ['/Schemas', encodeURIComponent(ENTERPRISE)],
    ['/Schemas', GROUP.toUpperCase()],
    ['/ResourceTypes', 'User'],
    ['/ResourceTypes', 'group'],
  ])('%s/%s by name or URN, encoded or not, in any case', async (path, item) => {
    const { status, body } = await send('GET', `${path}/${item}`);
    expect(status).toBe(200);
    expect(body.id.toLowerCase()).toBe(decodeURIComponent(item).toLowerCase());
  });

  test.each(['/Schemas/urn:nobody', '/ResourceTypes/Nope', '/ServiceProviderConfig/x', '/Schemas/a/b'])(
    '%s is 404',
    async (path) => {
      expect((await send('GET', path)).body).toEqual(errorBody(404));
    },
  );

  test('every schema of a resource type is listed', async () => {
    const schemas = (await send('GET', '/Schemas')).body.Resources.map((s: { id: string }) => s.id);
    for (const type of (await send('GET', '/ResourceTypes')).body.Resources) {
      expect(schemas).toContain(type.schema);
      for (const { schema } of type.schemaExtensions ?? []) expect(schemas).toContain(schema);
    }
  });

  test('filter is refused with 403, other parameters are ignored (decision 18)', async () => {
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas']) {
      expect((await send('GET', `${path}?filter=id+pr`)).body).toEqual(errorBody(403));
      expect((await send('GET', `${path}?count=1&startIndex=5&attributes=x&sortBy=y`)).status).toBe(200);
    }
  });

  test('ServiceProviderConfig says what is switched on (anchor 16; parity 2, 22)', async () => {
    const database = createMemoryDatabase();
    const custom = client(
      createServiceProvider({
        authentication: bearerTokens([{ token: 'secret', auth: { tenant: 't' } }], {
          documentationUri: 'https://docs.test/token',
        }),
        resources: [{ type: User, store: ({ auth }) => database.open(User, auth) }],
        changePassword: true,
        documentationUri: 'https://docs.test',
      }),
    );
    expect((await custom('GET', '/ServiceProviderConfig')).body).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      documentationUri: 'https://docs.test',
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 10 * 1024 * 1024 },
      filter: { supported: true, maxResults: 1000 },
      changePassword: { supported: true },
      sort: { supported: true },
      etag: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: 1000,
        cursorTimeout: 3600,
      },
      authenticationSchemes: [
        {
          type: 'oauthbearertoken',
          name: expect.any(String),
          description: expect.any(String),
          specUri: expect.stringMatching(/^https:/),
          documentationUri: 'https://docs.test/token',
          primary: true,
        },
      ],
      meta: {
        resourceType: 'ServiceProviderConfig',
        location: 'http://scim.test/scim/v2/ServiceProviderConfig',
      },
    });
    expect((await send('GET', '/ServiceProviderConfig')).body.changePassword).toEqual({ supported: false });
  });

  test('what ServiceProviderConfig claims is true, and what is not there it does not claim (parity 22)', async () => {
    const limits = { maxPageSize: 2, bulkOperations: 1 };
    const own = fresh(createMemoryDatabase(), { limits, pagination: { cursor: false } });
    const config = (await own('GET', '/ServiceProviderConfig')).body;
    const names = ['b', 'c', 'a'];
    for (const userName of names) await own('POST', '/Users', { schemas: [USER], userName });
    const page = (await own('GET', '/Users?count=100&sortBy=userName')).body;
    expect(page.itemsPerPage).toBe(config.filter.maxResults);
    const [first, second] = page.Resources as { userName: string; id: string; meta: { version: string } }[];
    expect([config.sort.supported, first?.userName, second?.userName]).toEqual([true, 'a', 'b']);
    const path = `/Users/${first?.id}`;
    const operations = [{ op: 'add', path: 'title', value: 'T' }];
    const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
    const conditional = (tag: string | undefined) => own('PATCH', path, patch, { 'if-match': tag });
    expect([config.etag.supported, (await conditional('W/"7"')).status]).toEqual([true, 412]);
    expect([config.patch.supported, (await conditional(first?.meta.version)).status]).toEqual([true, 200]);
    const bulk = async (count: number) => {
      const Operations = Array.from({ length: count }, () => ({ method: 'DELETE', path: '/Users/x' }));
      return (await own('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations })).status;
    };
    const { maxOperations } = config.bulk;
    expect([await bulk(maxOperations), await bulk(maxOperations + 1)]).toEqual([200, 413]);
    expect(config.changePassword.supported).toBe(false);
    expect(config.pagination.cursor).toBe(false);
    expect((await own('GET', '/Users?count=1')).body).not.toHaveProperty('nextCursor');
    expect(config.authenticationSchemes.map(({ type }: { type: string }) => type)).toEqual([
      'oauthbearertoken',
    ]);
    const refused = await own('GET', '/Users', undefined, { authorization: undefined });
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('what needs a credential is a choice (decision 18; parity 21)', async () => {
    const statuses = async (publicDiscovery?: Record<string, boolean>) => {
      const scim = fresh(createMemoryDatabase(), publicDiscovery ? { publicDiscovery } : {});
      const paths = ['/ServiceProviderConfig'];
      paths.push('/Schemas', '/ResourceTypes', `/Schemas/${USER}`, '/ResourceTypes/User');
      return Promise.all(
        paths.map(async (path) => (await scim('GET', path, undefined, { authorization: undefined })).status),
      );
    };
    expect(await statuses()).toEqual([200, 401, 401, 401, 401]);
    expect(await statuses({ schemas: true })).toEqual([200, 200, 200, 200, 200]);
    expect(await statuses({ serviceProviderConfig: false })).toEqual([401, 401, 401, 401, 401]);
  });

  test('a custom type and its schema appear by themselves', async () => {
    const Role = defineResourceType({
      name: 'Role',
      endpoint: '/Roles',
      schema: { ...GroupSchema, id: 'urn:example:Role' },
    });
    const scim = fresh(createMemoryDatabase(), { types: [User, Group, Role] });
    expect((await scim('GET', '/ResourceTypes/Role')).body).toMatchObject({
      endpoint: '/Roles',
      schema: 'urn:example:Role',
    });
    expect((await scim('GET', '/Schemas/urn:example:Role')).status).toBe(200);
    expect((await scim('GET', '/Roles')).status).toBe(200);
  });
});

describe('/Me (RFC 7644 §3.11, decision 19)', () => {
  test('501 where no resolver is configured, POST always', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await send(method, '/Me', method === 'GET' || method === 'DELETE' ? undefined : {});
      expect(answer.body).toEqual(errorBody(501));
    }
  });

  test('the resource of the caller, at its permanent location (parity 39)', async () => {
    let subject: { resourceType: string; id: string } | undefined;
    const scim = fresh(createMemoryDatabase(), { me: () => subject });
    const id = (await scim('POST', '/Users', { schemas: [USER], userName: 'me' })).body.id;
    expect((await scim('GET', '/Me')).body).toEqual(errorBody(404));
    subject = { resourceType: 'User', id };
    const location = `http://scim.test/scim/v2/Users/${id}`;
    const read = await scim('GET', '/Me?attributes=userName');
    expect([read.status, read.body.userName, read.headers.get('location')]).toEqual([200, 'me', location]);
    const put = await scim('PUT', '/Me', { schemas: [USER], userName: 'me', title: 'T' });
    expect([put.status, put.headers.get('location')]).toEqual([200, location]);
    const operations = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'remove', path: 'title' }],
    };
    const patched = await scim('PATCH', '/Me', operations, { 'if-match': 'W/"2"' });
    expect([patched.status, patched.headers.get('location')]).toEqual([200, location]);
    expect((await scim('POST', '/Me', { schemas: [USER], userName: 'x' })).status).toBe(501);
    expect((await scim('DELETE', '/Me')).status).toBe(204);
    expect((await scim('GET', '/Me')).status).toBe(404);
    subject = { resourceType: 'Nope', id };
    expect((await scim('GET', '/Me')).status).toBe(404);
  });
});
