// What a database said, below what the app's library made of it.

/** What databases' drivers tell of a failure, by whichever of these names they do. */
export interface Cause {
  readonly code?: unknown;
  readonly errcode?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly detail?: unknown;
  readonly column?: unknown;
  readonly column_name?: unknown;
  readonly constraint?: unknown;
  readonly constraint_name?: unknown;
  readonly originalCode?: unknown;
  readonly originalMessage?: unknown;
  readonly meta?: { readonly driverAdapterError?: unknown } | undefined;
}

const isObject = (value: unknown): value is Cause => typeof value === 'object' && value !== null;

/** An error and what is behind it: Drizzle wraps the driver's error once, Prisma twice. */
export function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = [];
  const add = (value: unknown): void => {
    if (!isObject(value) || causes.includes(value)) return;
    causes.push(value);
    add(value.cause);
    add(value.meta?.driverAdapterError);
  };
  add(error);
  return causes;
}

/** The database's code: `23505`, `SQLITE_BUSY`. */
export const codeOf = ({ code, originalCode }: Cause): string => String(originalCode ?? code ?? '');

/** The database's words. */
export const messageOf = ({ message, originalMessage }: Cause): string =>
  String(originalMessage ?? message ?? '');
