// The seam between the service provider and where resources live. RFC 7643 §3, RFC 7644 §3.
import type { RelationChange } from '../protocol/apply-patch.ts';
import type { Report } from '../protocol/leniency.ts';
import type { PageRequest } from '../protocol/page.ts';
import type { PatchChange } from '../protocol/patch.ts';
import type { ResolvedFilter } from '../protocol/resolve-filter.ts';
import type { Sort } from '../protocol/sort.ts';
import type { Attributes, Input } from '../protocol/validate.ts';
import type { Precondition } from '../protocol/version.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { CommitGroup } from './commit-group.ts';

/** Whose resources a store holds: a customer, and the directory that provisions it. */
export interface Scope {
  readonly tenant: string;
  /** Default: "default". */
  readonly connection?: string;
}

/** One value of a relation: a member of a group, or a group of a user. */
export interface Reference {
  /** The id of the resource that is referred to. */
  readonly value: string;
  /** Its resource type; of an inverse (User.groups), "direct" or "indirect". */
  readonly type: string;
  /** The resource type that `$ref` leads to, where `type` says something else. */
  readonly resourceType?: string;
  readonly display?: string | undefined;
}

/**
 * A resource as a store hands it out. Nothing in it depends on a request: no location, no `$ref`, no computed
 * attribute, no secret.
 */
export interface StoredResource<Data = Attributes> {
  readonly id: string;
  /** Opaque, without quotes and dots. It changes with each change of the stored state, relations included. */
  readonly version: string;
  /** Instants in UTC: "2026-01-31T12:00:00.000Z"; "" where the store doesn't keep them. */
  readonly created: string;
  readonly lastModified: string;
  /** The attributes in canonical form, without `schemas`, `id`, `meta` and relations. May be a lazy getter. */
  readonly attributes: Data;
  /** The same as JSON text, `schemas` and `id` first, where the store keeps it: sent as it is when all is wanted. */
  readonly text?: string | undefined;
  /** Values of the relations that were selected, by the attribute's path: all, or the first ones. */
  readonly relations?: ReadonlyMap<string, readonly Reference[]> | undefined;
  /** Paths of the relations that may have more values than `relations` holds; `Store.references` reads on. */
  readonly continued?: ReadonlySet<string> | undefined;
}

/** What a caller needs of the resources that it asks for. */
export interface Selection {
  /** Paths of the relations whose values are wanted ("members"); those not named are not read. */
  readonly relations: ReadonlySet<string>;
  /**
   * How many values of one relation of one resource are taken with it at most; the others are asked for by
   * `references`, which a store must have to be given a limit. Absent: all.
   */
  readonly limit?: number | undefined;
}

/** A query (RFC 7644 §3.4.2), resolved. */
export interface Query {
  readonly filter?: ResolvedFilter | undefined;
  /** Absent: by id. Resources whose keys are equal are ordered by id. */
  readonly sort?: Sort | undefined;
  /** By index, or by cursor: there `cursor` is what `next` or `previous` of another page was, undefined at first. */
  readonly page: PageRequest;
  readonly selection: Selection;
}

/** One page of a query's results, and how many there are in all. */
export interface Page<Data = Attributes> {
  readonly resources: readonly StoredResource<Data>[];
  /** May be undefined on a page by cursor that is not the first: what the first one said stands. */
  readonly total: number | undefined;
  /**
   * By cursor: where the next page begins, in words of the store's own. Absent on the last page. It stands for a place in
   * the order, so that nothing is skipped or shown twice, whatever comes and goes in between.
   */
  readonly next?: string | undefined;
  /** By cursor: where the previous page begins. Never on the first page. A store need not have it. */
  readonly previous?: string | undefined;
}

/** How a write is to be done. */
export interface WriteOptions {
  /** Compared with the stored version inside the write. */
  readonly precondition?: Precondition | undefined;
  /** What is needed of the resource afterwards; absent: nothing, and `Written.resource` is undefined. */
  readonly selection?: Selection | undefined;
  /** References to resources that don't exist in the scope: leave them out and report it, or refuse. Default: skip. */
  readonly unknownReferences?: 'skip' | 'reject';
  /** Writes that succeed or fail as one (RFC 7644 §3.7.1). */
  readonly together?: CommitGroup | undefined;
  readonly report?: Report;
}

