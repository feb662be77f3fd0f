// scimmy-routers over arrays in memory, as its documentation shows. Its total is the number of what a handler returns,
// so a list returns all that match. `groups` of users are left out: a handler would have to find them by itself.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import { type Memory, populate } from '../peer-population.ts';

const { users, groups } = populate(Number(process.argv[2]), Number(process.argv[3]));

interface Target {
  readonly id?: string | undefined;
  readonly filter?: { match(values: object[]): object[] } | undefined;
}

function read(memory: Memory, { id, filter }: Target) {
  if (id !== undefined) {
    const found = memory.byId.get(id);
    if (!found) throw new Error('Not Found');
    return found;
  }
  return filter ? filter.match(memory.all) : memory.all;
}

function write(memory: Memory, { id = randomUUID() }: Target, instance: object) {
  const earlier = memory.byId.get(id);
  const now = new Date();
  const resource = { ...instance, id, meta: { created: earlier?.meta?.created ?? now, lastModified: now } };
  if (earlier) Object.assign(earlier, resource);
  else memory.add(resource);
  return resource;
}

SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .extend(SCIMMY.Schemas.EnterpriseUser, false)
  .egress((target) => read(users, target) as never)
  .ingress((target, instance) => write(users, target, instance) as never)
  .degress((target) => users.remove(target.id as string));
SCIMMY.Resources.declare(SCIMMY.Resources.Group)
  .egress((target) => read(groups, target) as never)
  .ingress((target, instance) => write(groups, target, instance) as never)
  .degress((target) => groups.remove(target.id as string));

const app = express();
app.use(
  '/scim/v2',
  new SCIMMYRouters({
    type: 'bearer',
    handler: (request) => {
      if (request.header('Authorization') !== `Bearer ${process.env.BENCH_TOKEN}`) throw new Error('No.');
      return 'bench';
    },
  }),
);
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
