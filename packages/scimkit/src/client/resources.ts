// RFC 7644 §3: the resources of one type, from the client's side.
import { ScimError } from '../protocol/error.ts';
import { isObject, type JsonObject, member } from '../protocol/message.ts';
import { PATCH_OP_URN } from '../protocol/urn.ts';
import type { Resource, ResourceInput } from '../schema/infer.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { diff } from './difference.ts';
import type { Discovery } from './discovery.ts';
import { RequestError } from './failure.ts';
import { isCreated, isPatched, isReplaced } from './in-doubt.ts';
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
import {
  invalidAnswer,
  locationId,
  type ReceivedResource,
  readResource,
  readResourceAnswer,
} from './resource-answer.ts';
import { type Answer, type Call, mayBeDone, type Sender } from './sender.ts';
import type { AnyType } from './typed-path.ts';

/** Which resource is meant: its id, or the resource as it was read, whose version becomes `If-Match`. */
export type Target = string | { readonly id: string; readonly meta?: { readonly version?: string } };

/** What a write of a resource may be given besides. */
export interface WriteOptions<Type extends AnyType> extends SelectionOptions<Type> {
  /**
   * The version that is written over; `"*"`: any; `false`: none is named, though the target has one. Default: that of the
   * target, if it is a resource that was read.
   */
  readonly ifMatch?: string | false | undefined;
}

/** What a deletion may be given besides. */
export type DeleteOptions = Pick<WriteOptions<AnyType>, 'ifMatch' | 'signal'>;

/** The resources of one type at a service provider. */
export interface ResourceClient<Type extends AnyType> {
  readonly type: Type;
  /**
   * Creates a resource (RFC 7644 §3.3). Where it is not known whether it was created, it is looked up by its `externalId`
   * before it is sent again: without one, it is sent once.
   *
   * @throws ScimError as answered; RequestError `unknownOutcome`.
   */
  create(input: ResourceInput<Type>, options?: SelectionOptions<Type>): Promise<Resource<Type>>;
  /** Reads a resource (RFC 7644 §3.4.1). @throws ScimError 404 */
  get(id: string, options?: SelectionOptions<Type>): Promise<Resource<Type>>;
  /** Reads a resource again, if it has changed (RFC 7644 §3.14): the same object if it has not. */
  refresh(resource: Resource<Type>, options?: RequestOptions): Promise<Resource<Type>>;
  /** Reads one page of the resources that a filter finds (RFC 7644 §3.4.2). */
  query(options?: QueryOptions<Type>): Promise<ListPage<Resource<Type>>>;
  /** Reads all resources that a filter finds, one after the other. */
  list(options?: ListOptions<Type>): AsyncGenerator<Resource<Type>, void, undefined>;
  /** Reads all pages of the resources that a filter finds. */
  pages(options?: ListOptions<Type>): AsyncGenerator<ListPage<Resource<Type>>, void, undefined>;
  /** Replaces a resource as a whole (RFC 7644 §3.5.1): what the input lacks is cleared. For a few attributes, see `patch`. */
  replace(target: Target, input: ResourceInput<Type>, options?: WriteOptions<Type>): Promise<Resource<Type>>;
  /** Changes attributes (RFC 7644 §3.5.2). Undefined: it is answered without the resource. */
  patch(
    target: Target,
    operations: readonly PatchOperation<Type>[],
    options?: WriteOptions<Type>,
  ): Promise<Resource<Type> | undefined>;
  /**
   * Reads a resource, and sends what `change` makes different as a PATCH, under its version: again, if somebody else was
   * faster. Where there is no PATCH, the whole is replaced.
   *
   * @example
   * await users.modify(id, (user) => ({ ...user, title: 'Countess' }));
   */
  modify(
    id: string,
    change: (resource: Resource<Type>) => object,
    options?: RequestOptions,
  ): Promise<Resource<Type>>;
  /** Deletes a resource (RFC 7644 §3.6). @throws ScimError 404, unless it went in an attempt of this very call. */
  delete(target: Target, options?: DeleteOptions): Promise<void>;
}

