// An app's database as it is measured: its tables through one library, by the store and by hand.
import type { AppDatabase } from '../../packages/scimkit/src/store/mapped/app-database.ts';
import type { Row } from '../../packages/scimkit/src/store/sql/fragment.ts';
import type { Dialect, Library } from '../../packages/scimkit/test/mapped/tables.ts';
import type { Untyped } from './directory.ts';
import type { Stored, StoredPage } from './hand.ts';

/** A statement of SQL; its parameters stand as `?`. */
export type Run = (tx: Untyped, parameters: readonly unknown[]) => Promise<readonly Row[]>;

/** What the library has for whoever writes SQL by hand. */
export interface Raw {
  /** Whatever can be done once for a statement is. */
  prepare(text: string): Run;
  transact<Result>(kind: 'read' | 'write', work: (tx: Untyped) => Promise<Result>): Promise<Result>;
}

/** A user as it is created. */
export interface NewUser {
  readonly userName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly title: string;
  readonly department: string;
  readonly employeeNumber: string;
  readonly emails: readonly { readonly value: string; readonly type: string; readonly primary: boolean }[];
}

/** The operations as the app's developer would write them with the library's builder, or its client's calls. */
export interface Calls {
  get(id: string): Promise<Stored | undefined>;
  byUserName(userName: string): Promise<StoredPage>;
  byAddress(address: string): Promise<StoredPage>;
  page(offset: number, count: number): Promise<StoredPage>;
  create(user: NewUser): Promise<Stored>;
  deactivate(id: string): Promise<Stored>;
  addMember(team: string, user: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/** An app's database. */
export interface App {
  /** As it stands in the report. */
  readonly name: string;
  readonly library: Library;
  readonly dialect: Dialect;
  /** Operations that are under way at once: on one connection they would only wait for each other. */
  readonly clients: number;
  readonly database: AppDatabase<Untyped>;
  readonly raw: Raw;
  readonly calls: Calls;
  /** Runs a statement beside the library. */
  execute(text: string): Promise<readonly Row[]>;
  close(): Promise<void>;
}
