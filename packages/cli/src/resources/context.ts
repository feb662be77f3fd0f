// What the commands of one resource type share.
import type { ResourceType } from 'scimkit';
import { Option } from 'commander';
import { gather, type SelectionOptions } from '../attributes/selection.ts';
import { type Json, columnsAt, defaultColumns } from '../output/columns.ts';
import { createPrinter, type OutputOptions } from '../output/output.ts';
import { nounOf, type Session, type SessionOptions } from '../session.ts';

/** A resource type, and a session that was opened, or is opened when something is to be sent. */
export interface Context {
  readonly type: ResourceType;
  /** What the type is called on the command line. */
  readonly noun: string;
  /** An example of how one is named: `userName=ada`. */
  readonly example: string;
  readonly open: () => Session;
}

/** Makes the context. */
export function createContext(type: ResourceType, session: Session | undefined): Context {
  const hasUserName = type.byName.has('username');
  return {
    type,
    noun: nounOf(type),
    example: hasUserName ? 'userName=ada' : 'displayName=Crew',
    open: () => {
      if (!session) throw new Error('there is no service provider.');
      return session;
    },
  };
}

/** What commands that print resources may be given. */
export interface ResourceOptions extends SessionOptions, OutputOptions, SelectionOptions {
  readonly columns?: readonly string[];
  readonly by?: string;
  readonly ifMatch?: string;
}

/** --columns. */
export const columnsOption = (): Option =>
  new Option(
    '--columns <paths>',
    'the columns of table and CSV, with commas: userName,emails[type eq "work"].value',
  )
    .argParser(gather)
    .helpGroup('Output:');

/** --if-match. */
export const ifMatchOption = (): Option =>
  new Option('--if-match <version>', 'write only over this meta.version; * for any').helpGroup('Input:');

/** Prints one resource. */
export async function printResource(
  type: ResourceType,
  resource: unknown,
  options: ResourceOptions,
): Promise<void> {
  const { columns } = columnsAt(type, options.columns ?? defaultColumns(type));
  const printer = createPrinter<Json>(options, columns, true);
  await printer.print(resource as Json);
  await printer.end();
}
