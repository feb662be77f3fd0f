// One operation on its way: through the app's transaction and the middleware to the store, and what follows.
import { ScimError } from '../protocol/error.ts';
import type { Note } from '../protocol/leniency.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { CommitGroup } from '../store/commit-group.ts';
import { patchByReplace } from '../store/patch-by-replace.ts';
import type { Store, Written } from '../store/store.ts';
import { type Context, type Entry, notFound, type Opened, run } from './context.ts';
import type { CommonOperation, Operation, OperationName, Outcome } from './operation.ts';
import { revocationIn } from './revocation.ts';

/** An operation that is to be carried out. */
export interface Task<Auth> {
  readonly type: ResourceType;
  readonly name: OperationName;
  readonly bulkId?: string | undefined;
  /** Makes the operation: once, or anew with each transaction that is begun. */
  make(common: CommonOperation<Auth>, opened: Opened, together?: CommitGroup): Operation<Auth>;
}

/** What is to be done when an operation is over. */
interface Callbacks {
  readonly commit: (() => unknown)[];
  readonly failure: ((error: unknown) => unknown)[];
}

/** Undoes a transaction in which nothing was found to be written. */
class NothingWritten extends Error {
  override readonly name = 'NothingWritten';
}

/** Without stores: nothing is carried out there. */
const NOTHING_OPENED: Opened = { tx: undefined, store: () => ({}) as Store };

/** One operation, in as many attempts as the app's transaction takes. */
export class Performance<Auth> {
  private readonly isWrite: boolean;
  private readonly context: Context<Auth>;
  private readonly task: Task<Auth>;
  private entry: Entry<Auth> | undefined;
  private callbacks: Callbacks | undefined;
  private notes: Note[] | undefined;

  constructor(context: Context<Auth>, task: Task<Auth>) {
    this.context = context;
    this.task = task;
    this.isWrite = task.name !== 'get' && task.name !== 'query';
  }

  /** Carries the operation out, as it was before any other attempt. */
  attempt(opened: Opened, together?: CommitGroup): Promise<Outcome> {
    const operation = this.enter(opened, together);
    return passOn(this.context, opened, operation);
  }

  /** Makes the operation, and has `observe` see it. */
  private enter(opened: Opened, together?: CommitGroup): Operation<Auth> {
    const { context, task } = this;
    const callbacks: Callbacks = { commit: [], failure: [] };
    this.callbacks = callbacks;
    const operation = task.make(
      {
        resourceType: task.type.name,
        type: task.type,
        auth: context.auth,
        tenant: context.request.tenant,
        tx: opened.tx,
        report: this.reporter(),
        afterCommit: (callback) => void callbacks.commit.push(callback),
        afterFailure: (callback) => void callbacks.failure.push(callback),
        ...(task.bulkId !== undefined && { bulkId: task.bulkId }),
      },
      opened,
      together,
    );
    if (this.entry) this.entry.operation = operation;
    else {
      this.entry = { operation };
      context.operations.push(this.entry);
    }
    return operation;
  }

  /** In a transaction of the operation's own. */
  private async inTransaction(): Promise<Outcome> {
    const { context, isWrite } = this;
    let isMissing = false;
    try {
      return await run(context, isWrite ? 'write' : 'read', async (opened) => {
        isMissing = false;
        const outcome = await this.attempt(opened);
        isMissing = outcome === undefined && isWrite;
        if (isMissing) throw new NothingWritten();
        return outcome;
      });
    } catch (error) {
      // Whatever the app's transaction makes of the error.
      if (isMissing) return undefined;
      throw error;
    }
  }

  /** By itself: in a transaction of its own, where the app has any. */
  alone(): Promise<Outcome> {
    const { context } = this;
    return context.service.options.transaction ? this.inTransaction() : this.attempt(context.opened);
  }

