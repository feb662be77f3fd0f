// A request as it is written to a socket.

/** A request; nothing of it need be right. */
export interface RawRequest {
  readonly method: string;
  /** Below the base path, with its query. */
  readonly path: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** A text is sent as UTF-8; anything but bytes and text, as JSON. */
  readonly body?: unknown;
  /** How much longer than the body Content-Length says it is. */
  readonly excess?: number;
}

const toBytes = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

/** The bytes of a request; headers that it has itself come instead of the usual ones. */
export function format(
  { method, path, headers = [], body, excess = 0 }: RawRequest,
  token: string,
): Uint8Array {
  const bytes = body === undefined ? undefined : toBytes(body);
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const usual: [string, string][] = [
    ['Host', 'scim.test'],
    ['Authorization', `Bearer ${token}`],
  ];
  if (bytes) {
    usual.push(['Content-Type', 'application/scim+json']);
    usual.push(['Content-Length', String(Math.max(bytes.length + excess, 0))]);
  }
  const lines = [...usual.filter(([name]) => !names.has(name.toLowerCase())), ...headers];
  const head = `${method} /scim/v2${path} HTTP/1.1\r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes ?? Buffer.alloc(0)]);
}

/** A request in an error's text: short enough to read, whole enough to repeat. */
export function describeRequest(request: RawRequest): string {
  const text = Buffer.from(format(request, 'TOKEN')).toString('latin1');
  return text.length > 4_000 ? `${text.slice(0, 4_000)}... (${text.length} bytes)` : text;
}
