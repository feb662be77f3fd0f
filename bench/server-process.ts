// A server under test: a process of its own, whose processor time is read from within.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Answer } from './load.ts';

const meter = new URL('./meter.ts', import.meta.url).href;
const START_TIMEOUT = 60_000;

/** What to run. */
export interface Program {
  /** The script, relative to this folder. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The file that its standard error goes to. */
  readonly log: string;
}

/** A process that serves. */
export class ServerProcess {
  readonly origin: string;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, origin: string) {
    this.child = child;
    this.origin = origin;
  }

  /** Starts a server and waits for the address that it prints. */
  static async start({ script, args = [], environment = {}, log }: Program): Promise<ServerProcess> {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const errors = openSync(log, 'a');
    const child = spawn(process.execPath, ['--import', meter, path, ...args], {
      stdio: ['ignore', 'pipe', errors, 'ipc'],
      env: { ...process.env, ...environment },
    });
    closeSync(errors);
    return new ServerProcess(child, await addressOf(child, script));
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Microseconds of processor time so far: user and system, of all threads. */
  async cpu(): Promise<number> {
    this.child.send('cpu');
    const [{ cpu }] = (await once(this.child, 'message')) as [{ cpu: number }];
    return cpu;
  }

  /** Tells a bare server what to answer from now on. */
  teach(answer: Answer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.child.send({ answer }, (error) => (error ? reject(error) : resolve()));
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    // One that is busy for minutes would not hear anything milder.
    this.child.kill('SIGKILL');
    await exited;
  }
}

function addressOf(child: ChildProcess, script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string) => {
      child.kill('SIGKILL');
      reject(new Error(`${script} ${reason}`));
    };
    const timer = setTimeout(() => fail('did not listen in time'), START_TIMEOUT);
    child.once('exit', (code) => fail(`ended with ${code} before it listened`));
    child.stdout?.on('data', (data) => {
      output += data;
      const address = /http:\/\/127\.0\.0\.1:\d+(?=\D)/.exec(output)?.[0];
      if (address === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(address);
    });
  });
}
