// RFC 7644 §3.7: many operations in few requests, from the client's side.
import { planBulk, readBulk, substitute, UnresolvedReference } from '../protocol/bulk.ts';
import { quote, ScimError, type ScimType } from '../protocol/error.ts';
import { isObject, type JsonObject, member } from '../protocol/message.ts';
import { BULK_REQUEST_URN, PATCH_OP_URN } from '../protocol/urn.ts';
import type { ResourceInput } from '../schema/infer.ts';
import type { ProviderConfig } from './discovery.ts';
import { RequestError } from './failure.ts';
import type { RequestOptions } from './options.ts';
import type { PatchOperation } from './patch.ts';
import { invalidAnswer } from './resource-answer.ts';
import { bodyOf, type Shared, TypedResources } from './resources.ts';
import { type Answer, mayBeDone } from './sender.ts';
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

/** An operation as it is sent. */
interface Wire {
  readonly method: string;
  readonly path: string;
  readonly bulkId?: string;
  readonly version?: string;
  readonly data?: unknown;
}

/** An operation, its place among all, and how it is sent. */
interface Planned {
  readonly index: number;
  readonly operation: BulkOperation;
  readonly wire: Wire;
  /** What others refer to it by. */
  readonly bulkId: string | undefined;
}

/** Operations that go together: one, or some that refer to each other in a circle. */
type Step = readonly Planned[];

const sizeOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;
/** What a request has besides its operations, in octets, generously. */
const ENVELOPE = 200;

/** The carrying out of one `bulk`. */
export class BulkRun {
  private readonly shared: Shared;
  private readonly options: BulkOptions;
  private readonly results: BulkResult[];
  /** Ids of what was created, by bulkId. */
  private readonly ids = new Map<string, string>();
  private errors = 0;

  constructor(shared: Shared, operations: readonly BulkOperation[], options: BulkOptions) {
    this.shared = shared;
    this.options = options;
    const undone = {
      status: undefined,
      id: undefined,
      location: undefined,
      version: undefined,
      error: undefined,
    };
    this.results = operations.map((operation) => ({ operation, ...undone }));
  }

  /** Carries all of it out, in requests that the service provider takes. */
  async run(): Promise<readonly BulkResult[]> {
    const steps = this.plan();
    const config = await this.shared.discovery.configIfAny();
    if (!config?.bulk.supported) {
      for (const step of steps) await this.one(step);
      return this.results;
    }
    let rest = steps;
    while (rest.length > 0 && !this.hasFailed()) {
      const chunk = this.chunkOf(rest, config.bulk);
      rest = rest.slice(chunk.length);
      await this.send(chunk);
    }
    return this.results;
  }

  private hasFailed(): boolean {
    return this.options.failOnErrors !== undefined && this.errors >= this.options.failOnErrors;
  }

  /** In an order in which references point back. */
  private plan(): readonly Step[] {
    const given = new Set(this.results.map(({ operation }) => operation.bulkId));
    let next = 0;
    const unused = (): string => {
      do next++;
      while (given.has(`${next}`));
      return `${next}`;
    };
    const planned = this.results.map(({ operation }, index): Planned => {
      const { method, type, id, version, data } = operation;
      if (method !== 'POST' && !id) throw new TypeError(`Operation ${index}: a ${method} needs an "id".`);
      const bulkId = method === 'POST' ? (operation.bulkId ?? unused()) : undefined;
      const body =
        method === 'PATCH'
          ? { schemas: [PATCH_OP_URN], Operations: data }
          : method === 'DELETE'
            ? undefined
            : bodyOf(type, data as JsonObject);
      const reference = id?.startsWith('bulkId:') ? id : encodeURIComponent(id ?? '');
      const wire: Wire = {
        method,
        path: method === 'POST' ? type.endpoint : `${type.endpoint}/${reference}`,
        ...(bulkId !== undefined && { bulkId }),
        ...(version !== undefined && { version }),
        ...(body && { data: body }),
      };
      return { index, operation, wire, bulkId };
    });
    const message = { schemas: [BULK_REQUEST_URN], Operations: planned.map(({ wire }) => wire) };
    const { operations } = readBulk(message, { maxOperations: Number.POSITIVE_INFINITY });
    const problem = operations.find((operation) => operation.problem)?.problem;
    if (problem) throw new TypeError(problem.message);
    const placeOf = new Map(operations.map((operation, index) => [operation, planned[index] as Planned]));
    return planBulk(operations).map((step) => step.map((operation) => placeOf.get(operation) as Planned));
  }

