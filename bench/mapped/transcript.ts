// What the store sends for an operation, taken down, and said again by hand: the same statements, each parameter from where
// a developer would have it, which two operations on different resources tell.
import { isDeepStrictEqual } from 'node:util';
import type { AppDatabase } from '../../packages/scimkit/src/store/mapped/app-database.ts';
import type { Row, Sql } from '../../packages/scimkit/src/store/sql/fragment.ts';
import type { Raw, Run } from './app.ts';
import type { Untyped } from './directory.ts';

/** What an operation is about, by the names of its values. */
export type Target = Readonly<Record<string, string | number>>;

/** One statement that was sent, and its rows. */
interface Sent {
  readonly statement: Sql;
  readonly rows: readonly Row[];
}

/** Takes down what is sent. */
export class Recorder {
  private sent: Sent[] = [];
  readonly database: AppDatabase<Untyped>;

  constructor(database: AppDatabase<Untyped>) {
    this.database = {
      ...database,
      run: async (tx, statement) => {
        const rows = await database.run(tx, statement);
        this.sent.push({ statement: asBound(statement, database.dialect), rows });
        return rows;
      },
    };
  }

  /** What was sent since it was asked last. */
  take(): readonly Sent[] {
    return this.sent.splice(0);
  }
}

/** A statement with the values that whoever writes it by hand binds: SQLite's drivers take neither times nor booleans. */
function asBound({ text, parameters }: Sql, dialect: AppDatabase<Untyped>['dialect']): Sql {
  if (dialect === 'postgres') return { text, parameters };
  const bound = parameters.map((value) => {
    if (value instanceof Date) return value.toISOString();
    return typeof value === 'boolean' ? Number(value) : value;
  });
  return { text, parameters: bound };
}

type Results = readonly (readonly Row[])[];
type Source = (target: Target, results: Results) => unknown;

/** Statements by hand; the rows of each are the result. */
export type Script = (tx: Untyped, target: Target) => Promise<Results>;

/** How the statements of two operations of one kind are said for any other of that kind. */
export function scriptOf(
  raw: Raw,
  [first, second]: readonly [readonly Sent[], readonly Sent[]],
  targets: readonly [Target, Target],
): Script {
  const steps = first.map(({ statement }, index): readonly [Run, readonly Source[]] => {
    const { text, parameters } = statement;
    const other = second[index]?.statement;
    if (other?.text !== text) throw new Error(`What is sent depends on the resource: ${text}`);
    const sources = parameters.map((_, place) => {
      const source = sourceOf([first, second], targets, index, place);
      if (source) return source;
      throw new Error(`Where does parameter ${place + 1} come from, ${String(parameters[place])}? ${text}`);
    });
    return [raw.prepare(text), sources];
  });
  if (first.length !== second.length) throw new Error('What is sent depends on the resource');
  return async (tx, target) => {
    const results: (readonly Row[])[] = [];
    for (const [run, sources] of steps) {
      results.push(
        await run(
          tx,
          sources.map((source) => source(target, results)),
        ),
      );
    }
    return results;
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where a parameter comes from. */
function sourceOf(
  [first, second]: readonly [readonly Sent[], readonly Sent[]],
  targets: readonly [Target, Target],
  index: number,
  place: number,
): Source | undefined {
  const a = first[index]?.statement.parameters[place];
  const b = second[index]?.statement.parameters[place];
  if (isNow(a)) {
    if (a instanceof Date) return () => new Date();
    return typeof a === 'number' ? Date.now : () => new Date().toISOString();
  }
  if (isDeepStrictEqual(a, b)) return () => a;
  return fromRows([first, second], index, a, b) ?? fromTarget(targets, a, b);
}

/** Whether a value is the time of what was just done. */
export const isNow = (value: unknown): boolean => {
  if (typeof value !== 'number' && typeof value !== 'string' && !(value instanceof Date)) return false;
  const isTime = value instanceof Date || (typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*Z$/.test(value));
  const time = isTime ? new Date(value).getTime() : Number(value);
  return Math.abs(Date.now() - time) < 60_000;
};

/** From the rows of a statement before: a column of the only one, or the keys of all. */
function fromRows(
  [first, second]: readonly [readonly Sent[], readonly Sent[]],
  index: number,
  a: unknown,
  b: unknown,
): Source | undefined {
  const like = (value: unknown) => (typeof a === 'string' ? String(value) : value);
  const keys = (rows: readonly Row[]) => rows.map(({ c0 }) => String(c0));
  const forms = [keys, (rows: readonly Row[]) => JSON.stringify(keys(rows))];
  for (let before = 0; before < index; before += 1) {
    const rows = (first[before] as Sent).rows;
    const others = (second[before] as Sent).rows;
    for (const column of Object.keys(rows[0] ?? {})) {
      if (isDeepStrictEqual(like(rows[0]?.[column]), a) && isDeepStrictEqual(like(others[0]?.[column]), b))
        return (_, results) => like(results[before]?.[0]?.[column]);
    }
    for (const form of forms) {
      if (isDeepStrictEqual(form(rows), a) && isDeepStrictEqual(form(others), b))
        return (_, results) => form(results[before] as readonly Row[]);
    }
  }
  return undefined;
}

/** From what the operation is about: a value, a list of one, or a text with it in its midst. */
function fromTarget([a, b]: readonly [Target, Target], first: unknown, second: unknown): Source | undefined {
  for (const name of Object.keys(a)) {
    const value = a[name] as string | number;
    const other = b[name] as string | number;
    const forms: readonly ((value: string | number) => unknown)[] = [
      (each) => each,
      (each) => [each],
      (each) => JSON.stringify([each]),
    ];
    for (const form of forms) {
      if (isDeepStrictEqual(form(value), first) && isDeepStrictEqual(form(other), second))
        return (target) => form(target[name] as string);
    }
    if (typeof first !== 'string' || typeof value !== 'string' || value.length < 8) continue;
    const pieces = first.split(value);
    if (pieces.length > 1 && pieces.join(String(other)) === second)
      return (target) => pieces.join(String(target[name]));
  }
  // A new id.
  return UUID.test(String(first)) && UUID.test(String(second)) ? () => crypto.randomUUID() : undefined;
}
