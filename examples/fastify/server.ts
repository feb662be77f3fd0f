import { fastify } from 'fastify';
import { toFastifyPlugin } from 'scimkit/fastify';
import { port, scim } from '../scim.ts';

const app = fastify();
app.register(toFastifyPlugin(scim), { prefix: '/scim/v2' });
app.get('/', async () => 'the app');
await app.listen({ port, host: '127.0.0.1' });
