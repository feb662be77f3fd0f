// RFC 9865 §5.2, §5.3: cursors are encrypted and bound to their query. Nothing is kept of them; a cursor that is forged, or
// somebody else's, is refused before any store is asked.
import { ScimError } from '../protocol/error.ts';

/** What a cursor holds. */
export interface CursorContent {
  /** Resources on a page. */
  readonly count: number;
  /** How many there were in all when the walk began, where it is not counted anew. */
  readonly total: number | undefined;
  /** Where the page begins, in the words of who carries the query out. */
  readonly at: string;
}

/** What cursors are encrypted with. */
export type CursorSecret = string | Uint8Array | (() => Promise<Uint8Array>);

/** The format of what is encrypted. */
const VERSION = 1;

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** Bytes of a secret at least: those of a key. */
export const MIN_SECRET_LENGTH = 32;

type Key = Parameters<typeof crypto.subtle.encrypt>[1];

const encoder = new TextEncoder();

/** One text for all that is wrong with a cursor: it tells nobody whether another tenant's page exists (§5.3). */
function invalid(): ScimError {
  return new ScimError(
    'invalidCursor',
    'The cursor is none that this service gave out for this query: it was changed or cut, the service has a new key, or the ' +
      'cursor belongs to another credential, endpoint, filter, order or list of attributes. Start again with an empty "cursor".',
  );
}

/** Seals cursors and opens them. */
export class Cursors {
  private readonly timeout: number;
  private readonly secret: CursorSecret | undefined;
  private key: Promise<Key> | undefined;

  /** The timeout in seconds. Without a secret, the key is random and gone with the process. */
  constructor(timeout: number, secret: CursorSecret | undefined) {
    this.timeout = timeout;
    this.secret = secret;
  }

  /** Makes a cursor that holds for `binding` alone: what it belongs to, in one text. */
  async seal({ count, total, at }: CursorContent, binding: string): Promise<string> {
    const content = JSON.stringify([VERSION, Date.now() + this.timeout * 1000, count, total ?? null, at]);
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_LENGTH));
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv: nonce, additionalData: encoder.encode(binding) },
      await this.cachedKey(),
      encoder.encode(content),
    );
    const bytes = new Uint8Array(NONCE_LENGTH + sealed.byteLength);
    bytes.set(nonce);
    bytes.set(new Uint8Array(sealed), NONCE_LENGTH);
    return toBase64url(bytes);
  }

  /**
   * Opens a cursor for a request with the same binding and the same count.
   *
   * @throws ScimError `invalidCursor`, `expiredCursor`, `invalidCount`
   */
  async open(cursor: string, binding: string, count: number): Promise<CursorContent> {
    const bytes = fromBase64url(cursor);
    if (!bytes || bytes.length < NONCE_LENGTH + TAG_LENGTH) throw invalid();
    const content = await this.decrypt(bytes, binding);
    const [version, expiry, sealedCount, total, at] = JSON.parse(content);
    if (version !== VERSION) throw invalid();
    if (Date.now() > expiry) {
      throw new ScimError(
        'expiredCursor',
        `The cursor has expired: cursors are good for ${this.timeout} seconds. Start again with an empty "cursor".`,
      );
    }
    if (count !== sealedCount) {
      throw new ScimError(
        'invalidCount',
        `"count" is ${count} now and was ${sealedCount} when the first page was asked for. ` +
          `Send "count=${sealedCount}" with every page, or start again with an empty "cursor".`,
      );
    }
    return { count, total: total ?? undefined, at };
  }

  private async decrypt(bytes: Uint8Array<ArrayBuffer>, binding: string): Promise<string> {
    const key = await this.cachedKey();
    try {
      const content = await crypto.subtle.decrypt(
        {
          name: 'AES-GCM',
          iv: bytes.subarray(0, NONCE_LENGTH),
          additionalData: encoder.encode(binding),
        },
        key,
        bytes.subarray(NONCE_LENGTH),
      );
      return new TextDecoder().decode(content);
    } catch {
      throw invalid();
    }
  }

  private cachedKey(): Promise<Key> {
    this.key ??= this.makeKey().catch((error) => {
      // Where the secret comes from may answer the next time.
      this.key = undefined;
      throw error;
    });
    return this.key;
  }

  private async makeKey(): Promise<Key> {
    const secret = await this.readSecret();
    const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
    // A key of cursors alone, whatever else the secret is for.
    const info = encoder.encode('scimkit cursor');
    return crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info },
      base,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    );
  }

  private async readSecret(): Promise<Uint8Array<ArrayBuffer>> {
    const { secret } = this;
    if (secret === undefined) return crypto.getRandomValues(new Uint8Array(MIN_SECRET_LENGTH));
    const given = typeof secret === 'function' ? await secret() : secret;
    const bytes = typeof given === 'string' ? encoder.encode(given) : new Uint8Array(given);
    if (bytes.length < MIN_SECRET_LENGTH) {
      throw new TypeError(`"pagination.secret" gave fewer than ${MIN_SECRET_LENGTH} bytes`);
    }
    return bytes;
  }
}

/** Bytes that one call takes as arguments. */
const CHUNK = 8_192;

/** Characters that a URL has unencoded (RFC 9865 §2): base64url without padding. */
function toBase64url(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Undefined for what isn't written exactly so: no two texts are one cursor. */
function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return toBase64url(bytes) === text ? bytes : undefined;
}
