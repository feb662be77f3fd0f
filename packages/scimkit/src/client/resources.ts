// RFC 7644 §3: the resources of one type, from the client's side.
import { ScimError } from '../protocol/error.ts';
import type { JsonObject } from '../protocol/message.ts';
import { PATCH_OP_URN } from '../protocol/urn.ts';
import type { Resource, ResourceInput } from '../schema/infer.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { type Answer, invalidAnswer } from './answer.ts';
import { createOnce } from './creation.ts';
import { diff } from './difference.ts';
import type { Discovery } from './discovery.ts';
import { isPatched, isReplaced } from './in-doubt.ts';
import { type ListPage, readList } from './list-answer.ts';
import { listPages, type PagePosition } from './listing.ts';
import type { ClientPagination, RequestOptions } from './options.ts';
import type { PatchOperation } from './patch.ts';
import {
  type ListOptions,
  type QueryOptions,
  queryRequest,
  type SelectionOptions,
  selectionString,
} from './query.ts';
import { locationId, type ReceivedResource, readResource, readResourceAnswer } from './resource-answer.ts';
import type { DeleteOptions, ResourceClient, Target, WriteOptions } from './resource-client.ts';
import type { Call, Sender } from './sender.ts';
import { bodyOf, entityTag, idOf, ifMatchOf, segment } from './target.ts';
import type { AnyType } from './typed-path.ts';

/** Errors that only an earlier attempt may have caused: it was carried out, and what it was about is gone. */
const isAfterTheFact = (error: unknown): error is ScimError =>
  error instanceof ScimError && [400, 409, 412].includes(error.status);

/** A PUT or PATCH. */
interface Change {
  readonly method: 'PUT' | 'PATCH';
  readonly target: Target;
  readonly body: unknown;
  readonly options: WriteOptions<AnyType>;
  /** Whether what was asked for is there already. */
  readonly isDone: (current: ReceivedResource) => boolean;
  /** Whether it may have been carried out in an earlier request. */
  readonly isInDoubt: boolean;
}

/** What the clients of all types share. */
export interface Shared {
  readonly sender: Sender;
  readonly discovery: Discovery;
  readonly pagination: ClientPagination;
}

/** The resources of one type; of `/Me`, the one resource that is there. */
export class TypedResources<Type extends AnyType> implements ResourceClient<Type> {
  readonly type: Type;
  private readonly compiled: ResourceType;
  private readonly shared: Shared;

  constructor(type: Type, shared: Shared) {
    this.type = type;
    this.compiled = type;
    this.shared = shared;
  }

  private pathOf(id: string, selection: SelectionOptions<AnyType> = {}): string {
    return `${this.type.endpoint}/${segment(id)}${selectionString(selection)}`;
  }

  private send(call: Call): Promise<Answer> {
    return this.shared.sender.send(call);
  }

  async create(input: ResourceInput<Type>, options: SelectionOptions<Type> = {}): Promise<Resource<Type>> {
    return (await this.createBody(
      bodyOf(this.compiled, input as JsonObject),
      options,
    )) as unknown as Resource<Type>;
  }

  /** A creation; `doubt` is the error of an earlier attempt at it that may have been carried out. */
  createBody(
    body: JsonObject,
    options: SelectionOptions<AnyType>,
    doubt?: unknown,
  ): Promise<ReceivedResource> {
    const { compiled: type } = this;
    const { sender } = this.shared;
    const { signal } = options;
    const find = async (value: string) => {
      const filter = { kind: 'compare', path: 'externalId', operator: 'eq', value } as const;
      return (await this.readPage({ filter, signal } as QueryOptions<Type>)).resources;
    };
    return createOnce({ type, body, sender, signal, post: () => this.post(body, options), find }, doubt);
  }

