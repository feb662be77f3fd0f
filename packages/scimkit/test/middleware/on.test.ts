import { Group, on, parsePatch, ScimError, User } from 'scimkit';
import { expect, test } from 'vitest';
import { createApp, overApp } from '../app.ts';
import { errorBody, group, made, patchOp, user } from '../fixture.ts';

test('parity 4: pre and post hooks of users and groups, each in three lines', async () => {
  const app = createApp();
  const log: string[] = [];
  const send = overApp(app, {
    use: [
      on([User, Group], ['create', 'replace', 'patch', 'delete'], async (operation, next) => {
        log.push(`pre ${operation.resourceType} ${operation.name}`);
        return next();
      }),
      on([User, Group], ['create', 'replace', 'patch', 'delete'], async (operation, next) => {
        const written = await next();
        operation.tx.run('INSERT INTO audit VALUES (?)', `${operation.name} ${written?.id}`);
        operation.afterCommit(() => log.push(`post ${operation.resourceType} ${operation.name}`));
        return written;
      }),
    ],
  });
  for (const [path, body] of [
    ['/Users', user('ada')],
    ['/Groups', group('all')],
  ] as const) {
    log.length = 0;
    const id = await made(send, path, body);
    await send('PUT', `${path}/${id}`, body);
    await send('PATCH', `${path}/${id}`, patchOp({ op: 'add', path: 'externalId', value: 'x' }));
    await send('DELETE', `${path}/${id}`);
    const type = path === '/Users' ? 'User' : 'Group';
    const names = ['create', 'replace', 'patch', 'delete'];
    expect(log).toEqual(names.flatMap((name) => [`pre ${type} ${name}`, `post ${type} ${name}`]));
    expect(app.all(`SELECT text FROM audit WHERE text LIKE '%${id}'`)).toHaveLength(4);
  }
});

test('parity 4: a hook changes the input, or refuses with an error of its own', async () => {
  const send = overApp(createApp(), {
    use: [
      on(User, 'create', async (operation, next) => {
        const { attributes } = operation.input;
        return next({
          ...operation,
          input: { ...operation.input, attributes: { ...attributes, userName: attributes.userName.trim() } },
        });
      }),
      on(User, 'patch', async (operation, next) => {
        const added = parsePatch(User, [{ op: 'replace', path: 'name.formatted', value: 'set' }]);
        return next({ ...operation, changes: [...operation.changes, ...added] });
      }),
      on(User, ['create', 'replace'], async (operation, next) => {
        if (operation.input.attributes.userType !== 'Contractor') return next();
        throw new ScimError(
          403,
          'Contractors are not provisioned here. Remove them from the app assignment.',
        );
      }),
    ],
  });
  const { body } = await send('POST', '/Users', user(' ada '));
  expect(body.userName).toBe('ada');
  const patched = await send('PATCH', `/Users/${body.id}`, patchOp({ op: 'add', path: 'title', value: 'x' }));
  expect(patched.body).toMatchObject({ title: 'x', name: { formatted: 'set' } });
  const refused = await send('POST', '/Users', user('bob', { userType: 'Contractor' }));
  expect(refused.body).toEqual(errorBody(403));
  expect(refused.body.detail).toContain('Contractors are not provisioned');
});

test('other types and operations pass it by', async () => {
  const seen: string[] = [];
  const send = overApp(createApp(), {
    use: [
      on(Group, ['create', 'get'], async (operation, next) => {
        seen.push(`${operation.resourceType} ${operation.name}`);
        return next();
      }),
    ],
  });
  await made(send, '/Users', user('ada'));
  const id = await made(send, '/Groups', group('all'));
  await send('GET', '/Groups');
  await send('GET', `/Groups/${id}`);
  await send('DELETE', `/Groups/${id}`);
  expect(seen).toEqual(['Group create', 'Group get']);
});
