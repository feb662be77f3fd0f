// The app: its own pages, and SCIM beside them.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { toHonoHandler } from 'scimkit/hono';
import { db } from './database.ts';
import { scim } from './scim.ts';

const app = new Hono();

app.all('/scim/v2/*', toHonoHandler(scim));

app.get('/users', async (context) =>
  context.json(await db.selectFrom('users').select(['email', 'first_name', 'role', 'disabled_at']).execute()),
);
app.get('/activity', async (context) => context.json(await db.selectFrom('activity').selectAll().execute()));

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8080), hostname: '127.0.0.1' });
