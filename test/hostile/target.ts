// The server under attack: a process of its own, or a service provider over the memory store in this one.
import { createServer } from 'node:http';
import { bearerTokens, createServiceProvider, Group, User } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { toNodeHandler } from 'scimkit/node';
import { expect } from 'vitest';
import type { Database } from '../../packages/scimkit/test/fixture.ts';
import { MAPPED } from '../../packages/scimkit/test/mapped/directory.ts';
import { createTestDatabase, hasPostgres } from '../postgres/test-database.ts';
import { serve, stop } from '../serve/command.ts';
import { assertAnswer } from './answer.ts';
import { changedPrototypes } from './prototypes.ts';
import { format, type RawRequest } from './request.ts';
import { Client, type RawAnswer } from './socket.ts';

const TOKEN = 'hostile-token-never-to-be-seen';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** What differs between targets. */
interface Running {
  readonly port: number;
  /** Whether what is no HTTP gets a SCIM error; node:http by itself answers it without a body. */
  readonly answersMalformed: boolean;
  /** What the log has, or would have, of the latest failure. */
  latestCause(): string;
  /** Names of what has changed of the built-in objects in the server's process. */
  changedPrototypes(): Promise<readonly string[]>;
  /** All that was written to its log. */
  written(): string;
  stop(): Promise<unknown>;
}

/** `scimkit serve` on SQLite, as a process of its own. */
export async function standalone(args: readonly string[] = []): Promise<Running> {
  const watch = new URL('prototypes.ts', import.meta.url).href;
  const server = await serve(['--database', ':memory:', '--bearer-token', TOKEN, ...args], {
    NODE_OPTIONS: `--import ${watch}`,
    HOSTILE_WATCH: '1',
  });
  const { output, child } = server;
  const reports = () => output.stderr.match(/^\{"changedPrototypes":.*$/gm) ?? [];
  return {
    port: Number(new URL(server.origin).port),
    answersMalformed: true,
    latestCause: () => output.stderr.match(/^.*"msg":"failed".*$/gm)?.at(-1) ?? '',
    async changedPrototypes() {
      const before = reports().length;
      child.kill('SIGUSR2');
      await expect.poll(() => reports().length, { timeout: 10_000 }).toBeGreaterThan(before);
      return JSON.parse(reports().at(-1) as string).changedPrototypes;
    },
    written: () => output.stdout + output.stderr,
    stop: () => stop(server),
  };
}

/** The same on a PostgreSQL database of its own. */
export async function onPostgres(): Promise<Running> {
  const database = await createTestDatabase();
  const running = await standalone(['--database', database.url]);
  return {
    ...running,
    stop: async () => {
      await running.stop();
      await database.drop();
    },
  };
}

/** The library in this process, on the memory store or on another one. */
export async function inProcess(database: Pick<Database, 'open'> = createMemoryDatabase()): Promise<Running> {
  let cause = '';
  const scim = createServiceProvider({
    authentication: bearerTokens([{ token: TOKEN, auth: { tenant: 'acme' } }]),
    resources: [
      { type: User, store: ({ auth }) => database.open(User, auth) },
      { type: Group, store: ({ auth }) => database.open(Group, auth) },
    ],
    observe: ({ error, response }) => {
      if (response.status >= 500) cause = String((error as Error)?.stack ?? error);
    },
  });
  const server = createServer(toNodeHandler(scim)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as { port: number }).port,
    answersMalformed: false,
    latestCause: () => cause,
    changedPrototypes: async () => changedPrototypes(),
    written: () => '',
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * An app's own tables, through each library: of the six, those of two, or all where there is time. What is hostile is read
 * before any of them; what differs is what their databases take.
 */
export const MAPPED_TARGETS = MAPPED.filter(
  ([name]) => process.env.SCIMKIT_STORES === 'all' || /^(Drizzle on SQLite|Prisma on PostgreSQL)$/.test(name),
).map(
  ([name, create]) =>
    [`the library in node:http, on an app's tables: ${name}`, () => inProcess(create())] as const,
);

/** What every battery runs against, over real sockets. */
export const TARGETS: readonly (readonly [name: string, run: () => Promise<Running>])[] = [
  ['scimkit serve on SQLite', () => standalone()],
  ...(hasPostgres ? [['scimkit serve on PostgreSQL', onPostgres] as const] : []),
  ['the library in node:http, on the memory store', () => inProcess()],
  ...MAPPED_TARGETS,
];

/** A server with a user and a group that nobody names, so that nothing may happen to them. */
export class Target {
  readonly running: Running;
  readonly client: Client;
  private readonly untouched: { readonly path: string; readonly text: string }[] = [];

  private constructor(running: Running) {
    this.running = running;
    this.client = new Client(running.port);
  }

  static async start(run: () => Promise<Running> = standalone): Promise<Target> {
    const target = new Target(await run());
    const userId = await target.make('/Users', {
      schemas: [USER],
      userName: 'untouched',
      externalId: 'untouched-1',
      emails: [{ value: 'untouched@example.com', type: 'work', primary: true }],
    });
    const groupId = await target.make('/Groups', {
      schemas: [GROUP],
      displayName: 'untouched',
      members: [{ value: userId }],
    });
    for (const path of [`/Users/${userId}`, `/Groups/${groupId}`]) {
      target.untouched.push({ path, text: await target.read(path) });
    }
    return target;
  }

  /** Sends a request; its answer is what any answer must be. */
  async ask(request: RawRequest): Promise<RawAnswer> {
    const bytes = format(request, TOKEN);
    const isHead = request.method === 'HEAD';
    const answer = await this.client.ask(bytes, isHead);
    this.check(request, answer);
    return answer;
  }

  /** The same on a connection of its own, for what does not end where it says. */
  async askAll(request: RawRequest): Promise<readonly RawAnswer[]> {
    const isHead = request.method === 'HEAD';
    const options = { isHead, ends: (request.excess ?? 0) > 0 };
    const answers = await this.client.askAll(format(request, TOKEN), options);
    for (const answer of answers) this.check(request, answer);
    return answers;
  }

  private check(request: RawRequest, answer: RawAnswer): void {
    const { status, text } = answer;
    if (!this.running.answersMalformed && (status === 400 || status === 431) && text === '') return;
    assertAnswer(request, answer, () => this.running.latestCause());
    expect(answer.text).not.toContain(TOKEN);
  }

  /** Creates a resource; returns its id. */
  async make(path: string, body: unknown): Promise<string> {
    const { status, text } = await this.ask({ method: 'POST', path, body });
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${text}`);
    return JSON.parse(text).id;
  }

  /** Reads a resource as text. */
  async read(path: string): Promise<string> {
    const { status, text } = await this.ask({ method: 'GET', path });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
    return text;
  }

  /** After an attack: the server answers, what was not named is as it was, the built-in objects too. */
  async assertUnharmed(): Promise<void> {
    for (const { path, text } of this.untouched) expect(await this.read(path)).toBe(text);
    const found = await this.read('/Users?filter=userName%20eq%20%22untouched%22');
    expect(JSON.parse(found)).toMatchObject({ totalResults: 1 });
    const id = await this.make('/Users', { schemas: [USER], userName: 'afterwards' });
    expect((await this.ask({ method: 'DELETE', path: `/Users/${id}` })).status).toBe(204);
    expect(await this.running.changedPrototypes()).toEqual([]);
    expect(this.running.written()).not.toContain(TOKEN);
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.running.stop();
  }
}
