// HTTP by hand, because what is sent here no client would send: bytes out, answers in, within a deadline.
import { connect, type Socket } from 'node:net';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** Nothing came in time: the server hangs. */
export class Deadline extends Error {
  override readonly name = 'Deadline';
}

const MILLISECONDS = Number(process.env.SCIMKIT_DEADLINE ?? 10_000);

/** The first answer in a buffer, and what follows it; while it is incomplete, how long the buffer must be at least. */
function parse(buffer: Buffer, isHead: boolean): { answer: RawAnswer; rest: Buffer } | number {
  const end = buffer.indexOf('\r\n\r\n');
  if (end < 0) return buffer.length + 1;
  const [start = '', ...lines] = buffer.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(start)?.[1]);
  if (!status) throw new Error(`This is no HTTP: ${start}`);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const hasNone = isHead || status === 204 || status === 304 || status < 200;
  const length = hasNone ? 0 : Number(headers.get('content-length') ?? 0);
  const whole = end + 4 + length;
  if (buffer.length < whole) return whole;
  const rest = buffer.subarray(whole);
  if (status < 200) return parse(rest, isHead);
  return { answer: { status, headers, text: buffer.toString('utf8', end + 4, whole) }, rest };
}

/** A client that keeps its connection as long as the server does. */
export class Client {
  private readonly port: number;
  private socket: Socket | undefined;

  constructor(port: number) {
    this.port = port;
  }

  /** Sends a whole request, and waits for its answer. */
  async ask(bytes: Uint8Array, isHead = false): Promise<RawAnswer> {
    const isFresh = !this.socket || this.socket.destroyed;
    if (isFresh) this.socket = connect(this.port, '127.0.0.1');
    const socket = this.socket as Socket;
    try {
      const [answer] = await converse(socket, bytes, isHead, false);
      if (answer?.headers.get('connection') === 'close') socket.destroy();
      if (answer) return answer;
      throw new Error('The server closed the connection without an answer');
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** Sends bytes on a connection of their own, and collects answers until it is closed. */
  async askAll(bytes: Uint8Array, { isHead = false, ends = false } = {}): Promise<readonly RawAnswer[]> {
    const socket = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true });
    try {
      return await converse(socket, bytes, isHead, true, ends);
    } finally {
      socket.destroy();
    }
  }

  close(): void {
    this.socket?.destroy();
  }
}

function converse(
  socket: Socket,
  bytes: Uint8Array,
  isHead: boolean,
  toItsEnd: boolean,
  ends = false,
): Promise<readonly RawAnswer[]> {
  return new Promise((resolve, reject) => {
    const answers: RawAnswer[] = [];
    let buffer: Buffer = Buffer.alloc(0);
    let chunks: Buffer[] = [];
    let waiting = 0;
    let needed = 0;
    const timer = setTimeout(() => done(new Deadline(`No answer within ${MILLISECONDS} ms`)), MILLISECONDS);
    const done = (error?: Error) => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose).off('end', onClose);
      if (error) reject(error);
      else resolve(answers);
    };
    const onData = (data: Buffer) => {
      chunks.push(data);
      waiting += data.length;
      if (buffer.length + waiting < needed) return;
      buffer = Buffer.concat([buffer, ...chunks]);
      chunks = [];
      waiting = 0;
      try {
        let found = parse(buffer, isHead);
        for (; typeof found === 'object'; found = parse(buffer, isHead)) {
          answers.push(found.answer);
          buffer = found.rest;
          if (!toItsEnd) return done();
        }
        needed = found;
      } catch (error) {
        done(error as Error);
      }
    };
    const onClose = () =>
      done(buffer.length + waiting > 0 ? new Error(`An answer was cut off: ${buffer}`) : undefined);
    socket.on('data', onData).on('close', onClose).on('end', onClose);
    socket.removeAllListeners('error');
    // What was sent may be cut off by the answer; the answer counts.
    socket.on('error', () => {});
    socket.write(bytes);
    if (ends) socket.end();
  });
}
