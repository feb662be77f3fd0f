// RFC 7644 §3.7: Bulk. Operations that refer to each other by bulkId, carried out in the order that this needs.
import type { ScimResponse } from '../authentication/request.ts';
import { type BulkOperation, planBulk, readBulk, substitute, UnresolvedReference } from '../protocol/bulk.ts';
import { quote, ScimError } from '../protocol/error.ts';
import { parseEtags, type Precondition } from '../protocol/version.ts';
import { BULK_RESPONSE_URN } from '../protocol/urn.ts';
import { Circle } from './circle.ts';
import { type Context, locationOf, run } from './context.ts';
import { create } from './create.ts';
import { remove } from './delete.ts';
import { patch } from './patch.ts';
import { replace } from './replace.ts';
import { errorResponse, type Failures, messageResponse } from './respond.ts';
import { findRoute, type Route } from './route.ts';

/** What has become of the operations so far. */
interface Progress {
  /** Ids by bulkId: given out beforehand, or known once the resource exists. */
  readonly ids: Map<string, string>;
  readonly failed: Set<string>;
  readonly results: Map<BulkOperation, Result>;
}

interface Result {
  readonly status: number;
  readonly location?: string | undefined;
  readonly version?: string | undefined;
  readonly error?: unknown;
}

type Target = Extract<Route, { kind: 'type' | 'resource' }>;

/** What an operation's path means; `bulkId:` in it is replaced already. */
function targetOf<Auth>(context: Context<Auth>, method: string, path: string): Target {
  let segments: string[];
  try {
    // Half of a surrogate pair is no Unicode, and no URL can carry it.
    if (!path.isWellFormed()) throw new URIError(path);
    segments = path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    throw new ScimError('invalidSyntax', `The path ${quote(path)} is not percent-encoded UTF-8.`);
  }
  const route = findRoute(context.service, segments);
  const kind = method === 'POST' ? 'type' : 'resource';
  if (route?.kind === kind) return route as Target;
  throw new ScimError(
    'invalidSyntax',
    method === 'POST'
      ? `The path of a POST must be an endpoint such as "/Users", not ${quote(path)}.`
      : `The path of a ${method} must be a resource such as "/Users/2819c223", not ${quote(path)}.`,
  );
}

/** Ids for the resources that a Bulk creates, so that others can refer to them before they exist. */
async function allocate<Auth>(
  context: Context<Auth>,
  operations: readonly BulkOperation[],
): Promise<Map<string, string>> {
  const posts = operations.flatMap(({ method, bulkId, path }) => {
    if (method !== 'POST' || bulkId === undefined) return [];
    const type = context.service.byEndpoint.get(path.replace(/\/+$/, ''))?.type;
    return type ? [{ bulkId, type }] : [];
  });
  if (posts.length === 0) return new Map();
  return run(context, 'read', async (opened) => {
    const ids = posts.map(({ bulkId, type }) => [bulkId, opened.store(type).newId?.()] as const);
    return new Map(ids.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
  });
}

async function carryOut<Auth>(
  context: Context<Auth>,
  operation: BulkOperation,
  progress: Progress,
  circle: Circle<Auth> | undefined,
): Promise<Result> {
  const { method, bulkId } = operation;
  let target: Target | undefined;
  try {
    if (operation.problem) throw operation.problem;
    if (circle && !progress.ids.has(bulkId as string)) throw circular();
    const known = (id: string) => (progress.failed.has(id) ? undefined : progress.ids.get(id));
    target = targetOf(context, method, substitute(operation.path, known) as string);
    const data = substitute(operation.data, known);
    const response = await dispatch(context, target, operation, data, progress, circle);
    const { location, etag } = response.headers;
    const id = location && decodeURIComponent(location.slice(location.lastIndexOf('/') + 1));
    if (method === 'POST' && bulkId !== undefined && id) progress.ids.set(bulkId, id);
    return { status: response.status, location: location ?? locationIn(context, target), version: etag };
  } catch (caught) {
    const error = caught instanceof UnresolvedReference ? unresolved(caught.bulkId, progress) : caught;
    if (bulkId !== undefined && method === 'POST') progress.failed.add(bulkId);
    circle?.fail();
    const status = error instanceof ScimError ? error.status : 500;
    return { status, location: target && locationIn(context, target), error };
  }
}

function unresolved(bulkId: string, progress: Progress): ScimError {
  return progress.failed.has(bulkId)
    ? new ScimError(
        409,
        `It refers to bulkId ${quote(bulkId)}, whose own operation failed. Correct that one first.`,
      )
    : new ScimError(
        'invalidValue',
        `It refers to bulkId ${quote(bulkId)}, which no POST of this request has.`,
      );
}

/** Where ids are not known beforehand, nothing can refer to what doesn't exist yet. */
function circular(): ScimError {
  return new ScimError(
    409,
    'Operations of this request refer to each other in a circle, which cannot be resolved here. Create the ' +
      'resources first, and add the references in a second request.',
  );
}

const locationIn = <Auth>(context: Context<Auth>, target: Target): string | undefined =>
  target.kind === 'resource' ? locationOf(context, target.type, target.id) : undefined;

function dispatch<Auth>(
  context: Context<Auth>,
  target: Target,
  operation: BulkOperation,
  data: unknown,
  progress: Progress,
  circle: Circle<Auth> | undefined,
): Promise<ScimResponse> {
  const { method, bulkId } = operation;
  const { type } = target;
  if (target.kind === 'type') {
    const inBulk = { bulkId: bulkId as string, id: progress.ids.get(bulkId as string), circle };
    return create(context, type, data, {}, inBulk);
  }
  const precondition: Precondition = { match: parseEtags(operation.version) };
  const { id } = target;
  if (method === 'PUT') return replace(context, type, id, data, {}, precondition, bulkId);
  if (method === 'PATCH') return patch(context, type, id, data, {}, precondition, bulkId);
  return remove(context, type, id, precondition, bulkId);
}

/** Carries a Bulk out. It is not atomic: what succeeded stays (RFC 7644 §3.7). */
export async function bulk<Auth>(
  context: Context<Auth>,
  body: unknown,
  failures: Failures,
): Promise<ScimResponse> {
  const { limits } = context.service;
  const { operations, failOnErrors } = readBulk(body, { maxOperations: limits.bulkOperations });
  const ids = await allocate(context, operations);
  const progress: Progress = { ids, failed: new Set(), results: new Map() };
  let errors = 0;
  for (const step of planBulk(operations)) {
    const circle = step.length > 1 ? new Circle(context, step.length) : undefined;
    const results = await Promise.all(
      step.map(
        async (operation) => [operation, await carryOut(context, operation, progress, circle)] as const,
      ),
    );
    for (const [operation, result] of results) {
      progress.results.set(operation, result);
      if (result.error !== undefined) errors++;
    }
    if (failOnErrors !== undefined && errors >= failOnErrors) break;
  }
  const reported = operations
    .filter((operation) => progress.results.has(operation))
    .map((operation) => report(operation, progress.results.get(operation) as Result, failures));
  return messageResponse(200, JSON.stringify({ schemas: [BULK_RESPONSE_URN], Operations: reported }));
}

function report(operation: BulkOperation, result: Result, failures: Failures) {
  const { method, bulkId } = operation;
  const { status, location, version, error } = result;
  return {
    method,
    ...(bulkId !== undefined && { bulkId }),
    ...(version !== undefined && { version }),
    ...(location !== undefined && { location }),
    status: String(status),
    ...(error !== undefined && {
      response: JSON.parse(errorResponse(error, failures).body as string),
    }),
  };
}