  /** Waits for the operation, and does what is to be done after it. */
  async settle(begin: () => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await begin();
      this.flush();
      if (outcome === undefined) await this.fail(notFound(this.task.type, this.id()));
      else if (this.callbacks?.commit.length) await this.call(this.callbacks.commit);
      return outcome;
    } catch (error) {
      // One that was not even begun, for want of a connection, has a cause too.
      if (!this.entry) this.enter(NOTHING_OPENED);
      (this.entry as unknown as Entry<Auth>).error = error;
      this.flush();
      await this.fail(error);
      throw error;
    }
  }

  private id(): string {
    const operation = this.entry?.operation;
    return operation && 'id' in operation ? (operation.id ?? '') : '';
  }

  private async fail(error: unknown): Promise<void> {
    if (this.callbacks?.failure.length) await this.call(this.callbacks.failure, error);
  }

  private async call(callbacks: readonly ((error: unknown) => unknown)[], argument?: unknown): Promise<void> {
    for (const callback of callbacks) {
      try {
        await callback(argument);
      } catch (error) {
        const entry = this.entry as Entry<Auth>;
        entry.callbackErrors ??= [];
        entry.callbackErrors.push(error);
      }
    }
  }

  /** What is reported in an attempt that is begun anew was not done. */
  private reporter(): (note: Note) => void {
    const { leniency, service } = this.context;
    if (!service.options.transaction) return leniency.report;
    const notes: Note[] = [];
    this.notes = notes;
    return (note) => void notes.push(note);
  }

  private flush(): void {
    for (const note of this.notes ?? []) this.context.leniency.report(note);
  }
}

/** Carries an operation out: in the app's transaction, through the middleware, and with what follows. */
export function perform<Auth>(context: Context<Auth>, task: Task<Auth>): Promise<Outcome> {
  const performance = new Performance(context, task);
  return performance.settle(() => performance.alone());
}

/** Through the middleware, from one to the next. */
function passOn<Auth>(context: Context<Auth>, opened: Opened, operation: Operation<Auth>): Promise<Outcome> {
  const { use = [] } = context.service.options;
  const step = (index: number, current: Operation<Auth>): Promise<Outcome> => {
    const middleware = use[index];
    if (!middleware) return revoking(context, current, carryOut(context, opened, current));
    return middleware(current, (changed = current) => step(index + 1, changed));
  };
  return step(0, operation);
}

/** Tells the app whose access has ended with an operation, as part of it. */
function revoking<Auth>(
  context: Context<Auth>,
  operation: Operation<Auth>,
  writing: Promise<Outcome>,
): Promise<Outcome> {
  const { onAccessRevoked } = context.service.options;
  if (!onAccessRevoked || operation.name === 'get' || operation.name === 'query') return writing;
  return writing.then(async (outcome) => {
    const revocation = revocationIn(operation, outcome as Written | undefined);
    if (revocation) await onAccessRevoked(revocation);
    return outcome;
  });
}

/** The innermost step: the store. */
function carryOut<Auth>(
  context: Context<Auth>,
  opened: Opened,
  operation: Operation<Auth>,
): Promise<Outcome> {
  const { type } = operation;
  const store = opened.store(type);
  const { unknownReferences = 'skip' } = context.service.options;
  const { keepAbsent } = context.leniency;
  switch (operation.name) {
    case 'create':
      return store.create(operation.input, { ...operation, unknownReferences });
    case 'get':
      return store.get(operation.id, operation.selection);
    case 'query':
      return store.query(operation.query);
    case 'replace':
      return store.replace(operation.id, operation.input, { ...operation, unknownReferences, keepAbsent });
    case 'patch': {
      const options = { ...operation, unknownReferences };
      return store.patch
        ? store.patch(operation.id, operation.changes, options)
        : patchByReplace(type, store, operation.id, operation.changes, options);
    }
    case 'delete':
      return store.delete(operation.id, operation);
    default:
      throw new ScimError(501, 'There is no such operation.');
  }
}
