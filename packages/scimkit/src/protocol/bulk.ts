// RFC 7644 §3.7: Bulk requests, and what their operations refer to. Pure.
import { quote, ScimError } from './error.ts';
import { isObject, member, readMessage, setOwn } from './message.ts';
import { BULK_REQUEST_URN } from './urn.ts';

/** One operation of a Bulk, as far as it has been read. */
export interface BulkOperation {
  /** In upper case. */
  readonly method: string;
  readonly bulkId: string | undefined;
  readonly version: string | undefined;
  readonly path: string;
  readonly data: unknown;
  /** What is wrong with it; it fails with that, and the others go on. */
  readonly problem: ScimError | undefined;
}

/** A Bulk request. */
export interface BulkRequest {
  readonly operations: readonly BulkOperation[];
  /** Errors after which processing stops; undefined: never. */
  readonly failOnErrors: number | undefined;
}

/**
 * Reads a Bulk request (RFC 7644 §3.7). What is wrong with one operation is that operation's problem.
 *
 * @throws ScimError `invalidSyntax` for a body that is no Bulk request, 413 for too many operations.
 */
export function readBulk(body: unknown, limits: { readonly maxOperations: number }): BulkRequest {
  const message = readMessage(body, BULK_REQUEST_URN, 'RFC 7644 §3.7');
  const operations = member(message, 'Operations');
  if (!Array.isArray(operations)) {
    throw new ScimError('invalidSyntax', '"Operations" must be an array of operations.');
  }
  if (operations.length > limits.maxOperations) {
    throw new ScimError(
      413,
      `The request has ${operations.length} operations; at most ${limits.maxOperations} are accepted (maxOperations).`,
    );
  }
  const failOnErrors = member(message, 'failOnErrors') ?? undefined;
  if (failOnErrors !== undefined && (!Number.isInteger(failOnErrors) || (failOnErrors as number) < 1)) {
    throw new ScimError(
      'invalidValue',
      `"failOnErrors" must be a whole number of at least 1, not ${quote(failOnErrors)}.`,
    );
  }
  const seen = new Set<string>();
  return {
    operations: operations.map((operation, index) => readOperation(operation, index, seen)),
    failOnErrors: failOnErrors as number | undefined,
  };
}

/** The members of an operation that are texts. */
const TEXTS = ['method', 'bulkId', 'version', 'path'] as const;

function readOperation(raw: unknown, index: number, seen: Set<string>): BulkOperation {
  const object = isObject(raw) ? raw : {};
  const text = (name: string) => {
    const value = member(object, name);
    return typeof value === 'string' ? value : undefined;
  };
  const operation = {
    method: (text('method') ?? '').toUpperCase(),
    bulkId: text('bulkId') || undefined,
    version: text('version'),
    path: text('path') ?? '',
    data: member(object, 'data'),
  };
  // A precondition of another type would be none at all.
  const wrong = TEXTS.find(
    (name) => !['string', 'undefined'].includes(typeof (member(object, name) ?? undefined)),
  );
  const problem = wrong
    ? new ScimError(
        'invalidSyntax',
        `Operations[${index}]: "${wrong}" must be a string, not ${quote(member(object, wrong))}.`,
      )
    : problemOf(operation, index, seen);
  return { ...operation, problem };
}

function problemOf(
  { method, bulkId, path, data }: Omit<BulkOperation, 'problem'>,
  index: number,
  seen: Set<string>,
): ScimError | undefined {
  const wrong = (detail: string) => new ScimError('invalidSyntax', `Operations[${index}]: ${detail}`);
  if (!['POST', 'PUT', 'PATCH', 'DELETE'].includes(method)) {
    return wrong(`"method" must be POST, PUT, PATCH or DELETE, not ${quote(method)}.`);
  }
  if (path === '')
    return wrong('"path" is missing: "/Users" for a POST, "/Users/{id}" for the other methods.');
  if (method === 'POST') {
    if (bulkId === undefined) return wrong('a POST needs a "bulkId" (RFC 7644 §3.7).');
    if (seen.has(bulkId)) return wrong(`the bulkId ${quote(bulkId)} is used twice.`);
    seen.add(bulkId);
  }
  if (method !== 'DELETE' && !isObject(data))
    return wrong(`a ${method} needs "data": the body of the request.`);
  return undefined;
}

