import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** What is kept of a password: the salt and what scrypt makes of both. */
export async function hash(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${(await derive(password, salt, 32)).toString('hex')}`;
}

/** In the form of what is kept; of no password. */
export const NO_PASSWORD = `${'0'.repeat(32)}:${'0'.repeat(64)}`;

export async function matches(password: string, kept: string): Promise<boolean> {
  const [salt = '', key = ''] = kept.split(':');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'hex'), 32), Buffer.from(key, 'hex'));
}
