// RFC 7644 §3.7: the operations of a Bulk, and what becomes of them.
import type { ScimError } from '../protocol/error.ts';
import type { ResourceInput } from '../schema/infer.ts';
import type { RequestError } from './failure.ts';
import type { RequestOptions } from './options.ts';
import type { PatchOperation } from './patch.ts';
import type { AnyType } from './typed-path.ts';

/** One operation of a Bulk, as `bulkFor` makes it. */
export interface BulkOperation {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly type: AnyType;
  /** What other operations call a creation by: `bulkId:...` where an id is expected. */
  readonly bulkId?: string | undefined;
  /** Of the other operations. It may be a `bulkId:...` itself. */
  readonly id?: string | undefined;
  readonly version?: string | undefined;
  /** The resource, or the operations of a PATCH. */
  readonly data?: object | readonly object[];
}

/** What became of one operation. */
export interface BulkResult {
  readonly operation: BulkOperation;
  /** Undefined: it was not carried out, because there were too many errors before it, or it is not known whether it was. */
  readonly status: number | undefined;
  /** The id of the resource. */
  readonly id: string | undefined;
  readonly location: string | undefined;
  readonly version: string | undefined;
  /** Why it failed: `ScimError` as answered; `RequestError` where it is not known whether it was carried out. */
  readonly error: ScimError | RequestError | undefined;
}

/** What a Bulk may be given besides. */
export interface BulkOptions extends RequestOptions {
  /** After how many errors nothing more is begun. Default: all operations are carried out. */
  readonly failOnErrors?: number | undefined;
}

/** Makes the operations of a Bulk over one resource type. */
export interface BulkBuilder<Type extends AnyType> {
  readonly create: (input: ResourceInput<Type>, bulkId?: string) => BulkOperation;
  readonly replace: (id: string, input: ResourceInput<Type>, version?: string) => BulkOperation;
  readonly patch: (
    id: string,
    operations: readonly PatchOperation<Type>[],
    version?: string,
  ) => BulkOperation;
  readonly delete: (id: string, version?: string) => BulkOperation;
}

/**
 * Makes the operations of a Bulk over one resource type.
 *
 * @example
 * await client.bulk([
 *   bulkFor(User).create({ userName: 'ada' }, 'ada'),
 *   bulkFor(Group).create({ displayName: 'Countesses', members: [{ value: 'bulkId:ada' }] }),
 * ]);
 */
export function bulkFor<Type extends AnyType>(type: Type): BulkBuilder<Type> {
  return {
    create: (input, bulkId) => ({ method: 'POST', type, bulkId, data: input }),
    replace: (id, input, version) => ({ method: 'PUT', type, id, version, data: input }),
    patch: (id, operations, version) => ({ method: 'PATCH', type, id, version, data: operations }),
    delete: (id, version) => ({ method: 'DELETE', type, id, version }),
  };
}
