// Which failures of PostgreSQL, and of the databases that speak its protocol, are overcome by trying again. Codes:
// PostgreSQL's documentation, appendix A.

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
};

/** Others were faster, and the transaction was undone: serialization failures and deadlocks. */
const CONFLICTS = new Set(['40001', '40P01']);

/** A plan that was prepared before the tables changed. */
const STALE_PLAN = '0A000';

/** The server stops, starts, was demoted, or has no connection to give; it has ended one; or the way to it is interrupted. */
const UNREACHABLE = new Set([
  ...['57P01', '57P02', '57P03', '57P05', '25P03', '25006', '53300'],
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EAI_AGAIN',
    'ENOTFOUND',
  ],
]);

/** The same, as drivers say it without a code. */
const UNREACHABLE_TEXT =
  /connection (terminated|ended|error)|query read timeout|timeout exceeded when trying to connect/i;

/** Whether others were faster. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(codeOf(error));
}

/** Whether a connection is of no use any more: another one may be. */
export function isBroken(error: unknown): boolean {
  const code = codeOf(error);
  if (code.startsWith('08') || code === STALE_PLAN || UNREACHABLE.has(code)) return true;
  return code === '' && error instanceof Error && UNREACHABLE_TEXT.test(error.message);
}

/** Whether a statement was ended because it took too long, or waited too long for a lock. */
export function isTimeout(error: unknown): boolean {
  return ['57014', '55P03'].includes(codeOf(error));
}

/** Whether a table isn't there yet. */
export function isUndefinedTable(error: unknown): boolean {
  return codeOf(error) === '42P01';
}

/** Whether another process is making the same table at the same moment. */
export function isMadeMeanwhile(error: unknown): boolean {
  return ['23505', '42P07', '42710'].includes(codeOf(error));
}
