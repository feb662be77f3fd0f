// What a service provider is made of.
import type { Authentication } from '../authentication/authentication.ts';
import type { ScimRequest, ScimResponse } from '../authentication/request.ts';
import type { Note } from '../protocol/leniency.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import type { ProxyTrust } from './forwarded.ts';
import type { TenantOptions } from './mount.ts';
import type { Middleware, Operation } from './operation.ts';
import type { PaginationOptions } from './pagination.ts';
import type { Revocation } from './revocation.ts';

/** Under which circumstances a store is opened. */
export interface StoreContext<Auth, Tenant extends string | undefined = string | undefined, Tx = undefined> {
  /** What authentication returned. */
  readonly auth: Auth;
  /** The tenant that the URL names, and the caller may act for; undefined where the URL names none. */
  readonly tenant: Tenant;
  /** The app's transaction, for the store to work in; undefined where there is no `transaction`. */
  readonly tx: Tx;
}

/** A resource type and where its resources live. */
export interface ResourceOptions<
  Auth,
  Tenant extends string | undefined = string | undefined,
  Tx = undefined,
  Type extends ResourceType = ResourceType,
> {
  readonly type: Type;
  /** Opens the store for the caller: it holds what the caller may see, and nothing else. */
  readonly store: (context: StoreContext<Auth, Tenant, Tx>) => Store<NoInfer<Type>>;
}

/** The type of the tenant that URLs name: a text, where the literal `basePath` or `tenant.host` has `:tenant`. */
export type TenantOf<Path extends string, Host extends string> = [Path] extends [`${string}:tenant${string}`]
  ? string
  : [Host] extends [`${string}:tenant${string}`]
    ? string
    : string | undefined;

/** How much one request may ask for. What is beyond is refused with an error that names the limit. */
export interface Limits {
  /** Bytes of a request's body. Default: 32 MiB. */
  readonly bodySize?: number;
  /** Nesting of a body's JSON. Default: 64. */
  readonly bodyDepth?: number;
  /** Values in a body's JSON: objects, arrays, texts and all others. Default: 600,000. */
  readonly bodyValues?: number;
  /** Characters of a URL. Default: 16,384. */
  readonly urlLength?: number;
  /** Characters of a filter. Default: 10,000. */
  readonly filterLength?: number;
  /** Comparisons in a filter. Default: 500. */
  readonly filterNodes?: number;
  /** Nesting of a filter. Default: 32. */
  readonly filterDepth?: number;
  /**
   * Conditions on computed attributes, such as a user's `groups`, in a filter, and value paths of a PATCH that search the
   * values of a relation by something else than their ids, such as `members[display eq "..."]`. Default: 20.
   */
  readonly filterComputed?: number;
  /** Operations of one PATCH; an attribute in a value without path counts as one. Default: 2,000. */
  readonly patchOperations?: number;
  /** Values of relations, such as members of a group, in one POST, PUT or PATCH. Default: 100,000. */
  readonly members?: number;
  /** Values of one multi-valued attribute that is no relation, such as `emails`, of one resource. Default: 1,000. */
  readonly values?: number;
  /** Resources on a page when the client doesn't say. Default: 100. */
  readonly defaultPageSize?: number;
  /** Resources on a page at most: `filter.maxResults`. Default: 1,000. */
  readonly maxPageSize?: number;
  /** Operations of one Bulk. Default: 1,000. */
  readonly bulkOperations?: number;
  /** Bytes of one Bulk. Default: 10 MiB. */
  readonly bulkPayloadSize?: number;
}

/** An operation that was carried out or refused. */
export interface Performed<Auth, Tx = unknown, Type extends ResourceType = ResourceType> {
  /** As it was before the middleware; its transaction is over. */
  readonly operation: Operation<Auth, Tx, Type>;
  /** Why it failed. */
  readonly error?: unknown;
  /** What callbacks of `afterCommit` and `afterFailure` threw. It changed nothing of the answer. */
  readonly callbackErrors?: readonly unknown[] | undefined;
}

