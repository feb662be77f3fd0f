// RFC 7644 §3.12: errors, their keywords and their body.
import { ERROR_URN } from './urn.ts';

/** The detail keywords of RFC 7644 §3.12, table 9, and of RFC 9865 §2.1. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

/** The body of an error (RFC 7644 §3.12). `status` is a string on the wire. */
export interface ErrorMessage {
  readonly schemas: readonly [typeof ERROR_URN];
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

/** What else an error may carry. */
export interface ScimErrorOptions {
  /** The underlying failure. It goes to the log, never to the client. */
  readonly cause?: unknown;
  /** Headers of the answer, such as Allow or WWW-Authenticate. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The keyword beside a status that is not its own. */
  readonly scimType?: ScimType;
}

/**
 * What the protocol refuses, and why (RFC 7644 §3.12).
 *
 * A keyword implies its status: 409 for `uniqueness`, 400 for the others. A number is the status itself.
 * `detail` is read by the customer's administrator: what was wrong, where, and what to send instead.
 *
 * @example
 * throw new ScimError('uniqueness', 'The userName "ada" is taken. Choose another, or update that user.');
 */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly status: number;
  readonly scimType: ScimType | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ScimType | number, detail: string, options: ScimErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = typeof kind === 'number' ? kind : kind === 'uniqueness' ? 409 : 400;
    this.scimType = typeof kind === 'number' ? options.scimType : kind;
    this.headers = options.headers ?? {};
  }

  get detail(): string {
    return this.message;
  }

  toJSON(): ErrorMessage {
    return {
      schemas: [ERROR_URN],
      status: String(this.status),
      ...(this.scimType && { scimType: this.scimType }),
      detail: this.message,
    };
  }
}

/**
 * A piece of the client's data for an error's detail: a text quoted, on one line, at most 80 characters; anything
 * with parts only by its kind, because it may be deep.
 */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = String(value);
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return typeof value === 'string' ? JSON.stringify(short) : short;
}
