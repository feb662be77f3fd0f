// RFC 7644 §3.2: the operations of a service provider, as middleware sees them.
import type { Note } from '../protocol/leniency.ts';
import type { PatchChange } from '../protocol/patch.ts';
import type { Input } from '../protocol/validate.ts';
import type { Precondition } from '../protocol/version.ts';
import type { CommitGroup } from '../store/commit-group.ts';
import type { Page, Query, Selection, StoredResource, Written } from '../store/store.ts';

interface Common<Auth> {
  /** The name of the resource type. */
  readonly resourceType: string;
  readonly auth: Auth;
  /** The tenant that the URL names, and the caller may act for; undefined where the URL names none. */
  readonly tenant: string | undefined;
  /** The bulkId, when the operation is part of a Bulk. */
  readonly bulkId?: string | undefined;
  /** Adds to the notes of the exchange. */
  readonly report: (note: Note) => void;
}

interface Write {
  readonly precondition?: Precondition | undefined;
  /** What the answer needs of the resource; undefined: nothing. */
  readonly selection?: Selection | undefined;
}

/** One operation on resources of one type. `name` and `resourceType` tell operations apart. */
export type Operation<Auth = unknown> = Common<Auth> &
  (
    | ({
        readonly name: 'create';
        readonly input: Input;
        /** An id that was given out beforehand, in a Bulk. */
        readonly id?: string | undefined;
        readonly together?: CommitGroup | undefined;
      } & Write)
    | { readonly name: 'get'; readonly id: string; readonly selection: Selection }
    | { readonly name: 'query'; readonly query: Query }
    | ({ readonly name: 'replace'; readonly id: string; readonly input: Input } & Write)
    | ({ readonly name: 'patch'; readonly id: string; readonly changes: readonly PatchChange[] } & Write)
    | ({ readonly name: 'delete'; readonly id: string } & Write)
  );

/** What an operation came to; undefined where there is no such resource. */
export type Outcome = Written | StoredResource | Page | undefined;

/**
 * Runs before, after and around an operation. `next` carries it out; given an operation, it carries out that one
 * instead. To refuse, throw a `ScimError`.
 *
 * @example
 * const timing: Middleware = async (operation, next) => {
 *   const start = performance.now();
 *   try { return await next(); } finally { metrics.record(operation.name, performance.now() - start); }
 * };
 */
export type Middleware<Auth = unknown> = (
  operation: Operation<Auth>,
  next: (operation?: Operation<Auth>) => Promise<Outcome>,
) => Promise<Outcome>;