  /** As many steps from the first one on as one request may have; one at least. */
  private chunkOf(
    steps: readonly Step[],
    {
      maxOperations = Number.POSITIVE_INFINITY,
      maxPayloadSize = Number.POSITIVE_INFINITY,
    }: ProviderConfig['bulk'],
  ): readonly Step[] {
    let count = 0;
    let size = ENVELOPE;
    let end = 0;
    for (const step of steps) {
      count += step.length;
      for (const { wire } of step) size += sizeOf(wire) + 1;
      if (end > 0 && (count > maxOperations || size > maxPayloadSize)) break;
      end++;
    }
    return steps.slice(0, end);
  }

  private record({ index }: Planned, result: Partial<BulkResult>): void {
    const { operation } = this.results[index] as BulkResult;
    const { status, id = operation.id, location, version, error } = result;
    this.results[index] = { operation, status, id, location, version, error };
    if (error) this.errors++;
  }

  /** An operation with the ids of what earlier requests created; undefined: it refers to what was not. */
  private resolve(planned: Planned, own: ReadonlySet<string | undefined>): Wire | undefined {
    const { wire } = planned;
    const idOf = (bulkId: string) =>
      this.ids.get(bulkId) ?? (own.has(bulkId) ? `bulkId:${bulkId}` : undefined);
    try {
      return { ...wire, path: substitute(wire.path, idOf) as string, data: substitute(wire.data, idOf) };
    } catch (error) {
      if (!(error instanceof UnresolvedReference)) throw error;
      const { bulkId } = error;
      this.record(planned, {
        error: new ScimError('invalidValue', `It refers to bulkId ${quote(bulkId)}, which was not created.`),
        status: 400,
      });
      return undefined;
    }
  }