/** An id in a path. */
const segment = (id: string): string => {
  if (id === '') throw new TypeError('The id is empty.');
  // "." and ".." would be taken away by URL parsers.
  return encodeURIComponent(id).replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%2E'));
};

const idOf = (target: Target): string => (typeof target === 'string' ? target : target.id);

/** A version as an entity tag; some service providers leave out the quotes. */
function entityTag(version: string): string {
  return version === '*' || /^(W\/)?"/.test(version) ? version : `"${version}"`;
}

/** What `If-Match` is sent for a target. */
export function ifMatchOf(target: Target, ifMatch: string | false | undefined): string | undefined {
  const version = ifMatch ?? (typeof target === 'string' ? undefined : target.meta?.version);
  return version === undefined || version === false ? undefined : entityTag(version);
}

/** The body of a POST or PUT: without what the service provider alone may write, with the schemas that are used. */
export function bodyOf(type: ResourceType, input: JsonObject): JsonObject {
  const isFixed = (name: string) => type.byName.get(name.toLowerCase())?.mutability === 'readOnly';
  const given = Object.entries(input).filter(([name, value]) => !isFixed(name) && value !== undefined);
  const extensions = type.extensions.filter(({ urn }) => isObject(member(input, urn))).map(({ urn }) => urn);
  const schemas: readonly unknown[] = Array.isArray(input.schemas) ? input.schemas : [];
  return { ...Object.fromEntries(given), schemas: [...new Set([type.urn, ...extensions, ...schemas])] };
}

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
  async createBody(
    body: JsonObject,
    options: SelectionOptions<AnyType>,
    doubt?: unknown,
  ): Promise<ReceivedResource> {
    let isInDoubt = doubt !== undefined;
    const earlier = isInDoubt && (await this.lookUp(body, doubt, options));
    if (earlier) return earlier;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.post(body, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        const isTaken = isInDoubt && error instanceof ScimError && error.status === 409;
        if (!mayBeDone(error) && !isTaken) throw error;
        isInDoubt = true;
        const found = await this.lookUp(body, error, options);
        if (found) return found;
        if (isTaken || attempt >= this.shared.sender.attempts) throw error;
        await this.shared.sender.wait(attempt, options.signal);
      }
    }
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

  /**
   * The resource that a creation may have made.
   *
   * @throws RequestError `unknownOutcome`, or the error that raised the question, where that can't be found out.
   */
  private async lookUp(
    body: JsonObject,
    error: unknown,
    { signal }: RequestOptions,
  ): Promise<ReceivedResource | undefined> {
    const { type, compiled } = this;
    const unknown = (problem: string, cause: unknown = error) => {
      const failed = error instanceof Error ? error.message : String(error);
      const { method, url } =
        error instanceof RequestError
          ? error
          : { method: 'POST', url: this.shared.sender.baseUrl + compiled.endpoint };
      return new RequestError('unknownOutcome', `${failed} It is not known whether it was done: ${problem}`, {
        ...{ method, url, cause },
        status: error instanceof ScimError ? error.status : undefined,
      });
    };
    const { externalId } = body;
    if (typeof externalId !== 'string' || externalId === '') {
      if (error instanceof ScimError) throw error;
      throw unknown('without an "externalId" it is not looked up.');
    }
    const filter = { kind: 'compare', path: 'externalId', operator: 'eq', value: externalId } as const;
    let found: readonly ReceivedResource[];
    try {
      found = (await this.readPage({ filter, signal } as QueryOptions<Type>)).resources;
    } catch (cause) {
      signal?.throwIfAborted();
      throw unknown(`it could not be looked up by its "externalId".`, cause);
    }
    const own = found.filter((resource) => isCreated(compiled, body, resource));
    if (own.length > 1) {
      const ids = own.map(({ id }) => id).join(', ');
      throw unknown(`there are ${own.length} such ${type.name} resources with this "externalId" (${ids}).`);
    }
    return own[0];
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
