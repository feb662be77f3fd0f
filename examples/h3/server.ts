import { H3, serve } from 'h3';
import { toH3Handler } from 'scimkit/h3';
import { port, scim } from '../scim.ts';

const app = new H3();
app.all('/scim/v2/**', toH3Handler(scim));
app.get('/', () => 'the app');
serve(app, { port, hostname: '127.0.0.1', silent: true });
