// Dumps and logs in the field: passwords and tokens in clear text. Secrets are sent wherever a client can send them, rightly
// and wrongly; afterwards everything that was written is searched: log, banner, database, dump, and the answers.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, scratch, type Serving, serve, stop } from '../serve/command.ts';
import { BULK, PATCH, SEARCH, USER } from './urns.ts';

const PASSWORD = 'hunter2-SECRET';
const TOKEN = 'token-SECRET';
const WRONG_TOKEN = 'wrong-token-SECRET';
const BASIC = 'basic-SECRET';

afterAll(cleanUp);

/** Everything that a client can say with a password in it. */
async function tell(server: Serving): Promise<string> {
  let answers = '';
  let made = 0;
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
    const response = await server.fetch(
      path,
      { method, headers, ...(text !== undefined && { body: text }) },
      TOKEN,
    );
    const answer = await response.text();
    answers += `${answer}\n${JSON.stringify([...response.headers])}\n`;
    return answer;
  };
  const patch = (operation: object) => ({ schemas: [PATCH], Operations: [operation] });
  const user = (more: object) => ({ schemas: [USER], userName: `secret-${made++}`, ...more });
  const { id } = JSON.parse(await send('POST', '/Users', user({ password: PASSWORD })));
  const path = `/Users/${id}`;
  for (const password of [
    PASSWORD,
    [PASSWORD],
    [[PASSWORD]],
    { value: PASSWORD },
    [PASSWORD, PASSWORD],
    `${PASSWORD}\0`,
  ]) {
    await send('POST', '/Users', user({ password }));
    await send('POST', '/Users', user({ PassWord: password, password }));
    await send('PUT', path, user({ password }));
    for (const op of ['add', 'replace', 'remove', 'Replace', 'nonsense']) {
      await send('PATCH', path, patch({ op, path: 'password', value: password }));
      await send('PATCH', path, patch({ op, value: { password } }));
    }
    await send(
      'PATCH',
      `${path}?attributes=password`,
      patch({ op: 'add', path: `${USER}:password`, value: password }),
    );
    await send('PATCH', '/Users/nobody', patch({ op: 'add', path: 'password', value: password }));
    await send('POST', '/Bulk', {
      schemas: [BULK],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'a', data: user({ password }) },
        { method: 'PATCH', path, data: patch({ op: 'replace', path: 'password', value: password }) },
        { method: 'PUT', path: '/Users/nobody', data: user({ password }) },
      ],
    });
  }
  for (const body of [
    `{"password":"${PASSWORD}"`,
    `{"password":"${PASSWORD}",}`,
    `password=${PASSWORD}`,
    `"${PASSWORD}"`,
    `{"schemas":["${USER}"],"password":"${PASSWORD}"}`,
  ]) {
    await send('POST', '/Users', body);
    await send('PUT', path, body);
    await send('PATCH', path, body);
    await send('POST', '/Bulk', body);
    await send('POST', '/Users', body, { 'content-type': 'text/plain' });
  }
  for (const filter of [
    `password eq "${PASSWORD}"`,
    `password sw "${PASSWORD}"`,
    `userName eq "${PASSWORD}"`,
  ]) {
    await send('GET', `/Users?filter=${encodeURIComponent(filter)}`);
    await send('GET', `/Nope?filter=${encodeURIComponent(filter)}`);
    await send('POST', '/.search', { schemas: [SEARCH], filter, attributes: ['password'] });
  }
  await send('GET', `/Users?sortBy=password&attributes=password&password=${PASSWORD}`);
  for (const authorization of [
    `Bearer ${WRONG_TOKEN}`,
    `Bearer ${WRONG_TOKEN} ${WRONG_TOKEN}`,
    WRONG_TOKEN,
    `Basic ${btoa(`idp:${BASIC}`)}`,
    `Basic ${btoa(`idp:${WRONG_TOKEN}`)}`,
  ]) {
    await send('GET', '/Users', undefined, { authorization, cookie: `session=${WRONG_TOKEN}` });
    await send('GET', '/', undefined, { authorization });
  }
  return answers;
}

test('dumps and logs in the field: no secret is written anywhere, or sent back', {
  timeout: 60_000,
}, async () => {
  const passwords = join(scratch, 'passwords-of-basic');
  writeFileSync(passwords, `idp:${BASIC}\n`);
  const options = ['--bearer-token', TOKEN, '--basic-auth-file', passwords, '--verbose-errors'];
  const database = join(scratch, 'secrets.db');
  const dump = join(scratch, 'secrets.json');
  const server = await serve(['--database', database, '--dump-resources', dump, ...options]);
  const answers = await tell(server);
  const readFiles = () =>
    readdirSync(scratch)
      .filter((name) => name.startsWith('secrets.'))
      .map((name) => [name, readFileSync(join(scratch, name), 'latin1')] as const);
  const running = readFiles();
  expect(running.map(([name]) => name)).toContain('secrets.db-wal');
  expect(await stop(server)).toBe(0);
  const written = [
    ...running,
    ...readFiles(),
    ['the log', server.output.stderr],
    ['the banner', server.output.stdout],
    ['the answers', answers],
  ] as const;
  expect(written.map(([name]) => name)).toContain('secrets.json');
  expect(server.output.stderr.split('\n').length).toBeGreaterThan(100);
  const encoded = [BASIC, WRONG_TOKEN].map((secret) => btoa(`idp:${secret}`));
  for (const [name, text] of written) {
    const found = [/.{0,100}SECRET.{0,100}/.exec(text)?.[0], encoded.find((secret) => text.includes(secret))];
    expect([name, ...found]).toEqual([name, undefined, undefined]);
  }
});