  private async post(body: JsonObject, options: SelectionOptions<AnyType>): Promise<ReceivedResource> {
    const { compiled: type } = this;
    let resource: ReceivedResource | undefined;
    const answer = await this.send({
      method: 'POST',
      path: type.endpoint + selectionString(options),
      body,
      repeatable: false,
      signal: options.signal,
      check: (given) => {
        resource = readResourceAnswer(type, given, { externalId: body.externalId });
        if (!resource && locationId(given) === undefined) {
          throw invalidAnswer(given, `the answer has neither the ${type.name} nor its Location.`);
        }
      },
    });
    if (answer.status !== 201) answer.depart('status', String(answer.status));
    if (!answer.headers.has('location')) answer.depart('location', 'Location');
    if (resource) return resource;
    answer.depart('empty-answer', type.name);
    return this.read(locationId(answer) as string, options);
  }

  async get(id: string, options: SelectionOptions<Type> = {}): Promise<Resource<Type>> {
    return (await this.read(id, options)) as unknown as Resource<Type>;
  }

  private async read(id: string, options: SelectionOptions<AnyType>): Promise<ReceivedResource> {
    let resource: ReceivedResource | undefined;
    await this.send({
      method: 'GET',
      path: this.pathOf(id, options),
      repeatable: true,
      signal: options.signal,
      check: (answer) => {
        resource = readResourceAnswer(this.compiled, answer, { id });
        if (!resource) throw invalidAnswer(answer, `the answer has no ${this.type.name}.`);
      },
    });
    return resource as unknown as ReceivedResource;
  }

  async refresh(resource: Resource<Type>, options: RequestOptions = {}): Promise<Resource<Type>> {
    const { id, meta } = resource as unknown as ReceivedResource;
    if (typeof meta?.version !== 'string') return this.get(id, options);
    let current: ReceivedResource | undefined;
    await this.send({
      method: 'GET',
      path: this.pathOf(id),
      headers: { 'if-none-match': entityTag(meta.version) },
      repeatable: true,
      signal: options.signal,
      check: (answer) => {
        if (answer.status !== 304) current = readResourceAnswer(this.compiled, answer, { id });
      },
    });
    return (current as unknown as Resource<Type> | undefined) ?? resource;
  }

  async query(options: QueryOptions<Type> = {}): Promise<ListPage<Resource<Type>>> {
    return (await this.readPage(options)) as unknown as ListPage<Resource<Type>>;
  }

  private async readPage(
    options: QueryOptions<Type>,
  ): Promise<ListPage<ReceivedResource> & { readonly url: string }> {
    const { compiled } = this;
    let page: ListPage<ReceivedResource> | undefined;
    const { url } = await this.send({
      ...queryRequest([compiled], compiled.endpoint, options as QueryOptions<AnyType>),
      repeatable: true,
      signal: options.signal,
      check: (answer) => {
        const isByCursor = options.cursor !== undefined;
        page = readList(answer, (json) => readResource(compiled, json, answer), isByCursor);
      },
    });
    return { ...(page as ListPage<ReceivedResource>), url };
  }

  async *list(options: ListOptions<Type> = {}): AsyncGenerator<Resource<Type>, void, undefined> {
    for await (const page of this.pages(options)) yield* page.resources;
  }

  async *pages(options: ListOptions<Type> = {}): AsyncGenerator<ListPage<Resource<Type>>, void, undefined> {
    const first = await firstPage(this.shared);
    const pages = listPages(first, (position) => this.readPage({ ...options, ...position }));
    for await (const page of pages) yield page as unknown as ListPage<Resource<Type>>;
  }

  async replace(
    target: Target,
    input: ResourceInput<Type>,
    options: WriteOptions<Type> = {},
  ): Promise<Resource<Type>> {
    const body = bodyOf(this.compiled, input as JsonObject);
    const replaced = await this.replaceBody(target, body, options as WriteOptions<AnyType>);
    return (replaced ?? (await this.read(idOf(target), options))) as unknown as Resource<Type>;
  }

  /** A replacement, or undefined where it is answered without the resource. */
  replaceBody(
    target: Target,
    body: JsonObject,
    options: WriteOptions<AnyType>,
    isInDoubt = false,
  ): Promise<ReceivedResource | undefined> {
    const isDone = (current: ReceivedResource) => isReplaced(this.compiled, body, current);
    return this.write({ method: 'PUT', target, body, options, isDone, isInDoubt });
  }

