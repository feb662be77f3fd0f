// Provisions a server through Bulk (RFC 7644 §3.7), before anything is measured.
import type { Connections } from './load.ts';
import { DEPARTMENT, group, type Population, user } from './population.ts';

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const BATCH = 1_000;

interface BulkAnswer {
  readonly Operations: readonly { readonly status: string; readonly location?: string }[];
}

/** Creates resources at one endpoint; returns their ids in order. */
async function create(
  connections: Connections,
  path: string,
  resources: readonly object[],
): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < resources.length; start += BATCH) {
    const batch = resources.slice(start, start + BATCH);
    const operations = batch.map((data, index) => ({ method: 'POST', path, bulkId: `b${index}`, data }));
    const { body } = await connections.send({
      method: 'POST',
      path: '/scim/v2/Bulk',
      body: JSON.stringify({ schemas: [BULK], Operations: operations }),
    });
    for (const { status, location } of (JSON.parse(body) as BulkAnswer).Operations) {
      const id = location?.split('/').at(-1);
      if (status !== '201' || id === undefined) throw new Error(`A Bulk operation was answered ${status}`);
      ids.push(id);
    }
  }
  return ids;
}

/** Provisions `size` users, their departments, a group of 10, and one of `large` unless that is 0. */
export async function seed(connections: Connections, size: number, large: number): Promise<Population> {
  const users: string[] = [];
  for (let start = 0; start < size; start += BATCH) {
    const count = Math.min(BATCH, size - start);
    const batch = Array.from({ length: count }, (_, index) => user('user', start + index));
    users.push(...(await create(connections, '/Users', batch)));
  }
  const departments: object[] = [];
  for (let start = size / 2; start < size; start += DEPARTMENT) {
    const name = `Department ${String(start / DEPARTMENT).padStart(6, '0')}`;
    departments.push(group(name, users.slice(start, start + DEPARTMENT)));
  }
  await create(connections, '/Groups', departments);
  // They end where the departments begin, and are on neither the first page nor the last.
  const middle = Math.floor(size / 2) - 10;
  const [small] = await create(connections, '/Groups', [group('Ten', users.slice(middle, middle + 10))]);
  const [many] =
    large > 0
      ? await create(connections, '/Groups', [group('Many', users.slice(middle - large, middle))])
      : [undefined];
  return { users, small: small as string, large: many };
}
