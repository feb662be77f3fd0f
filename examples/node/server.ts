import { createServer } from 'node:http';
import { toNodeHandler } from 'scimkit/node';
import { port, scim } from '../scim.ts';

createServer(toNodeHandler(scim)).listen(port, '127.0.0.1');