  private async send(steps: readonly Step[]): Promise<void> {
    const own = new Set(steps.flat().map(({ bulkId }) => bulkId));
    const sent: (readonly [Planned, Wire])[] = [];
    const live: Step[] = [];
    for (const step of steps) {
      const wires = step.map((planned) => [planned, this.resolve(planned, own)] as const);
      const ready = wires.filter((pair): pair is readonly [Planned, Wire] => pair[1] !== undefined);
      sent.push(...ready);
      if (ready.length > 0) live.push(ready.map(([planned]) => planned));
    }
    if (sent.length === 0) return;
    const { failOnErrors, signal } = this.options;
    const body = {
      schemas: [BULK_REQUEST_URN],
      ...(failOnErrors !== undefined && { failOnErrors: failOnErrors - this.errors }),
      Operations: sent.map(([, wire]) => wire),
    };
    try {
      const answer = await this.shared.sender.send({
        ...{ method: 'POST', path: '/Bulk', body, repeatable: false, signal },
        check: (given) => void operationsIn(given),
      });
      this.read(answer, sent);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ScimError && error.status === 413 && live.length > 1) {
        const half = Math.ceil(live.length / 2);
        await this.send(live.slice(0, half));
        if (!this.hasFailed()) await this.send(live.slice(half));
      } else if (mayBeDone(error)) {
        // Each is found out about on its own.
        for (const step of live) await this.one(step, error);
      } else if (error instanceof ScimError && error.status === 413) {
        for (const step of live) await this.one(step);
      } else throw error;
    }
  }

  private read(answer: Answer, sent: readonly (readonly [Planned, Wire])[]): void {
    const unread = [...operationsIn(answer)];
    const take = (fits: (result: JsonObject) => boolean): JsonObject | undefined => {
      const at = unread.findIndex(fits);
      return at < 0 ? undefined : unread.splice(at, 1)[0];
    };
    const isOf = (wire: Wire) => (result: JsonObject) => {
      const location = member(result, 'location');
      const method = member(result, 'method');
      return (
        String(method).toUpperCase() === wire.method &&
        typeof location === 'string' &&
        location.endsWith(wire.path)
      );
    };
    const found = new Map<Planned, JsonObject | undefined>();
    for (const [planned, { bulkId }] of sent) {
      if (bulkId !== undefined)
        found.set(
          planned,
          take((result) => member(result, 'bulkId') === bulkId),
        );
    }
    for (const [planned, wire] of sent) if (!found.get(planned)) found.set(planned, take(isOf(wire)));
    for (const [planned, { method }] of sent) {
      const isNext = (result: JsonObject) =>
        String(member(result, 'method') ?? method).toUpperCase() === method;
      const result = found.get(planned) ?? take(isNext);
      if (result) this.readResult(planned, result);
    }
    // What is missing was not carried out, after too many errors.
    for (const [planned] of sent) {
      const isMissing = this.results[planned.index]?.status === undefined;
      if (isMissing && !this.hasFailed()) {
        this.record(planned, { error: invalidAnswer(answer, 'the answer has no result of the operation.') });
      }
    }
  }

  private readResult(planned: Planned, result: JsonObject): void {
    const told = member(result, 'status');
    const status = Number(isObject(told) ? told.code : told);
    const text = (name: string) => {
      const value = member(result, name);
      return typeof value === 'string' ? value : undefined;
    };
    const location = text('location');
    const response = member(result, 'response');
    const answered = isObject(response) ? response : {};
    if (status >= 300 || Number.isNaN(status)) {
      const keyword = member(answered, 'scimType');
      const detail = member(answered, 'detail');
      const error = new ScimError(status || 500, String(detail ?? `It was answered ${status}.`), {
        ...(typeof keyword === 'string' && { scimType: keyword as ScimType }),
      });
      this.record(planned, { status, location, error });
      return;
    }
    const last = location?.split('/').at(-1);
    const id =
      planned.operation.method === 'POST'
        ? (last ?? member(answered, 'id'))
        : planned.wire.path.split('/').at(-1);
    const known = typeof id === 'string' ? decodeURIComponent(id) : undefined;
    if (planned.bulkId !== undefined && known !== undefined) this.ids.set(planned.bulkId, known);
    this.record(planned, {
      status,
      location,
      version: text('version'),
      ...(known !== undefined && { id: known }),
    });
  }

  /** A step without Bulk; `doubt` is why it may have been carried out already. */
  private async one(step: Step, doubt?: unknown): Promise<void> {
    const [first] = step;
    if (!first || this.hasFailed()) return;
    if (step.length > 1) {
      const cause = doubt instanceof Error ? doubt : undefined;
      const { method, path } = first.wire;
      for (const planned of step) {
        const error = cause
          ? new RequestError('unknownOutcome', `${cause.message} It refers to others in a circle.`, {
              ...{ method, url: path, cause },
            })
          : new ScimError(
              501,
              'Operations that refer to each other in a circle need Bulk, which is not there.',
            );
        this.record(planned, { error, status: error instanceof ScimError ? error.status : undefined });
      }
      return;
    }
    const wire = this.resolve(first, new Set());
    if (!wire) return;
    try {
      this.record(first, await this.perform(first, wire, doubt));
    } catch (error) {
      this.options.signal?.throwIfAborted();
      if (!(error instanceof ScimError) && !(error instanceof RequestError)) throw error;
      this.record(first, { error, status: error.status });
    }
  }

  private async perform(
    { operation, bulkId }: Planned,
    wire: Wire,
    doubt: unknown,
  ): Promise<Partial<BulkResult>> {
    const { type, method } = operation;
    const resources = new TypedResources(type, this.shared);
    const { signal } = this.options;
    const id = decodeURIComponent(wire.path.split('/').at(-1) ?? '');
    const target = { id, ...(wire.version !== undefined && { meta: { version: wire.version } }) };
    const isInDoubt = doubt !== undefined;
    if (method === 'DELETE') {
      await resources.deleteInDoubt(target, { signal }, isInDoubt);
      return { status: 204, id };
    }
    const data = wire.data as JsonObject;
    const written =
      method === 'POST'
        ? await resources.createBody(data, { signal }, doubt)
        : method === 'PUT'
          ? await resources.replaceBody(target, data, { signal }, isInDoubt)
          : await resources.patchBody(target, data.Operations as readonly object[], { signal }, isInDoubt);
    if (bulkId !== undefined && written) this.ids.set(bulkId, written.id);
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return {
      status: method === 'POST' ? 201 : written ? 200 : 204,
      id: written?.id ?? id,
      location: text(written?.meta.location),
      version: text(written?.meta.version),
    };
  }
}

/**
 * The results in the answer to a Bulk.
 *
 * @throws RequestError `invalidAnswer`
 */
function operationsIn(answer: Answer): readonly JsonObject[] {
  const { body } = answer;
  const operations = isObject(body) ? member(body, 'Operations') : undefined;
  if (!Array.isArray(operations)) throw invalidAnswer(answer, 'the answer is no BulkResponse.');
  return operations.filter(isObject);
}
