// What the processes in front of one database share, and nobody else knows.
import { randomBytes } from 'node:crypto';

/** Bytes of a secret. */
const LENGTH = 32;

/** A secret in the form in which a database keeps it. */
export const createSecret = (): string => randomBytes(LENGTH).toString('base64');

/** The secret that a database keeps. */
export const parseSecret = (text: string): Uint8Array => Buffer.from(text, 'base64');
