// Replays the recorded traffic of identity providers against `scimkit serve` on a new SQLite file; shows what fails.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUp, root, scratch, serve, stop } from '../test/serve/command.ts';

const replay = join(root, '../shared/idp/run.mjs');
if (existsSync(replay)) {
  const server = await serve(['--database', join(scratch, 'recordings.db'), '--create-token']);
  const { baseUrl, token = '' } = server;
  const { status } = spawnSync(process.execPath, [replay, baseUrl, token, '--fail-only'], {
    stdio: 'inherit',
  });
  await stop(server);
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(`The recordings are missing: there is no ${replay}.\n`);
  process.exitCode = 1;
}
cleanUp();
