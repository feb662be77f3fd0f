import Koa from 'koa';
import { toKoaMiddleware } from 'scimkit/koa';
import { port, scim } from '../scim.ts';

const app = new Koa();
app.use(toKoaMiddleware(scim)); // before a body parser: what that refuses, Koa would answer
app.use((context) => {
  context.body = 'the app';
});
app.listen(port, '127.0.0.1');
