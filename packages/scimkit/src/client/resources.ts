// RFC 7644 §3: the resources of one type, from the client's side.
import { ScimError } from '../protocol/error.ts';
import type { JsonObject } from '../protocol/message.ts';
import { PATCH_OP_URN } from '../protocol/urn.ts';
import type { Resource, ResourceInput } from '../schema/infer.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { type Answer, invalidAnswer } from './answer.ts';
import { type Change, carryOut, readAfterwards, remove } from './change.ts';
import { type CreationPlace, createOnce } from './creation.ts';
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
import { type ReceivedResource, readResource, readResourceAnswer } from './resource-answer.ts';
import { mergeChanges } from './merge.ts';
import type { Changes, DeleteOptions, ResourceClient, Target, WriteOptions } from './resource-client.ts';
import type { Call, Sender } from './sender.ts';
import { bodyOf, entityTag, idOf, ifMatchOf, segment } from './target.ts';
import type { AnyType } from './typed-path.ts';

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
    const read: CreationPlace['read'] = (id, selection) => this.read(id, selection);
    const find: CreationPlace['find'] = async (value, { signal }) => {
      const filter = { kind: 'compare', path: 'externalId', operator: 'eq', value } as const;
      return (await this.readPage({ filter, signal } as QueryOptions<Type>)).resources;
    };
    return createOnce({ type, sender, read, find }, body, options, doubt);
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
        if (answer.status === 304) return;
        current = readResourceAnswer(this.compiled, answer, { id });
        if (!current) throw invalidAnswer(answer, `the answer has no ${this.type.name}.`);
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
    const first = await firstPage(this.shared, options);
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
    return (replaced ??
      (await this.readAfterwards('PUT', idOf(target), options))) as unknown as Resource<Type>;
  }

  /** A replacement, or undefined where it is answered without the resource. */
  replaceBody(
    target: Target,
    body: JsonObject,
    options: WriteOptions<AnyType>,
    isInDoubt = false,
  ): Promise<ReceivedResource | undefined> {
    const isDone = (current: ReceivedResource) => isReplaced(this.compiled, body, current);
    return this.write(target, options, { method: 'PUT', body, isDone, isInDoubt });
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
    return this.write(target, options, { method: 'PATCH', body, isDone, isInDoubt });
  }

  /** Sends a PUT or PATCH, and finds out what became of it. */
  private async write(
    target: Target,
    options: WriteOptions<AnyType>,
    change: Pick<Change, 'method' | 'body' | 'isDone' | 'isInDoubt'>,
  ): Promise<ReceivedResource | undefined> {
    const id = idOf(target);
    const { signal } = options;
    return carryOut(this.shared.sender, this.compiled, {
      ...{ ...change, id, signal, path: this.pathOf(id, options) },
      ifMatch: ifMatchOf(target, options.ifMatch),
      read: () => this.read(id, { signal }),
    });
  }

  /** Reads what a write was answered without. */
  private readAfterwards(
    method: string,
    id: string,
    options: SelectionOptions<AnyType>,
  ): Promise<ReceivedResource> {
    const request = { method, url: this.shared.sender.baseUrl + this.pathOf(id) };
    return readAfterwards(this.compiled, request, options, () => this.read(id, options));
  }

  async modify<Made extends Changes<Type>>(
    id: string,
    change: (resource: Resource<Type>) => Made,
    options: RequestOptions = {},
  ): Promise<Resource<Type>> {
    const config = await this.shared.discovery.configIfAny(options);
    const hasPatch = config?.patch.supported ?? true;
    for (let attempt = 1; ; attempt++) {
      const before = await this.get(id, options);
      const after = mergeChanges(this.compiled, before as unknown as JsonObject, change(before));
      const operations = diff(this.compiled, before, after);
      if (operations.length === 0) return before;
      const target = before as unknown as ReceivedResource;
      try {
        if (!hasPatch) return await this.replace(target, after as unknown as ResourceInput<Type>, options);
        const patched = await this.patchBody(target, operations, options);
        return (patched ?? (await this.readAfterwards('PATCH', id, options))) as unknown as Resource<Type>;
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

  /** A deletion, which may have been carried out before. */
  async deleteInDoubt(target: Target, options: DeleteOptions, isInDoubt: boolean): Promise<void> {
    const id = idOf(target);
    const ifMatch = ifMatchOf(target, options.ifMatch);
    await remove(this.shared.sender, {
      path: this.pathOf(id),
      id,
      ifMatch,
      isInDoubt,
      signal: options.signal,
    });
  }
}

/** How a listing begins. */
export async function firstPage(
  { discovery, pagination }: Shared,
  options: RequestOptions,
): Promise<PagePosition> {
  const hasCursors = async () => (await discovery.configIfAny(options))?.pagination.cursor ?? false;
  const isByCursor = pagination === 'cursor' || (pagination === 'auto' && (await hasCursors()));
  return isByCursor ? { cursor: '' } : { startIndex: 1 };
}