/** One HTTP exchange, as `observe` gets it. */
export interface Exchange<Auth, Tx = unknown, Type extends ResourceType = ResourceType> {
  readonly request: ScimRequest;
  readonly response: ScimResponse;
  /** Undefined when the caller was not authenticated, or didn't have to be. */
  readonly auth: Auth | undefined;
  /** The tenant that the URL names, also when the caller may not act for it, or was not authenticated. */
  readonly tenant: string | undefined;
  /** What was carried out or refused: one operation, or those of a Bulk. */
  readonly operations: readonly Performed<Auth, Tx, Type>[];
  /** Rewrites that were applied, and what was ignored. */
  readonly notes: readonly Note[];
  /** Why the answer is an error: a ScimError, or what failed behind a 500, or while a large answer was sent. */
  readonly error: unknown;
  /**
   * Whether the answer was made to its end. A large one is made while it is sent: it isn't when that failed, which `error`
   * tells, or when the client went away.
   */
  readonly isComplete: boolean;
  /** The id that a 500 names, to find its cause in the log. */
  readonly reference: string | undefined;
  /** Milliseconds; those that sending a large answer took included. */
  readonly duration: number;
}

/** Options of `createServiceProvider`. */
export interface ServiceProviderOptions<
  Auth,
  Tenant extends string | undefined = string | undefined,
  Tx = undefined,
  Types extends readonly ResourceType[] = readonly ResourceType[],
> {
  /** The path under which it is mounted. A segment `:tenant` in it stands for the tenant. Default: "/scim/v2". */
  readonly basePath?: string;
  /** Tenants that the URL names, in `basePath` or in the host. Default: `auth` alone tells the tenant. */
  readonly tenant?: TenantOptions<Auth>;
  /**
   * The base URL that locations begin with, fixed or by request; `:tenant` in a fixed one is replaced by the request's
   * tenant. Default: the request's origin and `basePath`.
   */
  readonly baseUrl?: string | ((request: ScimRequest) => string);
  /**
   * Which proxies' X-Forwarded-For, -Proto, -Host, -Port and -Prefix count: those of any sender (`true`, where nobody
   * but a proxy can call), or of senders by their address, such as `trustedProxies('10.0.0.0/8')`. Default: false.
   */
  readonly trustProxy?: ProxyTrust;
  readonly authentication: Authentication<Auth>;
  /** The app's transactions: one for each operation, in which its store and its middleware work. Default: each store's own. */
  readonly transaction?: Transaction<Tx>;
  readonly resources: { readonly [At in keyof Types]: ResourceOptions<Auth, Tenant, Tx, Types[At]> };
  /** Before, after and around each operation, outermost first. */
  readonly use?: readonly Middleware<Auth, Tx, Types[number]>[];
  /**
   * Runs when an account loses its access, by whichever operation: its `active` turns false, or it goes. Types without
   * `active` have no access to lose. It belongs to the operation: what it throws makes it fail, and the app's transaction is
   * undone; a store of another transaction has committed by then.
   */
  readonly onAccessRevoked?: (revocation: Revocation<Auth, Tx, Types[number]>) => unknown;
  /** Sees every exchange once its answer is ready, a large one when it is sent, failed ones too. It returns at once; what it throws is dropped. */
  readonly observe?: (exchange: Exchange<Auth, Tx, Types[number]>) => void;
  /** Refuse what the RFCs don't allow, instead of accepting what real clients send. Default: false. */
  readonly strict?: boolean;
  /** Switches single rewrites on or off by name. */
  readonly rewrites?: Readonly<Record<string, boolean>>;
  /** Refuse values of `emails` that don't have the form of e-mail addresses. Default: false. */
  readonly checkEmails?: boolean;
  readonly limits?: Limits;
  /** By which methods results are divided into pages. Default: by index, and by cursor when a client asks for it. */
  readonly pagination?: PaginationOptions;
  /** Tell the causes of failures of the service (500), stacks included, in answers: for development. Default: false. */
  readonly verboseErrors?: boolean;
  /** Whose resource `/Me` is: its type's name and id. Absent: /Me answers 501. */
  readonly me?: (
    auth: Auth,
    tenant: Tenant,
  ) => { readonly resourceType: string; readonly id: string } | undefined;
  /** Which discovery documents need no credential. Default: ServiceProviderConfig alone. */
  readonly publicDiscovery?: { readonly serviceProviderConfig?: boolean; readonly schemas?: boolean };
  /** The media type of answers. Default: "application/scim+json". */
  readonly mediaType?: 'application/scim+json' | 'application/json';
  /** What a PATCH answers, by the name of the resource type. Default: 204 for types with relations, others 200. */
  readonly patchStatus?: Readonly<Record<string, 200 | 204>>;
  /** References to resources that don't exist: left out and logged, or refused. Default: "skip". */
  readonly unknownReferences?: 'skip' | 'reject';
  /** Whether the app keeps passwords: published as `changePassword`. Default: false. */
  readonly changePassword?: boolean;
  /** Published in ServiceProviderConfig. */
  readonly documentationUri?: string;
}