/** How a create is to be done. */
export interface CreateOptions extends WriteOptions {
  /** An id that `newId` gave. */
  readonly id?: string | undefined;
}

/** How a replace is to be done. */
export interface ReplaceOptions extends WriteOptions {
  /** Whether an absent `active` or relation keeps what is stored. Default: it is cleared. */
  readonly keepAbsent?: boolean;
}

/** What a write did to one relation. */
export interface RelationDelta {
  readonly attribute: RelationChange['attribute'];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The outcome of a write. */
export interface Written<Data = Attributes> {
  readonly id: string;
  /** The version afterwards. */
  readonly version: string;
  /** Whether the stored state changed. */
  readonly changed: boolean;
  /** The attributes before; undefined after a create, unless it was linked to what existed. */
  readonly before?: Data | undefined;
  /** The attributes after; undefined after a delete. */
  readonly after?: Data | undefined;
  /** What changed in relations: deltas, never lists. */
  readonly relations?: readonly RelationDelta[];
  /** The resource afterwards, where a selection asked for it. */
  readonly resource?: StoredResource<Data> | undefined;
}

declare const ofType: unique symbol;

/**
 * The resources of one type in one scope. `Store` alone is one of any type.
 *
 * Each method is one unit of work: it happens whole or not at all. Writes compare and set: what they decide on is
 * read inside the write. `undefined` means that there is no such resource. Errors of the protocol are `ScimError`;
 * anything else that is thrown is a failure of the service (500).
 */
// biome-ignore lint/suspicious/noExplicitAny: a store of whatever type fits where one of a certain type is wanted
export interface Store<Type extends ResourceType = any> {
  /** For the compiler alone: tells stores of one type from those of another. */
  readonly [ofType]?: Type;
  /** The resource type of what it holds, where the store has made it: the provider must have been given that one. */
  readonly resourceType?: ResourceType;
  /**
   * A name for what the store holds, the same in every process: such as its tenant and connection. Cursors are bound to it.
   * Absent: the store has no pages by cursor.
   */
  readonly scope?: string;
  /** @throws ScimError `uniqueness` when a unique value is taken. */
  create(input: Input, options: CreateOptions): Promise<Written>;
  get(id: string, selection: Selection): Promise<StoredResource | undefined>;
  query(query: Query): Promise<Page>;
  /** @throws ScimError 412, `uniqueness`, `mutability`, `invalidValue` */
  replace(id: string, input: Input, options: ReplaceOptions): Promise<Written | undefined>;
  /**
   * Absent: a PATCH is carried out by `get` and `replace`, and begun anew when somebody else was faster.
   *
   * @throws ScimError 412, `uniqueness`, `mutability`, `noTarget`, `invalidValue`
   */
  patch?(id: string, changes: readonly PatchChange[], options: WriteOptions): Promise<Written | undefined>;
  /** Relations to the resource go with it, in this store and in those that share its database. */
  delete(id: string, options: WriteOptions): Promise<Written | undefined>;
  /**
   * For a type with relations such as Group: the resources of this store that hold each of the given ones, directly
   * or through others of this store ("direct" wins), by the id of the one that is held. Cycles end.
   */
  groupsOf?(ids: readonly string[]): Promise<ReadonlyMap<string, readonly Reference[]>>;
  /**
   * The values of a relation that come after one of them, `limit` at most, in an order of the store's own that stays the
   * same. None: there are no more. Undefined: there is no such resource (any more), and what was given of it is not all.
   * Absent: `get`, `query` and writes give all values at once.
   */
  references?(
    id: string,
    path: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Reference[] | undefined>;
  /**
   * A new id, for resources that refer to each other before they exist. A store that has it takes `id` and
   * `together` in `create`. Absent: the store can't choose ids.
   */
  newId?(): string;
}
