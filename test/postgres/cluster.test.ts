import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { findBinaries } from './binaries.ts';
import { startCluster } from './cluster.ts';
import { startServer } from './server.ts';
import { hasPostgres } from './test-database.ts';

const binaries = findBinaries(process.env);

async function read(url: string, statement: string): Promise<unknown[]> {
  const client = new Client(url);
  try {
    await client.connect();
    return (await client.query({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe.skipIf(!hasPostgres || 'missing' in binaries)('a PostgreSQL server of the tests', () => {
  const found = 'missing' in binaries ? { folder: '' } : binaries;

  test('has the settings that were asked for, wants its password, and leaves nothing behind', async () => {
    const cluster = await startCluster(found, { fsync: 'on', work_mem: '5MB' });
    expect(await read(cluster.url, "SELECT current_setting('fsync'), current_setting('work_mem')")).toEqual([
      'on',
      '5MB',
    ]);
    const guessed = cluster.url.replace(/:\w+@/, ':guessed@');
    await expect(read(guessed, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    await cluster.stop();
    expect(existsSync(cluster.folder)).toBe(false);
    await expect(read(cluster.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('is gone with the process that started it, even if that is killed', async () => {
    const script = `
      const { startCluster } = await import('./cluster.ts');
      const { url, folder } = await startCluster(${JSON.stringify(found)});
      console.log(JSON.stringify({ url, folder }));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const { url, folder } = JSON.parse(line) as { url: string; folder: string };
    expect(await read(url, 'SELECT 1')).toEqual([1]);

    child.kill('SIGKILL');
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 20_000 });
    await expect(read(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('that cannot start says why', async () => {
    await expect(startCluster(found, { no_such_setting: 'on' })).rejects.toThrow(/no_such_setting/);
  });
});

test('Programs that are asked for and not there are an error, not a reason to skip', async () => {
  await expect(startServer({ SCIMKIT_POSTGRES_BIN: '/nowhere' })).rejects.toThrow('/nowhere/postgres');
});
