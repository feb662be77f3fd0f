// RFC 7644 §3: a request and a response as plain data, whatever the host calls them.

/** A request's body: parsed by the host already, or to be read up to a limit. */
export type RequestBody =
  | { readonly parsed: unknown }
  | {
      /**
       * Reads the body. Called at most once, after authentication.
       *
       * @throws PayloadTooLarge when there are more bytes than the limit.
       */
      readonly read: (maxBytes: number) => Promise<Uint8Array>;
    };

/** What `read` of a body throws when the body is larger than it may be. */
export class PayloadTooLarge extends Error {
  override readonly name = 'PayloadTooLarge';
}

/** A request to the service provider. */
export interface ScimRequest {
  readonly method: string;
  /** The URL as it was asked for, absolute, the prefix under which the service provider is mounted included. */
  readonly url: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: RequestBody | undefined;
  readonly remoteAddress?: string | undefined;
  /** The tenant that the URL names, for `authentication` and `observe`: the service provider puts it there. */
  readonly tenant?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * An answer's body: whole, or pieces of text that are made as they are taken. When making them fails, the iteration
 * rejects: the connection is to be broken off then, so that what was sent looks like no whole answer. Whoever takes no
 * more of them says so by the iterator's `return`, as leaving a `for await` does.
 */
export type ResponseBody = string | Uint8Array | AsyncIterable<string>;

/** An answer of the service provider. */
export interface ScimResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent for 204 and 304, and for HEAD. */
  readonly body?: ResponseBody | undefined;
}

/** Whether a body comes in pieces. */
export function isStreamed(body: ResponseBody | undefined): body is AsyncIterable<string> {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}
