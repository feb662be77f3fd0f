import express from 'express';
import { toExpressHandlers } from 'scimkit/express';
import { port, scim } from '../scim.ts';

const app = express();
app.use('/scim/v2', toExpressHandlers(scim));
app.use(express.json()); // the app's own parsers and routes: before or after, either works
app.get('/', (_request, response) => void response.send('the app'));
app.listen(port, '127.0.0.1');
