// RFC 7644 §3.7: the operations of a Bulk as they are sent, in an order in which references point back, in parts. Pure.
import { planBulk, readBulk } from '../protocol/bulk.ts';
import type { JsonObject } from '../protocol/message.ts';
import { BULK_REQUEST_URN, PATCH_OP_URN } from '../protocol/urn.ts';
import type { BulkOperation } from './bulk-operation.ts';
import type { ProviderConfig } from './discovery.ts';
import { bodyOf, segment } from './target.ts';

/** An operation as it is sent. */
export interface Wire {
  readonly method: string;
  readonly path: string;
  readonly bulkId?: string;
  readonly version?: string;
  readonly data?: unknown;
}

/** An operation, its place among all, and how it is sent. */
export interface Planned {
  readonly index: number;
  readonly operation: BulkOperation;
  readonly wire: Wire;
  /** What others refer to it by. */
  readonly bulkId: string | undefined;
}

/** Operations that go together: one, or some that refer to each other in a circle. */
export type Step = readonly Planned[];

function dataOf({ method, type, data }: BulkOperation): object | undefined {
  if (method === 'DELETE') return undefined;
  return method === 'PATCH'
    ? { schemas: [PATCH_OP_URN], Operations: data }
    : bodyOf(type, data as JsonObject);
}

function wireOf(operation: BulkOperation, bulkId: string | undefined): Wire {
  const { method, type, id = '', version } = operation;
  const reference = /^bulkId:[^\s"/?#]+$/.test(id) || method === 'POST' ? id : segment(id);
  const data = dataOf(operation);
  return {
    method,
    path: method === 'POST' ? type.endpoint : `${type.endpoint}/${reference}`,
    ...(bulkId !== undefined && { bulkId }),
    ...(version !== undefined && { version }),
    ...(data && { data }),
  };
}

/**
 * The steps that operations are carried out in, references pointing back.
 *
 * @throws TypeError for operations that can't be sent.
 */
export function planOperations(given: readonly BulkOperation[]): readonly Step[] {
  // No other Bulk has the same, so that the answer to another is not taken for the one to this.
  const run = Math.random().toString(36).slice(2);
  const planned = given.map((operation, index): Planned => {
    const { method, id } = operation;
    if (method !== 'POST' && !id) throw new TypeError(`Operation ${index}: a ${method} needs an "id".`);
    const bulkId = method === 'POST' ? (operation.bulkId ?? `${run}-${index}`) : undefined;
    return { index, operation, wire: wireOf(operation, bulkId), bulkId };
  });
  const message = { schemas: [BULK_REQUEST_URN], Operations: planned.map(({ wire }) => wire) };
  const { operations } = readBulk(message, { maxOperations: Number.POSITIVE_INFINITY });
  const problem = operations.find((operation) => operation.problem)?.problem;
  if (problem) throw new TypeError(problem.message);
  const placeOf = new Map(operations.map((operation, index) => [operation, planned[index] as Planned]));
  return planBulk(operations).map((step) => step.map((operation) => placeOf.get(operation) as Planned));
}

const sizeOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;
/** What a request has besides its operations, in octets, generously. */
const ENVELOPE = 200;

/** The steps in parts that one request each may have, by the service provider's limits; a step is never divided. */
export function partsOf(
  steps: readonly Step[],
  limits: ProviderConfig['bulk'],
): readonly (readonly Step[])[] {
  const { maxOperations = Number.POSITIVE_INFINITY, maxPayloadSize = Number.POSITIVE_INFINITY } = limits;
  const parts: Step[][] = [];
  let count = 0;
  let size = 0;
  for (const step of steps) {
    const octets = step.reduce((sum, { wire }) => sum + sizeOf(wire) + 1, 0);
    const part = parts.at(-1);
    if (part && count + step.length <= maxOperations && size + octets <= maxPayloadSize) {
      part.push(step);
      count += step.length;
      size += octets;
    } else {
      parts.push([step]);
      count = step.length;
      size = ENVELOPE + octets;
    }
  }
  return parts;
}
