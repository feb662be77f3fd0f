// What is measured side by side: the server, a peer, and what both are compared with.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Connections } from './load.ts';
import { peerPopulation } from './peer-population.ts';
import type { Population } from './population.ts';
import { seed } from './seed.ts';
import { type Program, ServerProcess } from './server-process.ts';

/** Milliseconds after which a request is given up, and its operation with it. */
export const PATIENCE = 10_000;

/** Seeding has larger requests. */
const SEED_PATIENCE = 120_000;

export type Kind = 'bare' | 'scimkit' | 'scimmy-routers';

/** How many users there are, and how many members the large group has; 0 for no such group. */
export interface Size {
  readonly users: number;
  readonly large: number;
}

/** A server with its population. */
export class Subject {
  readonly kind: Kind;
  readonly size: Size;
  readonly population: Population;
  process: ServerProcess;
  connections: Connections;
  private readonly program: Program;
  private readonly token: string;

  private constructor(
    kind: Kind,
    size: Size,
    program: Program,
    token: string,
    process: ServerProcess,
    population: Population,
  ) {
    this.kind = kind;
    this.size = size;
    this.program = program;
    this.token = token;
    this.process = process;
    this.population = population;
    this.connections = new Connections(process.origin, token, PATIENCE);
  }

  /** The standalone server as its users start it, on a SQLite file; its log goes to a file. */
  static async scimkit(folder: string, size: Size): Promise<Subject> {
    const token = randomBytes(32).toString('base64url');
    const database = join(folder, `${size.users}.db`);
    const program = {
      script: '../packages/cli/bin/scimkit.js',
      args: ['serve', '--port', '0', '--database', database, '--durability', 'full'],
      environment: { SCIMKIT_BEARER_TOKEN: token },
      log: join(folder, `${size.users}.log`),
    };
    const process = await ServerProcess.start(program);
    const connections = new Connections(process.origin, token, SEED_PATIENCE);
    const population = await seed(connections, size.users, size.large);
    await connections.close();
    // Measured as it is after a start: seeding leaves a large heap behind.
    await process.stop();
    return new Subject('scimkit', size, program, token, await ServerProcess.start(program), population);
  }

  /** The peer, over arrays in memory. */
  static async scimmy(folder: string, size: Size): Promise<Subject> {
    const token = randomBytes(32).toString('base64url');
    const program = {
      script: './servers/scimmy.ts',
      args: [String(size.users), String(size.large)],
      environment: { BENCH_TOKEN: token },
      log: join(folder, `scimmy-${size.users}.log`),
    };
    const process = await ServerProcess.start(program);
    const population = peerPopulation(size.users, size.large);
    return new Subject('scimmy-routers', size, program, token, process, population);
  }

  /** What answers anything with the same bytes: gets the requests that another subject gets. */
  static async bare(folder: string, like: Subject): Promise<Subject> {
    const program = { script: './servers/bare.ts', log: join(folder, 'bare.log') };
    const process = await ServerProcess.start(program);
    return new Subject('bare', like.size, program, like.token, process, like.population);
  }

  get isBare(): boolean {
    return this.kind === 'bare';
  }

  /** Begins anew: a server that is busy with a request that nobody waits for any more is of no use. */
  async restart(): Promise<void> {
    await this.close();
    this.process = await ServerProcess.start(this.program);
    this.connections = new Connections(this.process.origin, this.token, PATIENCE);
  }

  async close(): Promise<void> {
    await this.connections.close();
    await this.process.stop();
  }
}
