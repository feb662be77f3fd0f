// The PostgreSQL server that the environment asks for.
import { findBinaries } from './binaries.ts';
import { startCluster } from './cluster.ts';

/** A server that databases can be created on. */
export interface Server {
  /** The URL of a role that may create databases. */
  readonly url: string;
  /** The role that is to own them, if it is another. */
  readonly owner?: string;
  stop(): Promise<void>;
}

/**
 * The server at `SCIMKIT_POSTGRES_URL`, or a new one from the programs in `SCIMKIT_POSTGRES_BIN`, or from those that
 * npm installs. Where there are none, the answer is the reason, unless the environment says that there must be one.
 */
export async function startServer(
  environment: NodeJS.ProcessEnv = process.env,
  settings: Readonly<Record<string, string>> = {},
): Promise<Server | { readonly missing: string }> {
  const url = environment.SCIMKIT_POSTGRES_URL;
  if (url) return { url, stop: async () => {} };
  const binaries = findBinaries(environment);
  if (!('missing' in binaries)) return startCluster(binaries, settings);
  if (environment.CI || environment.SCIMKIT_POSTGRES_BIN) {
    throw new Error(`no PostgreSQL to test with: ${binaries.missing}`);
  }
  return binaries;
}
