// SCIMMY (npm) as a service provider over maps, to hold the client against.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';

interface Stored {
  id: string;
  userName?: string;
  displayName?: string;
  meta: { created: Date; lastModified: Date };
}

/** A server that runs. */
export interface ForeignServer {
  readonly baseUrl: string;
  readonly close: () => Promise<void>;
}

/** Keeps the resources of one type; a name is taken once. */
function keep(type: unknown, key: 'userName' | 'displayName'): void {
  const rows = new Map<string, Stored>();
  SCIMMY.Resources.declare(
    type as typeof SCIMMY.Resources.User,
    {
      ingress: (resource: { id?: string }, instance: object) => {
        const id = resource.id ?? randomUUID();
        const before = rows.get(id);
        if (resource.id && !before) throw new SCIMMY.Types.Error(404, '', `Resource ${id} not found`);
        const data = JSON.parse(JSON.stringify(instance)) as Stored;
        const isTaken = [...rows.values()].some((row) => row.id !== id && row[key] === data[key]);
        if (isTaken) throw new SCIMMY.Types.Error(409, 'uniqueness', `${key} is taken`);
        const now = new Date();
        const row = { ...data, id, meta: { created: before?.meta.created ?? now, lastModified: now } };
        rows.set(id, row);
        return row;
      },
      egress: (resource: { id?: string; filter?: { match: (rows: Stored[]) => Stored[] } }) => {
        if (resource.id === undefined) {
          return resource.filter ? resource.filter.match([...rows.values()]) : [...rows.values()];
        }
        const row = rows.get(resource.id);
        if (!row) throw new SCIMMY.Types.Error(404, '', `Resource ${resource.id} not found`);
        return row;
      },
      degress: (resource: { id?: string }) => {
        if (!rows.delete(resource.id ?? '')) {
          throw new SCIMMY.Types.Error(404, '', `Resource ${resource.id} not found`);
        }
      },
    } as never,
  );
}

/** Starts it on a free port. */
export async function startScimmy(token: string): Promise<ForeignServer> {
  keep(SCIMMY.Resources.User, 'userName');
  keep(SCIMMY.Resources.Group, 'displayName');
  const app = express();
  const routers = new SCIMMYRouters({
    type: 'bearer',
    handler: (request: { header: (name: string) => string | undefined }) => {
      if (request.header('Authorization') !== `Bearer ${token}`) throw new Error('Authorization failed');
      return 'nobody';
    },
  } as never);
  app.use('/scim', routers as never);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
