import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { toHonoHandler } from 'scimkit/hono';
import { port, scim } from '../scim.ts';

const app = new Hono();
app.all('/scim/v2/*', toHonoHandler(scim));
app.get('/', (context) => context.text('the app'));
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
