// What a row was refused for, from the errors of PostgreSQL (documentation, appendix A) and of SQLite.
import type { Violation } from './app-database.ts';
import { type Cause, causesOf, codeOf, messageOf } from './causes.ts';

const POSTGRES: Readonly<Record<string, Violation['kind']>> = {
  '23502': 'not null',
  '23503': 'foreign key',
  '23505': 'unique',
  '23514': 'check',
  // Not one of those that the column's type has: too long, out of range, no member of an enumeration, no time.
  '22001': 'check',
  '22003': 'check',
  '22P02': 'check',
  '22007': 'check',
  '22008': 'check',
};

const SQLITE: Readonly<Record<string, Violation['kind']>> = {
  UNIQUE: 'unique',
  'FOREIGN KEY': 'foreign key',
  'NOT NULL': 'not null',
  CHECK: 'check',
};

/** `UNIQUE constraint failed: users.organisation_id, users.email`, wherever a driver puts it in its message. */
const SQLITE_TEXT = /\b(UNIQUE|FOREIGN KEY|NOT NULL|CHECK) constraint failed(?:: ([^:\n]*))?/;

/** What Prisma's adapters make of a database's error. */
interface AdapterConstraint {
  readonly fields?: readonly string[];
  readonly index?: string;
}

/**
 * What a row was refused for, whichever library and driver say so; undefined for any other failure.
 */
export function violationOf(error: unknown): Violation | undefined {
  const causes = causesOf(error);
  for (const cause of causes) {
    const violation = ofPostgres(cause);
    if (violation) return violation;
  }
  // What wraps it may have put the statement's values into its message.
  const innermost = causes.at(-1);
  return innermost && ofSqlite(innermost);
}

function ofSqlite(cause: Cause): Violation | undefined {
  const [, words = '', about = ''] = SQLITE_TEXT.exec(messageOf(cause)) ?? [];
  const kind = SQLITE[words];
  if (!kind) return undefined;
  const index = /^index '(.*)'/.exec(about)?.[1];
  if (index !== undefined) return { kind, columns: [], constraint: index };
  if (kind === 'check') return { kind, columns: [], constraint: about || undefined };
  const columns = about.split(', ').map((column) => column.slice(column.lastIndexOf('.') + 1).trim());
  return { kind, columns: columns.filter((column) => column !== '') };
}

function ofPostgres(cause: Cause): Violation | undefined {
  const kind = POSTGRES[codeOf(cause)];
  if (!kind) return undefined;
  const adapted = typeof cause.constraint === 'object' ? (cause.constraint as AdapterConstraint) : undefined;
  const named = [adapted?.index, cause.constraint, cause.constraint_name].find(isText);
  const missing = kind === 'not null' ? / in column "(.*?)"/.exec(messageOf(cause))?.[1] : undefined;
  const column = [cause.column, cause.column_name, missing].find(isText);
  const key = /^Key \((.*?)\)=\(/s.exec(isText(cause.detail) ? cause.detail : '')?.[1];
  const columns = column === undefined ? columnsOf(key ?? adapted?.fields?.join(', ') ?? '') : [column];
  return { kind, columns, constraint: named ?? / constraint "(.*?)"/.exec(messageOf(cause))?.[1] };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The columns in the expressions of a key: `organisation_id, lower((email)::text)`. */
function columnsOf(key: string): readonly string[] {
  const columns: string[] = [];
  // Literals and types are skipped, functions are what a parenthesis follows.
  const words =
    /'(?:[^']|'')*'|::[\w ]+|"((?:[^"]|"")*)"|([a-z_\u0080-\uffff][\w$\u0080-\uffff]*)(?!\w|\()/gi;
  for (const [, quoted, plain] of key.matchAll(words)) {
    const column = quoted?.replaceAll('""', '"') ?? plain;
    if (column !== undefined && !columns.includes(column)) columns.push(column);
  }
  return columns;
}
