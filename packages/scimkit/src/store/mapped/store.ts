// The app's own tables as a store.
import { ScimError } from '../../protocol/error.ts';
import type { PatchChange } from '../../protocol/patch.ts';
import type { Input } from '../../protocol/validate.ts';
import type { ResourceType } from '../../schema/resource-type.ts';
import { reportingOnce } from '../report-once.ts';
import type {
  CreateOptions,
  Page,
  Query,
  Reference,
  ReplaceOptions,
  Selection,
  Store,
  StoredResource,
  WriteOptions,
  Written,
} from '../store.ts';
import type { Transaction } from '../transaction.ts';
import type { Scoped } from './aliased.ts';
import { holdersOfIds, membersAfter } from './membership.ts';
import * as reads from './read.ts';
import { refusalOf } from './refusal.ts';
import type { Reading } from './row.ts';
import type { Session } from './session.ts';
import type { Inserted } from './adopt.ts';
import { remove } from './remove.ts';
import * as writes from './write.ts';

/** A store over the app's tables: in a transaction of the app that is given, or in one of its own for each write. */
export class MappedStore implements Store {
  readonly resourceType: ResourceType;
  readonly newId?: () => string;
  readonly references?: NonNullable<Store['references']>;
  private readonly scoped: Scoped;
  private readonly reading: Reading;
  private readonly transaction: Transaction<unknown>;

  constructor(scoped: Scoped, reading: Reading, transaction: Transaction<unknown>) {
    this.scoped = scoped;
    this.reading = reading;
    this.transaction = transaction;
    const { mapping } = scoped;
    this.resourceType = mapping.type;
    if (mapping.newId) this.newId = mapping.newId;
    // In the order of keys, as long as ids are keys and all of them are in one table.
    const [join, more] = mapping.relations;
    if (join && !more && !join.of.id) {
      this.references = (id, _path, after, limit) =>
        this.read((session) => referencesOf(session, id, after, limit));
    }
  }

  get scope(): string {
    const { mapping, values } = this.scoped;
    return JSON.stringify([
      mapping.root.table.name,
      [...values].map(([name, value]) => [name, String(value)]),
    ]);
  }

  create(input: Input, options: CreateOptions): Promise<Written> {
    const { id, together } = options;
    if (!together) {
      return this.write(options, async (session, options) => {
        const inserted = await writes.insert(session, input, options, id);
        return writes.link(session, inserted, input, options);
      });
    }
    let inserted: Inserted;
    return reportingOnce(options, (options, begin) =>
      together.join<Written, { readonly tx: unknown }>(
        {
          insert: ({ tx }) => {
            begin();
            return this.explained(async (written) => {
              inserted = await writes.insert(this.session(tx, written), input, options, id);
            });
          },
          link: ({ tx }) =>
            this.explained((written) => writes.link(this.session(tx, written), inserted, input, options)),
        },
        (steps) => this.transaction.run(async (tx) => steps({ tx }), 'write'),
      ),
    );
  }

  get(id: string, selection: Selection): Promise<StoredResource | undefined> {
    return this.read((session) => reads.get(session, id, selection));
  }

  query(query: Query): Promise<Page> {
    return this.read((session) => reads.query(session, query));
  }

  replace(id: string, input: Input, options: ReplaceOptions): Promise<Written | undefined> {
    return this.write(options, (session, options) => writes.replace(session, id, input, options));
  }

  patch(id: string, changes: readonly PatchChange[], options: WriteOptions): Promise<Written | undefined> {
    return this.write(options, (session, options) => writes.patch(session, id, changes, options));
  }

  delete(id: string, options: WriteOptions): Promise<Written | undefined> {
    return this.write(options, (session, options) => remove(session, id, options));
  }

  groupsOf(ids: readonly string[]): Promise<ReadonlyMap<string, readonly Reference[]>> {
    return this.read((session) => holdersOfIds(session, ids));
  }

  private session(tx: unknown, written = new Set<string>()): Session {
    const { app } = this.scoped.mapping;
    const { scoped, reading } = this;
    return { tx, scoped, reading, written, now: new Date(), run: (statement) => app.run(tx, statement) };
  }

  private read<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.transaction.run((tx) => work(this.session(tx)), 'read');
  }

  private write<Options extends WriteOptions, Result>(
    options: Options,
    work: (session: Session, options: Options) => Promise<Result>,
  ): Promise<Result> {
    return reportingOnce(options, (options, begin) =>
      this.explained((written) =>
        this.transaction.run((tx) => {
          begin();
          written.clear();
          return work(this.session(tx, written), options);
        }, 'write'),
      ),
    );
  }

  /** What the database refuses, in words for whoever sent it. */
  private async explained<Result>(work: (written: Set<string>) => Promise<Result>): Promise<Result> {
    const written = new Set<string>();
    try {
      return await work(written);
    } catch (error) {
      if (error instanceof ScimError) throw error;
      const { mapping } = this.scoped;
      throw refusalOf(mapping, mapping.app.violation(error), error, written) ?? error;
    }
  }
}

async function referencesOf(
  session: Session,
  id: string,
  after: string | undefined,
  limit: number,
): Promise<readonly Reference[] | undefined> {
  const [row] = await reads.readByIds(session, [id]);
  const [join] = session.scoped.mapping.relations;
  if (!row || !join) return undefined;
  return membersAfter(session, join, row.key, after, limit);
}
