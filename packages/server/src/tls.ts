// TLS of the server's own, for where no proxy does it.
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { OptionError } from './option-error.ts';

/** A certificate with what leads to its root, and its private key; in PEM. */
export interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

function readPem(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new OptionError(`${option} ${path} can't be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/**
 * Reads certificate and key; undefined when neither is given.
 *
 * @throws OptionError when one is missing, can't be read, or doesn't belong to the other.
 */
export function readTls(certPath: string | undefined, keyPath: string | undefined): Tls | undefined {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined) {
    throw new OptionError('--tls-cert and --tls-key belong together; give both.');
  }
  const tls = { cert: readPem('--tls-cert', certPath), key: readPem('--tls-key', keyPath) };
  try {
    createSecureContext(tls);
  } catch (error) {
    const reason = (error as Error).message.replace(/^error:[0-9A-F]*:/i, '');
    throw new OptionError(`--tls-cert ${certPath} and --tls-key ${keyPath} can't be used: ${reason}.`);
  }
  return tls;
}
