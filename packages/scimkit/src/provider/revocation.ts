// Deprovisioning: whose access ends with a write, whichever operation it came by.
import { activeOf, type Attributes, isActive } from '../protocol/validate.ts';
import type { StoredAttributes } from '../schema/infer.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Written } from '../store/store.ts';
import type { Operation } from './operation.ts';

/** The end of an account's access: it was deactivated, or it goes. */
export type Revocation<
  Auth = unknown,
  Tx = unknown,
  Type extends ResourceType = ResourceType,
> = Type extends ResourceType
  ? {
      /** The name of the resource type. */
      readonly resourceType: Type['name'];
      readonly id: string;
      readonly reason: 'deactivated' | 'deleted';
      /** The attributes before; undefined where the store doesn't tell. */
      readonly before: StoredAttributes<Type> | undefined;
      /** The attributes after; undefined when the resource is gone. */
      readonly after: StoredAttributes<Type> | undefined;
      readonly auth: Auth;
      /** The tenant that the URL names; undefined where it names none. */
      readonly tenant: string | undefined;
      /** The app's transaction, which is not committed yet; undefined where there is no `transaction`. */
      readonly tx: Tx;
      readonly operation: Operation<Auth, Tx, Type>;
      /** Has something done once the revocation is committed, before the answer is sent. */
      readonly afterCommit: (callback: () => unknown) => void;
    }
  : never;

/** The attributes after a write, as far as the store tells: what was asked for otherwise. */
function attributesAfter(operation: Operation, written: Written): Attributes | undefined {
  const { after = written.resource?.attributes } = written;
  if (after || !('input' in operation)) return after;
  return operation.input.attributes;
}

/**
 * The revocation in what a write came to, if there is one. An account whose state before isn't told was active: a
 * revocation too many does less harm than one that is missed.
 */
export function revocationIn<Auth>(
  operation: Operation<Auth>,
  written: Written | undefined,
): Revocation<Auth> | undefined {
  const { type, resourceType, auth, tenant, tx, afterCommit } = operation;
  if (!written || !activeOf(type)) return undefined;
  const { id, before } = written;
  const common = { resourceType, id, before, auth, tenant, tx, operation, afterCommit };
  if (operation.name === 'delete') return { ...common, reason: 'deleted', after: undefined };
  // A new account that was never active loses nothing; one that a POST was linked to may.
  if (!written.changed || (operation.name === 'create' && !before)) return undefined;
  const after = attributesAfter(operation, written);
  if (!after || isActive(type, after) || (before && !isActive(type, before))) return undefined;
  return { ...common, reason: 'deactivated', after };
}