/** A reference to a bulkId that stands for nothing. */
export class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
  readonly bulkId: string;

  constructor(bulkId: string) {
    super(`bulkId:${bulkId}`);
    this.bulkId = bulkId;
  }
}

/** A whole value, the last segment of a URL, or a quoted value in a filter: `bulkId:x`. */
const REFERENCE = /^bulkId:([^\s"/]+)$|(?<=\/)bulkId:([^\s"/?#]+)$|(?<=")bulkId:([^\s"\\]+)(?=")/g;

function references(text: string): string[] {
  return text.includes('bulkId:')
    ? [...text.matchAll(REFERENCE)].map((m) => (m[1] ?? m[2] ?? m[3]) as string)
    : [];
}

/**
 * Puts ids in the place of bulkIds (RFC 7644 §3.7.2), in values, in URLs such as `$ref`, and in the value paths of a
 * PATCH. A reference is a whole value or path segment, so `bulkId:1` leaves `bulkId:10` alone.
 *
 * @throws UnresolvedReference for a bulkId that `idOf` doesn't know.
 */
export function substitute(value: unknown, idOf: (bulkId: string) => string | undefined): unknown {
  if (typeof value === 'string') {
    if (!value.includes('bulkId:')) return value;
    return value.replace(REFERENCE, (_, whole, segment, quoted) => {
      const bulkId = whole ?? segment ?? quoted;
      const id = idOf(bulkId);
      if (id === undefined) throw new UnresolvedReference(bulkId);
      return id;
    });
  }
  if (Array.isArray(value)) return value.map((element) => substitute(element, idOf));
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) setOwn(result, key, substitute(part, idOf));
  return result;
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') for (const bulkId of references(value)) found.add(bulkId);
  else if (Array.isArray(value)) for (const element of value) collect(element, found);
  else if (isObject(value)) for (const part of Object.values(value)) collect(part, found);
}

/**
 * The order in which operations are carried out: as sent, but each after those that it refers to. Operations that
 * refer to each other in a circle are one step (RFC 7644 §3.7.1). Tarjan's algorithm, without recursion, so that a
 * chain as long as the request is no danger.
 */
export function planBulk(operations: readonly BulkOperation[]): readonly (readonly BulkOperation[])[] {
  const creators = new Map<string, number>();
  for (const [index, { method, bulkId, problem }] of operations.entries()) {
    if (method === 'POST' && bulkId !== undefined && !problem) creators.set(bulkId, index);
  }
  const needs = operations.map(({ path, data }) => {
    const found = new Set<string>();
    collect(path, found);
    collect(data, found);
    return [...found].map((bulkId) => creators.get(bulkId)).filter((index) => index !== undefined);
  });
  const steps: BulkOperation[][] = [];
  const order = new Map<number, number>();
  const low: number[] = [];
  const open: number[] = [];
  const isOpen = new Set<number>();
  const enter = (node: number) => {
    low[node] = order.size;
    order.set(node, order.size);
    open.push(node);
    isOpen.add(node);
    return { node, next: 0 };
  };
  for (const start of operations.keys()) {
    const path = order.has(start) ? [] : [enter(start)];
    while (path.length > 0) {
      const frame = path[path.length - 1] as { node: number; next: number };
      const target = needs[frame.node]?.[frame.next++];
      if (target !== undefined) {
        if (!order.has(target)) path.push(enter(target));
        else if (isOpen.has(target)) lower(low, frame.node, order.get(target) as number);
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent) lower(low, parent.node, low[frame.node] as number);
      if (low[frame.node] !== order.get(frame.node)) continue;
      const members = open.splice(open.lastIndexOf(frame.node));
      for (const member of members) isOpen.delete(member);
      steps.push(members.sort((a, b) => a - b).map((member) => operations[member] as BulkOperation));
    }
  }
  return steps;
}

function lower(low: number[], node: number, value: number): void {
  low[node] = Math.min(low[node] as number, value);
}
