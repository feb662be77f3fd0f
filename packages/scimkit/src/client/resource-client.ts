// RFC 7644 §3: what can be done with the resources of one type.
import type { Resource, ResourceInput } from '../schema/infer.ts';
import type { ListPage } from './list-answer.ts';
import type { RequestOptions } from './options.ts';
import type { PatchOperation } from './patch.ts';
import type { ListOptions, QueryOptions, SelectionOptions } from './query.ts';
import type { AnyType } from './typed-path.ts';

/** Which resource is meant: its id, or the resource as it was read, whose version becomes `If-Match`. */
export type Target = string | { readonly id: string; readonly meta?: { readonly version?: string } };

/** New values of some attributes of a resource. */
export type Changes<Type extends AnyType> = {
  [Attribute in keyof ResourceInput<Type>]?: ResourceInput<Type>[Attribute] | null | undefined;
};

/** What a resource may have, read or written. */
type Known<Type extends AnyType> = Changes<Type> & Omit<Resource<Type>, keyof ResourceInput<Type>>;

/** What was made, but for names that are not known: what a function returns is not checked for those. */
type Exactly<Wanted, Made> = {
  [Name in keyof Made]: Name extends keyof Wanted
    ? unknown extends Wanted[Name]
      ? Made[Name]
      : Made[Name] extends readonly unknown[]
        ? Made[Name]
        : Made[Name] extends object
          ? Exactly<NonNullable<Wanted[Name]>, Made[Name]>
          : Made[Name]
    : never;
};

/** What a write of a resource may be given besides. */
export interface WriteOptions<Type extends AnyType> extends SelectionOptions<Type> {
  /**
   * The version that is written over; `"*"`: any; `false`: none is named, though the target has one. Default: that of the
   * target, if it is a resource that was read.
   */
  readonly ifMatch?: string | false | undefined;
}

/** What a deletion may be given besides. */
export type DeleteOptions = Pick<WriteOptions<AnyType>, 'ifMatch' | 'signal'>;

/** The resources of one type at a service provider. */
export interface ResourceClient<Type extends AnyType> {
  readonly type: Type;
  /**
   * Creates a resource (RFC 7644 §3.3). Where it is not known whether it was created, it is looked up by its `externalId`
   * before it is sent again: without one, it is sent once.
   *
   * @throws ScimError as answered; RequestError `unknownOutcome`, also where something with this `externalId` is there that
   * differs from what was sent.
   */
  create(input: ResourceInput<Type>, options?: SelectionOptions<Type>): Promise<Resource<Type>>;
  /** Reads a resource (RFC 7644 §3.4.1). @throws ScimError 404 */
  get(id: string, options?: SelectionOptions<Type>): Promise<Resource<Type>>;
  /** Reads a resource again, if it has changed (RFC 7644 §3.14): the same object if it has not. */
  refresh(resource: Resource<Type>, options?: RequestOptions): Promise<Resource<Type>>;
  /** Reads one page of the resources that a filter finds (RFC 7644 §3.4.2). */
  query(options?: QueryOptions<Type>): Promise<ListPage<Resource<Type>>>;
  /** Reads all resources that a filter finds, one after the other. */
  list(options?: ListOptions<Type>): AsyncGenerator<Resource<Type>, void, undefined>;
  /** Reads all pages of the resources that a filter finds. */
  pages(options?: ListOptions<Type>): AsyncGenerator<ListPage<Resource<Type>>, void, undefined>;
  /** Replaces a resource as a whole (RFC 7644 §3.5.1): what the input lacks is cleared. For a few attributes, see `patch`. */
  replace(target: Target, input: ResourceInput<Type>, options?: WriteOptions<Type>): Promise<Resource<Type>>;
  /** Changes attributes (RFC 7644 §3.5.2). Undefined: it is answered without the resource. */
  patch(
    target: Target,
    operations: readonly PatchOperation<Type>[],
    options?: WriteOptions<Type>,
  ): Promise<Resource<Type> | undefined>;
  /**
   * Reads a resource, gives the attributes that `change` returns their new values, and sends what is different as a PATCH, under
   * the version that was read: all again, if somebody else was faster. What `change` doesn't name stays; null clears. Where there is
   * no PATCH, the whole is replaced.
   *
   * @throws ScimError as answered; TypeError where `change` returns no object of attributes, or a promise.
   *
   * @example
   * await users.modify(id, ({ emails = [] }) => ({ title: 'Countess', emails: [...emails, { value: 'ada@example.com' }] }));
   */
  modify<Made extends Changes<Type>>(
    id: string,
    change: (resource: Resource<Type>) => Made & Exactly<Known<Type>, Made>,
    options?: RequestOptions,
  ): Promise<Resource<Type>>;
  /** Deletes a resource (RFC 7644 §3.6). @throws ScimError 404, unless it went in an attempt of this very call. */
  delete(target: Target, options?: DeleteOptions): Promise<void>;
}
