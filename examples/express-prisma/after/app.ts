import { randomBytes } from 'node:crypto';
import express from 'express';
import { toExpressHandlers } from 'scimkit/express';
import { client } from './database.ts';
import { matches, NO_PASSWORD } from './password.ts';
import { scim } from './scim.ts';

const app = express();
app.use('/scim/v2', toExpressHandlers(scim));
app.use(express.json());

const toHtml = (text: string) => text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

app.post('/login', async (request, response) => {
  const { email, password } = request.body as { email: string; password: string };
  const user = await client.user.findUnique({ where: { email: String(email) } });
  // It takes the same time where there is nobody, so that nobody learns who has an account.
  const isRight = await matches(String(password), user?.passwordHash ?? NO_PASSWORD);
  if (!user?.passwordHash || user.disabledAt || !isRight) {
    response.status(401).send('Wrong address or password, or the account is disabled');
    return;
  }
  const { token } = await client.session.create({
    data: { token: randomBytes(32).toString('hex'), userId: user.id },
  });
  response.cookie('session', token, { httpOnly: true, sameSite: 'lax' }).send('Welcome');
});

// The page of an organisation's people.
app.get('/people', async (request, response) => {
  const token = /\bsession=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const session = await client.session.findUnique({ where: { token }, include: { user: true } });
  if (!session || session.user.disabledAt) {
    response.status(401).send('Log in first');
    return;
  }
  const { organisationId } = session.user;
  const users = await client.user.findMany({ where: { organisationId }, orderBy: { email: 'asc' } });
  const rows = users.map(({ firstName, lastName, email, role, disabledAt }) =>
    [`${firstName ?? ''} ${lastName ?? ''}`, email, role, disabledAt ? 'disabled' : 'active']
      .map((text) => `<td>${toHtml(text)}</td>`)
      .join(''),
  );
  response.send(`<table>${rows.map((row) => `<tr>${row}</tr>`).join('\n')}</table>`);
});

app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
