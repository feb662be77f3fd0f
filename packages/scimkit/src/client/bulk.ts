// RFC 7644 §3.7: many operations in few requests, from the client's side.
import { substitute, UnresolvedReference } from '../protocol/bulk.ts';
import { quote, ScimError } from '../protocol/error.ts';
import type { JsonObject } from '../protocol/message.ts';
import { BULK_REQUEST_URN } from '../protocol/urn.ts';
import { type Answer, invalidAnswer } from './answer.ts';
import { checkResults, matchResults, readResult, type Sent } from './bulk-answer.ts';
import type { BulkOperation, BulkOptions, BulkResult } from './bulk-operation.ts';
import { partsOf, type Planned, planOperations, type Step, type Wire } from './bulk-plan.ts';
import { RequestError, unknownOutcome } from './failure.ts';
import { idIn } from './resource-answer.ts';
import { type Shared, TypedResources } from './resources.ts';
import { mayBeDone } from './sender.ts';
import { segment } from './target.ts';

const UNDONE = {
  status: undefined,
  id: undefined,
  location: undefined,
  version: undefined,
  error: undefined,
};

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
    this.results = operations.map((operation) => ({ operation, ...UNDONE }));
  }

  /** Carries all of it out, in requests that the service provider takes. */
  async run(): Promise<readonly BulkResult[]> {
    const steps = planOperations(this.results.map(({ operation }) => operation));
    const config = await this.shared.discovery.configIfAny(this.options);
    if (config?.bulk.supported) {
      for (const part of partsOf(steps, config.bulk)) await this.send(part);
    } else for (const step of steps) await this.one(step);
    return this.results;
  }

  private hasFailed(): boolean {
    return this.options.failOnErrors !== undefined && this.errors >= this.options.failOnErrors;
  }

  private record({ index, bulkId }: Planned, result: Partial<BulkResult>): void {
    const { operation } = this.results[index] as BulkResult;
    const recorded = { ...UNDONE, id: operation.id, ...result, operation };
    this.results[index] = recorded;
    if (recorded.error) this.errors++;
    else if (bulkId !== undefined && recorded.id !== undefined) this.ids.set(bulkId, recorded.id);
  }

  /**
   * An operation with the ids of what earlier requests created; undefined: it refers to what was not. `doubt` is why it may
   * have been carried out already.
   */
  private resolve(planned: Planned, own: ReadonlySet<string | undefined>, doubt?: unknown): Wire | undefined {
    const { wire } = planned;
    const idOf = (bulkId: string) =>
      this.ids.get(bulkId) ?? (own.has(bulkId) ? `bulkId:${bulkId}` : undefined);
    const segmentOf = (bulkId: string) => {
      const id = this.ids.get(bulkId);
      return id === undefined ? idOf(bulkId) : segment(id);
    };
    try {
      const path = substitute(wire.path, segmentOf) as string;
      return { ...wire, path, data: substitute(wire.data, idOf) };
    } catch (error) {
      if (!(error instanceof UnresolvedReference)) throw error;
      const problem = `It refers to bulkId ${quote(error.bulkId)}, which was not created, as far as is known.`;
      this.record(
        planned,
        doubt === undefined
          ? { error: new ScimError('invalidValue', problem), status: 400 }
          : this.unknown(planned, doubt, problem),
      );
      return undefined;
    }
  }

  private unknown({ wire }: Planned, doubt: unknown, problem: string): Partial<BulkResult> {
    const request = { method: wire.method, url: this.shared.sender.baseUrl + wire.path };
    return { error: unknownOutcome(doubt, problem, request) };
  }

  private async send(steps: readonly Step[]): Promise<void> {
    if (this.hasFailed()) return;
    const own = new Set(steps.flat().map(({ bulkId }) => bulkId));
    const sent = steps.flat().flatMap((planned): readonly Sent[] => {
      const wire = this.resolve(planned, own);
      return wire ? [[planned, wire]] : [];
    });
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
        check: (given) => checkResults(given, sent),
      });
      await this.read(answer, sent);
    } catch (error) {
      signal?.throwIfAborted();
      const live = new Set(sent.map(([planned]) => planned));
      const rest = steps.map((step) => step.filter((planned) => live.has(planned)));
      await this.sendAnew(rest, error);
    }
  }

  /** What follows a request that failed as a whole. */
  private async sendAnew(steps: readonly Step[], error: unknown): Promise<void> {
    const { sender } = this.shared;
    const isTooLarge = error instanceof ScimError && error.status === 413;
    if (isTooLarge && steps.length > 1) {
      const half = Math.ceil(steps.length / 2);
      await this.send(steps.slice(0, half));
      await this.send(steps.slice(half));
    } else if (isTooLarge) for (const step of steps) await this.one(step);
    else if (mayBeDone(error)) {
      await sender.wait(1, this.options.signal, error);
      // Each is found out about on its own.
      for (const step of steps) await this.one(step, error);
    } else {
      // What earlier requests did must not be lost with this one.
      const isNamed = error instanceof ScimError || error instanceof RequestError;
      const hasBegun = this.results.some(({ status, error: earlier }) => status !== undefined || earlier);
      if (!isNamed || !hasBegun) throw error;
      for (const planned of steps.flat()) this.record(planned, { error, status: error.status });
    }
  }

  private async read(answer: Answer, sent: readonly Sent[]): Promise<void> {
    const found = matchResults(answer, sent);
    for (const [planned, wire] of sent) {
      const json = found.get(planned);
      if (json) this.record(planned, readResult(planned, wire, json));
    }
    // What is missing was not carried out, if there were too many errors.
    for (const [planned] of sent) {
      if (found.has(planned)) continue;
      await this.one([planned], invalidAnswer(answer, 'the answer has no result of the operation.'));
    }
  }

  /** A step without Bulk; `doubt` is why it may have been carried out already. */
  private async one(step: Step, doubt?: unknown): Promise<void> {
    const [first] = step;
    if (!first || this.hasFailed()) return;
    if (step.length > 1) {
      for (const planned of step) {
        const unknown = "It refers to others in a circle, which can't be found out about one by one.";
        this.record(planned, doubt === undefined ? circleProblem() : this.unknown(planned, doubt, unknown));
      }
      return;
    }
    const wire = this.resolve(first, new Set(), doubt);
    if (!wire) return;
    try {
      this.record(first, await this.perform(first, wire, doubt));
    } catch (error) {
      this.options.signal?.throwIfAborted();
      if (!(error instanceof ScimError) && !(error instanceof RequestError)) throw error;
      this.record(first, { error, status: error.status });
    }
  }

  private async perform({ operation }: Planned, wire: Wire, doubt: unknown): Promise<Partial<BulkResult>> {
    const { type, method } = operation;
    const resources = new TypedResources(type, this.shared);
    const { signal } = this.options;
    const id = idIn(wire.path) ?? '';
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
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return {
      status: method === 'POST' ? 201 : written ? 200 : 204,
      id: written?.id ?? id,
      location: text(written?.meta.location),
      version: text(written?.meta.version),
    };
  }
}

/** Why operations that refer to each other in a circle are not carried out one by one. */
function circleProblem(): Partial<BulkResult> {
  const problem = 'Operations that refer to each other in a circle need Bulk, which is not there.';
  return { error: new ScimError(501, problem), status: 501 };
}
