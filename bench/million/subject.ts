// A server over one of the populations.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Connections } from '../load.ts';
import { type Program, ServerProcess } from '../server-process.ts';
import type { Driven } from '../slice.ts';
import type { Directory } from './directory.ts';
import type { ProcessorTime } from './processor-time.ts';

/** Milliseconds after which a request is given up, and its operation with it. */
export const PATIENCE = 10_000;

/** Where the resources are. */
export interface Database {
  readonly kind: 'SQLite' | 'PostgreSQL';
  /** A file, or a URL. */
  readonly location: string;
  /** What its processes take, where they are others than the server's. */
  readonly time?: ProcessorTime;
}

/** A server with its population. */
export class Subject implements Driven<Directory> {
  readonly isBare = false;
  readonly database: ProcessorTime | undefined;
  readonly kind: Database['kind'];
  readonly population: Directory;
  process: ServerProcess;
  connections: Connections;
  private readonly program: Program;

  private constructor(database: Database, population: Directory, program: Program, process: ServerProcess) {
    this.kind = database.kind;
    this.database = database.time;
    this.population = population;
    this.program = program;
    this.process = process;
    this.connections = this.connect();
  }

  /** Starts `scimkit serve` as its users start it; its log goes to a file. */
  static async start(database: Database, population: Directory, logs: string): Promise<Subject> {
    const program = {
      script: '../packages/cli/bin/scimkit.js',
      args: ['serve', '--port', '0'],
      environment: {
        SCIMKIT_DATABASE: database.location,
        SCIMKIT_BEARER_TOKEN: randomBytes(32).toString('base64url'),
      },
      log: join(logs, `${database.kind}-${population.size.users}.log`),
    };
    return new Subject(database, population, program, await ServerProcess.start(program));
  }

  private connect(): Connections {
    const token = this.program.environment?.SCIMKIT_BEARER_TOKEN ?? '';
    return new Connections(this.process.origin, token, PATIENCE);
  }

  /** Begins anew: a server that is busy with a request that nobody waits for any more is of no use. */
  async restart(): Promise<void> {
    await this.close();
    this.process = await ServerProcess.start(this.program);
    this.connections = this.connect();
  }

  async close(): Promise<void> {
    await this.connections.close();
    await this.process.stop();
  }
}
