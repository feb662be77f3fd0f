// Our own tables as a store: reads at once, writes in groups.
import { ScimError } from '../../protocol/error.ts';
import type { PatchChange } from '../../protocol/patch.ts';
import type { Input } from '../../protocol/validate.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { uuidv7 } from '../id.ts';
import { reportingOnce } from '../report-once.ts';
import { scopeName } from '../scope.ts';
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
import type { Row, Work } from './fragment.ts';
import { holdersOf } from './membership.ts';
import { PageMarks } from './page-marks.ts';
import type { Place } from './place.ts';
import { planOf } from './plan.ts';
import * as reads from './read.ts';
import { storedInstant } from './resource-row.ts';
import * as writes from './write.ts';

/** A transaction that is open. */
export interface Transaction {
  /** Runs a part of what belongs together: at once, where the database answers at once. */
  step<Result>(work: Work<Result>): Result | Promise<Result>;
}

/** What runs units of work. */
export interface Runner {
  /** Runs a read, outside of any transaction, at once or in a later try. */
  read<Result>(work: () => Work<Result>): Promise<Result>;
  /** Runs a write in a transaction, whole or not at all, at once or in a later try; settles when it is durable. */
  write<Result>(work: () => Work<Result>): Promise<Result>;
  /** Runs steps in a transaction, whole or not at all, at once or in a later try. */
  atomically(steps: (transaction: Transaction) => void | Promise<void>): Promise<void>;
  now(): number;
  /** Whether the database gave a statement up because it took too long. */
  isTimeout?(error: unknown): boolean;
  /** Where the next write is counted: writers that run side by side had better have slots of their own. */
  slot(): number;
}

/** A store over our own tables. */
export class SqlStore implements Store {
  readonly scope: string;
  private readonly runner: Runner;
  private readonly place: Place;
  private readonly alsoUnique: readonly ResolvedAttribute[];
  private readonly marks = new PageMarks();

  constructor(runner: Runner, place: Place, alsoUnique: readonly ResolvedAttribute[]) {
    this.runner = runner;
    this.place = place;
    this.alsoUnique = alsoUnique;
    this.scope = scopeName(place);
  }

  newId(): string {
    return uuidv7(this.runner.now());
  }

  create(input: Input, options: CreateOptions): Promise<Written> {
    const { runner } = this;
    const writing = this.writing();
    const id = options.id ?? this.newId();
    const { together } = options;
    if (!together) {
      return this.write(options, function* (options) {
        const row = yield* writes.insert(writing, id, input.attributes);
        return yield* writes.link(writing, row, input, options);
      });
    }
    let row: Row;
    const inserting = function* () {
      row = yield* writes.insert(writing, id, input.attributes);
    };
    return reportingOnce(options, (options, begin) =>
      together.join<Written, Transaction>(
        {
          insert(transaction) {
            begin();
            return transaction.step(inserting());
          },
          link: (transaction) => transaction.step(writes.link(writing, row, input, options)),
        },
        (steps) => runner.atomically(steps),
      ),
    );
  }

  get(id: string, selection: Selection): Promise<StoredResource | undefined> {
    return this.runner.read(() => reads.get(this.place, id, selection));
  }

  async query(query: Query): Promise<Page> {
    const { runner, place, marks } = this;
    try {
      return await runner.read(() => reads.query(place, planOf(place.type), query, marks));
    } catch (error) {
      // RFC 7644 §3.12: more than the service is willing to process. Without a filter or an order, it is the service.
      if (!runner.isTimeout?.(error) || !(query.filter || query.sort)) throw error;
      throw new ScimError(
        'tooMany',
        'The query takes longer than the database may work on it. Narrow the filter, begin it with an exact look-up ' +
          '("userName eq", "externalId eq", "emails.value eq"), or leave out "sortBy".',
        { cause: error },
      );
    }
  }

  replace(id: string, input: Input, options: ReplaceOptions): Promise<Written | undefined> {
    const writing = this.writing();
    return this.write(options, (options) => writes.replace(writing, id, input, options));
  }

  patch(id: string, changes: readonly PatchChange[], options: WriteOptions): Promise<Written | undefined> {
    const writing = this.writing();
    return this.write(options, (options) => writes.patch(writing, id, changes, options));
  }

  delete(id: string, options: WriteOptions): Promise<Written | undefined> {
    const writing = this.writing();
    return this.write(options, (options) => writes.remove(writing, id, options));
  }

  groupsOf(ids: readonly string[]): Promise<ReadonlyMap<string, readonly Reference[]>> {
    return this.runner.read(() => holdersOf(this.place, ids));
  }

  references(
    id: string,
    path: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Reference[] | undefined> {
    return this.runner.read(() => reads.references(this.place, id, path, after, limit));
  }

  private write<Options extends WriteOptions, Result>(
    options: Options,
    work: (options: Options) => Work<Result>,
  ): Promise<Result> {
    return this.inTime(
      reportingOnce(options, (options, begin) =>
        this.runner.write(() => {
          begin();
          return work(options);
        }),
      ),
    );
  }

  /** A write that waited too long for others has done nothing, and succeeds when it comes again. */
  private async inTime<Result>(writing: Promise<Result>): Promise<Result> {
    try {
      return await writing;
    } catch (error) {
      if (!this.runner.isTimeout?.(error)) throw error;
      const text = 'Others are writing the same resources, and it takes too long. Send the request again.';
      throw new ScimError(503, text, { cause: error, headers: { 'retry-after': '5' } });
    }
  }

  private writing(): writes.Writing {
    const { place, alsoUnique, runner } = this;
    const now = storedInstant(runner.now());
    return { place, alsoUnique, plan: planOf(place.type), now, slot: runner.slot() };
  }
}
