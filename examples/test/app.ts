// A whole app as its README says: migrated, started, used; and its own tables, as the app sees them.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Replayed, replayDeclared } from '../../test/replay.ts';
import { folder, scratch, startProcess, stopProcess } from './example-process.ts';

/** An app that runs. */
export interface App {
  /** The base URL of its service provider. */
  readonly baseUrl: string;
  /** Its SQLite file. */
  readonly database: string;
  /** What one of its own pages says. */
  page(path: string): Promise<unknown>;
  /** Sends a SCIM request with the app's token. */
  send(method: string, path: string, body?: object): Promise<Answer>;
  replay(): Promise<Replayed>;
  /** Ends it before the others. */
  stop(): Promise<void>;
}

/** An answer of the service provider. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  readonly body: any;
}

/** How an app is started. */
export interface AppOptions {
  readonly name: string;
  /** Scripts that are run before, each with its arguments; `read` is told what the last one printed. */
  readonly scripts?: readonly (readonly string[])[];
  readonly read?: (output: string) => { readonly token?: string };
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it starts: a file for Node. Default: `app.ts` in its folder. */
  readonly args?: (port: number) => readonly string[];
  readonly basePath?: string;
}

/** Migrates and starts an app; everything is stopped when the file's tests are over. */
export async function startApp(options: AppOptions): Promise<App> {
  const { name, scripts = [['migrate.ts']], environment = {}, basePath = '/scim/v2' } = options;
  const database = join(scratch, `${name}.db`);
  const env = { ...environment, DATABASE: database };
  let output = '';
  for (const [script, ...args] of scripts) {
    output = execFileSync(process.execPath, [`${name}/${script}`, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
  }
  const token = options.read?.(output).token ?? 'example';
  const args = options.args ?? (() => [`${name}/app.ts`]);
  const baseUrl = await startProcess(name, process.execPath, args, env, basePath);
  const { origin } = new URL(baseUrl);
  return {
    baseUrl,
    database,
    async page(path) {
      const response = await fetch(`${origin}${path}`);
      const text = await response.text();
      return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
    },
    async send(method, path, body) {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : undefined };
    },
    replay: () => replayDeclared(baseUrl, token),
    stop: () => stopProcess(baseUrl),
  };
}

/** A user, as clients create one. */
export const user = (userName: string, more: object = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  ...{ userName, ...more },
});

/** A group, as clients create one. */
export const group = (displayName: string, members: readonly string[] = []) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  ...{ displayName, members: members.map((value) => ({ value })) },
});

/** The body of a PATCH. */
export const patch = (...Operations: readonly object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