  async patch(
    target: Target,
    operations: readonly PatchOperation<Type>[],
    options: WriteOptions<Type> = {},
  ): Promise<Resource<Type> | undefined> {
    const patched = await this.patchBody(target, operations, options as WriteOptions<AnyType>);
    return patched as unknown as Resource<Type> | undefined;
  }

  /** A PATCH of operations that are not checked by the compiler. */
  patchBody(
    target: Target,
    operations: readonly object[],
    options: WriteOptions<AnyType>,
    isInDoubt = false,
  ): Promise<ReceivedResource | undefined> {
    const body = { schemas: [PATCH_OP_URN], Operations: operations };
    const isDone = (current: ReceivedResource) => isPatched(this.compiled, operations, current);
    return this.write({ method: 'PATCH', target, body, options, isDone, isInDoubt });
  }

  /** A PUT or PATCH. An error that an earlier attempt may have caused counts only if what was asked for is not there. */
  private async write(change: Change): Promise<ReceivedResource | undefined> {
    const { method, target, body, options, isDone } = change;
    const id = idOf(target);
    let { isInDoubt } = change;
    let resource: ReceivedResource | undefined;
    try {
      await this.send({
        method,
        path: this.pathOf(id, options),
        body,
        headers: { 'if-match': ifMatchOf(target, options.ifMatch) },
        repeatable: true,
        signal: options.signal,
        check: (answer) => {
          resource = readResourceAnswer(this.compiled, answer, { id });
          if (answer.status !== 200 && answer.status !== 204) answer.depart('status', String(answer.status));
        },
        onDoubt: () => {
          isInDoubt = true;
        },
      });
      return resource;
    } catch (error) {
      if (!isInDoubt || !isAfterTheFact(error)) throw error;
      const current = await this.read(id, { signal: options.signal });
      if (isDone(current)) return current;
      throw error;
    }
  }

  async modify(
    id: string,
    change: (resource: Resource<Type>) => object,
    options: RequestOptions = {},
  ): Promise<Resource<Type>> {
    const config = await this.shared.discovery.configIfAny();
    const hasPatch = config?.patch.supported ?? true;
    for (let attempt = 1; ; attempt++) {
      const before = await this.get(id, options);
      const after = change(before);
      const operations = diff(this.type, before, after);
      if (operations.length === 0) return before;
      const target = before as unknown as ReceivedResource;
      try {
        if (!hasPatch) return await this.replace(target, after as ResourceInput<Type>, options);
        return (await this.patch(target, operations, options)) ?? (await this.get(id, options));
      } catch (error) {
        const isStale = error instanceof ScimError && error.status === 412;
        if (!isStale || attempt >= this.shared.sender.attempts) throw error;
        await this.shared.sender.wait(attempt, options.signal);
      }
    }
  }

  async delete(target: Target, options: DeleteOptions = {}): Promise<void> {
    await this.deleteInDoubt(target, options, false);
  }

  /** A deletion; if it is in doubt whether it was carried out before, what is gone is deleted. */
  async deleteInDoubt(target: Target, options: DeleteOptions, wasInDoubt: boolean): Promise<void> {
    let isInDoubt = wasInDoubt;
    try {
      const answer = await this.send({
        method: 'DELETE',
        path: this.pathOf(idOf(target)),
        headers: { 'if-match': ifMatchOf(target, options.ifMatch) },
        repeatable: true,
        signal: options.signal,
        onDoubt: () => {
          isInDoubt = true;
        },
      });
      if (answer.status !== 204) answer.depart('status', String(answer.status));
    } catch (error) {
      const isGone = error instanceof ScimError && (error.status === 404 || error.status === 410);
      if (!isInDoubt || !isGone) throw error;
    }
  }
}

/** How a listing begins. */
export async function firstPage({ discovery, pagination }: Shared): Promise<PagePosition> {
  const hasCursors = async () => (await discovery.configIfAny())?.pagination.cursor ?? false;
  const isByCursor = pagination === 'cursor' || (pagination === 'auto' && (await hasCursors()));
  return isByCursor ? { cursor: '' } : { startIndex: 1 };
}
