// One event for each write that changed something: for audit, tests and debugging.
import { type AttributeChange, diffAttributes, isSecret } from '../protocol/diff.ts';
import { ScimError, type ScimType } from '../protocol/error.ts';
import type { Middleware, Operation, OperationName } from '../provider/operation.ts';
import { uuidv7 } from '../store/id.ts';
import type { Written } from '../store/store.ts';

/** What every event has. Events are plain JSON, as far as `auth` is. */
interface CommonEvent {
  /** A UUID of version 7: their order is that of time. */
  readonly id: string;
  /** An instant in UTC: "2026-01-31T12:00:00.000Z". */
  readonly time: string;
  /** The tenant that the URL names; absent where it names none. */
  readonly tenant?: string;
  /** What is kept of what authentication returned. */
  readonly auth: unknown;
  readonly resourceType: string;
  readonly operation: Exclude<OperationName, 'get' | 'query'>;
  /** Present when the operation is part of a Bulk. */
  readonly bulkId?: string;
}

/** A write that changed something. */
export interface ResourceEvent extends CommonEvent {
  readonly resourceId: string;
  /** The version afterwards; after a delete, the last one. */
  readonly version: string;
  /** The attributes that changed. Of secrets such as `password`, that they were given, and nothing else. */
  readonly changes: readonly AttributeChange[];
  /** The ids that came and went in relations, by the attribute's path: "members". */
  readonly relations: readonly {
    readonly path: string;
    readonly added: readonly string[];
    readonly removed: readonly string[];
  }[];
}

/** A write that was refused, or failed. */
export interface RefusedEvent extends CommonEvent {
  /** Absent when it was to be created. */
  readonly resourceId?: string;
  readonly error: { readonly status: number; readonly scimType?: ScimType; readonly detail: string };
}

/** Options of `eventLog`. */
export interface EventLogOptions<Auth, Tx> {
  /** Keeps an event, in the app's transaction where there is one. What it throws makes the operation fail. */
  readonly write: (event: ResourceEvent, context: { readonly tx: Tx }) => unknown;
  /** Keeps the event of a write that was refused or failed, once its transaction is undone. Default: they are not kept. */
  readonly failures?: (event: RefusedEvent) => unknown;
  /** What is kept of what authentication returned. Default: all of it. */
  readonly auth?: (auth: Auth) => unknown;
}

/** The paths of the secrets that an operation brings: `attributes` need not have them. */
function secretsIn(operation: Operation): readonly string[] {
  if (operation.name === 'patch') {
    const targets = operation.changes.map(({ attribute, sub }) => (sub && isSecret(sub) ? sub : attribute));
    return targets.filter(isSecret).map(({ path }) => path);
  }
  if (!('input' in operation)) return [];
  const { type, input } = operation;
  const all = [...type.attributes, ...type.extensions.flatMap(({ attributes }) => attributes)];
  return all
    .filter((each) => isSecret(each) && Object.hasOwn(input.secrets, each.name))
    .map(({ path }) => path);
}

function changesIn(operation: Operation, { before, after }: Written): readonly AttributeChange[] {
  const changes = diffAttributes(operation.type, before, after);
  const named = new Set(changes.map(({ path }) => path));
  const secrets = [...new Set(secretsIn(operation))].filter((path) => !named.has(path));
  return [...changes, ...secrets.map((path) => ({ path, redacted: true }) as const)];
}

function errorOf(error: unknown): RefusedEvent['error'] {
  // What failed behind a 500 is for `observe`: it may quote what nobody may see.
  if (!(error instanceof ScimError)) return { status: 500, detail: 'The service failed.' };
  const { status, scimType, detail } = error;
  return { status, ...(scimType && { scimType }), detail };
}

/**
 * Middleware that makes an event of each write that changed something: who, what, and each attribute before and after,
 * without secrets. Where it stands first, it sees what other middleware refuses, too.
 *
 * @example
 * eventLog({ write: (event, { tx }) => tx.insert(scimEvents).values({ id: event.id, event }) })
 */
export function eventLog<Auth, Tx>(options: EventLogOptions<Auth, Tx>): Middleware<Auth, Tx> {
  const { write, failures, auth: keep = (auth: Auth): unknown => auth } = options;
  return async (operation, next) => {
    const { name, resourceType, tenant, bulkId, auth, tx, afterFailure } = operation;
    if (name === 'get' || name === 'query') return next();
    const begin = (): CommonEvent => ({
      ...{ id: uuidv7(), time: new Date().toISOString() },
      ...(tenant !== undefined && { tenant }),
      ...{ auth: keep(auth), resourceType, operation: name },
      ...(bulkId !== undefined && { bulkId }),
    });
    if (failures) {
      const resourceId = 'id' in operation && name !== 'create' ? operation.id : undefined;
      afterFailure((error) =>
        failures({ ...begin(), ...(resourceId !== undefined && { resourceId }), error: errorOf(error) }),
      );
    }
    const written = (await next()) as Written | undefined;
    if (!written?.changed) return written;
    const { id: resourceId, version, relations = [] } = written;
    const deltas = relations
      .map(({ attribute, added, removed }) => ({ path: attribute.path, added, removed }))
      .filter(({ added, removed }) => added.length > 0 || removed.length > 0);
    const changes = changesIn(operation, written);
    await write({ ...begin(), resourceId, version, changes, relations: deltas }, { tx });
    return written;
  };
}
