// Our own tables as a store: reads at once, writes in groups.
import type { Note } from '../../protocol/leniency.ts';
import type { PatchChange } from '../../protocol/patch.ts';
import type { Input } from '../../protocol/validate.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { uuidv7 } from '../id.ts';
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

/** What runs units of work. */
export interface Runner {
  /** Runs a read, outside of any transaction. */
  read<Result>(work: Work<Result>): Promise<Result>;
  /** Runs a write in a transaction, whole or not at all, at once or in a second try; settles when it is durable. */
  write<Result>(work: () => Work<Result>): Promise<Result>;
  /** Runs a step of a write, within a transaction that is open. */
  step<Result>(work: Work<Result>): Result;
  /** Runs steps in a transaction, whole or not at all, at once or in a second try. */
  atomically(steps: () => void): Promise<void>;
  now(): number;
}

/** Runs a write that may begin more than once, and says so each time: what it reports is held back until it is done. */
async function reportingOnce<Options extends WriteOptions, Result>(
  options: Options,
  run: (options: Options, begin: () => void) => Promise<Result>,
): Promise<Result> {
  const { report } = options;
  let notes: Note[] = [];
  const begin = () => {
    notes = [];
  };
  try {
    return await run(report ? { ...options, report: (note) => notes.push(note) } : options, begin);
  } finally {
    for (const note of notes) report?.(note);
  }
}

/** A store over our own tables. */
export class SqlStore implements Store {
  private readonly runner: Runner;
  private readonly place: Place;
  private readonly alsoUnique: readonly ResolvedAttribute[];
  private readonly marks = new PageMarks();

  constructor(runner: Runner, place: Place, alsoUnique: readonly ResolvedAttribute[]) {
    this.runner = runner;
    this.place = place;
    this.alsoUnique = alsoUnique;
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
    return reportingOnce(options, (options, begin) =>
      together.join<Written, undefined>(
        {
          insert() {
            begin();
            row = runner.step(writes.insert(writing, id, input.attributes));
          },
          link: () => runner.step(writes.link(writing, row, input, options)),
        },
        (steps) => runner.atomically(() => steps(undefined)),
      ),
    );
  }

  get(id: string, selection: Selection): Promise<StoredResource | undefined> {
    return this.runner.read(reads.get(this.place, id, selection));
  }

  query(query: Query): Promise<Page> {
    return this.runner.read(reads.query(this.place, planOf(this.place.type), query, this.marks));
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
    return this.runner.read(holdersOf(this.place, ids));
  }

  references(
    id: string,
    path: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Reference[] | undefined> {
    return this.runner.read(reads.references(this.place, id, path, after, limit));
  }

  private write<Options extends WriteOptions, Result>(
    options: Options,
    work: (options: Options) => Work<Result>,
  ): Promise<Result> {
    return reportingOnce(options, (options, begin) =>
      this.runner.write(() => {
        begin();
        return work(options);
      }),
    );
  }

  private writing(): writes.Writing {
    const { place, alsoUnique } = this;
    return { place, alsoUnique, plan: planOf(place.type), now: storedInstant(this.runner.now()) };
  }
}
