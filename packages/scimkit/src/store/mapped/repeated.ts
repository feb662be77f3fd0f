// The app's transactions, begun anew when others were faster.
import { ScimError } from '../../protocol/error.ts';
import { MAX_CONFLICTS, pause } from '../retry.ts';
import { isConflict } from '../sql/postgres-failure.ts';
import { type Cause, causesOf, codeOf, messageOf } from './causes.ts';

/** https://sqlite.org/rescode.html#busy and #locked, by name, and by number: the lowest byte of one is the kind. */
const BUSY = /^SQLITE_(BUSY|LOCKED)(_\w+)?$/;
const isBusy = (number: number): boolean => number < 1_000 && [5, 6].includes(number & 0xff);
const BUSY_TEXT = /\bdatabase (table )?is locked\b/;

/** Prisma: a conflict, or no connection was free in time. */
const PRISMA_CONFLICT = 'P2034';
const PRISMA_NOT_STARTED = /^(?:Transaction API error: )?Unable to start a transaction/m;

/** Whether work that was undone may succeed when it is begun anew. */
export function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof ScimError) return false;
  const causes = causesOf(error);
  // What wraps it may have put the statement's values into its message.
  const innermost = causes.at(-1);
  return (innermost && BUSY_TEXT.test(messageOf(innermost))) || causes.some(isConflictOrBusy);
}

function isConflictOrBusy(cause: Cause): boolean {
  const code = codeOf(cause);
  // node:sqlite says ERR_SQLITE_ERROR, and which one in a number, as Prisma does. As the code of any other error, a number is
  // somebody else's: of gRPC, 5 and 6 are "not found" and "already exists".
  const number = typeof cause.errcode === 'number' ? cause.errcode : Number(cause.originalCode);
  if (isConflict({ code }) || BUSY.test(code) || isBusy(number)) return true;
  return code === PRISMA_CONFLICT || PRISMA_NOT_STARTED.test(messageOf(cause));
}

/** Runs a transaction, and runs it again after conflicts with others, for about ten seconds. */
export async function repeated<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let conflicts = 1; ; conflicts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (conflicts >= MAX_CONFLICTS || !isWorthAnotherTry(error)) throw error;
      await pause(conflicts);
    }
  }
}
