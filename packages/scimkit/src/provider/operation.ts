// RFC 7644 §3.2: the operations of a service provider, as middleware sees them.
import type { Note } from '../protocol/leniency.ts';
import type { PatchChange } from '../protocol/patch.ts';
import type { Input } from '../protocol/validate.ts';
import type { Precondition } from '../protocol/version.ts';
import type { Secrets, StoredAttributes } from '../schema/infer.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { CommitGroup } from '../store/commit-group.ts';
import type { Page, Query, Selection, StoredResource, Written } from '../store/store.ts';

/** What every operation has. */
export interface CommonOperation<Auth = unknown, Tx = unknown, Type extends ResourceType = ResourceType> {
  /** The name of the resource type. */
  readonly resourceType: Type['name'];
  readonly type: Type;
  readonly auth: Auth;
  /** The tenant that the URL names, and the caller may act for; undefined where the URL names none. */
  readonly tenant: string | undefined;
  /** The app's transaction, in which the operation is carried out; undefined where there is no `transaction`. */
  readonly tx: Tx;
  /** The bulkId, when the operation is part of a Bulk. */
  readonly bulkId?: string | undefined;
  /** Adds to the notes of the exchange. */
  readonly report: (note: Note) => void;
  /**
   * Has something done once the operation is committed, before the answer is sent; never when it failed or was undone.
   * What the callback throws doesn't change the answer: `observe` is told. The transaction is over then.
   */
  readonly afterCommit: (callback: () => unknown) => void;
  /** Has something done once the operation has failed for good, and what it did in the app's transaction is undone. */
  readonly afterFailure: (callback: (error: unknown) => unknown) => void;
}

interface Write {
  readonly precondition?: Precondition | undefined;
  /** What the answer needs of the resource; undefined: nothing. */
  readonly selection?: Selection | undefined;
}

type InputOf<Type extends ResourceType> = Input<StoredAttributes<Type>, Secrets<Type>>;

/** Each operation by its name. */
interface Parts<Type extends ResourceType> {
  readonly create: {
    readonly name: 'create';
    readonly input: InputOf<Type>;
    /** An id that was given out beforehand, in a Bulk. */
    readonly id?: string | undefined;
    readonly together?: CommitGroup | undefined;
  } & Write;
  readonly get: { readonly name: 'get'; readonly id: string; readonly selection: Selection };
  readonly query: { readonly name: 'query'; readonly query: Query };
  readonly replace: { readonly name: 'replace'; readonly id: string; readonly input: InputOf<Type> } & Write;
  readonly patch: {
    readonly name: 'patch';
    readonly id: string;
    readonly changes: readonly PatchChange[];
  } & Write;
  readonly delete: { readonly name: 'delete'; readonly id: string } & Write;
}

/** The names of the operations. */
export type OperationName = keyof Parts<ResourceType>;

/** One operation on resources of one type. `name` and `resourceType` tell operations apart. */
export type Operation<
  Auth = unknown,
  Tx = unknown,
  Type extends ResourceType = ResourceType,
  Name extends OperationName = OperationName,
> = Type extends ResourceType ? CommonOperation<Auth, Tx, Type> & Parts<Type>[Name] : never;

/** What each operation comes to; undefined where there is no such resource. */
interface Outcomes<Attributes> {
  readonly create: Written<Attributes>;
  readonly get: StoredResource<Attributes> | undefined;
  readonly query: Page<Attributes>;
  readonly replace: Written<Attributes> | undefined;
  readonly patch: Written<Attributes> | undefined;
  readonly delete: Written<Attributes> | undefined;
}

/** What an operation came to; undefined where there is no such resource. */
export type Outcome<
  Type extends ResourceType = ResourceType,
  Name extends OperationName = OperationName,
> = Type extends ResourceType ? Outcomes<StoredAttributes<Type>>[Name] : never;

/**
 * Carries an operation out, or another one in its place. A method's type, and no function's alone, so that middleware for
 * operations on any type can stand where only those on some types come.
 */
type Next<Auth, Tx, Type extends ResourceType, Name extends OperationName> = {
  next(operation?: Operation<Auth, Tx, Type, Name>): Promise<Outcome<Type, Name>>;
}['next'] & { readonly length: number };

/** Middleware for some resource types and operations. */
export type MiddlewareFor<Auth, Tx, Type extends ResourceType, Name extends OperationName> = (
  operation: Operation<Auth, Tx, Type, Name>,
  next: Next<Auth, Tx, Type, Name>,
) => Promise<Outcome>;

/**
 * Runs before, after and around an operation. `next` carries it out; given an operation, it carries out that one
 * instead. To refuse, throw a `ScimError`. With the app's transaction it runs within it, anew when that is begun anew.
 *
 * @example
 * const timing: Middleware = async (operation, next) => {
 *   const start = performance.now();
 *   try { return await next(); } finally { metrics.record(operation.name, performance.now() - start); }
 * };
 */
export type Middleware<
  Auth = unknown,
  Tx = unknown,
  Type extends ResourceType = ResourceType,
> = MiddlewareFor<Auth, Tx, Type, OperationName>;
