// RFC 7644 §3.4.2, §3.4.3: what a query asks for, as the parameters of a GET and as a SearchRequest.
import { type Filter, formatFilter, parseFilter } from '../protocol/filter.ts';
import { strict } from '../protocol/leniency.ts';
import { resolveAttribute } from '../protocol/path.ts';
import { resolveFilter } from '../protocol/resolve-filter.ts';
import { SEARCH_REQUEST_URN } from '../protocol/urn.ts';
import type { AttributePath } from '../schema/infer.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { FilterOver } from './filter.ts';
import type { RequestOptions } from './options.ts';
import type { AnyType } from './typed-path.ts';

/** Which attributes an answer has (RFC 7644 §3.9): these besides those that are always there, or all but these. */
export interface SelectionOptions<Type extends AnyType> extends RequestOptions {
  readonly attributes?: readonly AttributePath<Type>[] | undefined;
  readonly excludedAttributes?: readonly AttributePath<Type>[] | undefined;
}

/** What a query asks for, of all pages. */
export interface ListOptions<Type extends AnyType> extends SelectionOptions<Type> {
  /** From `filter`, from `filterFor`, or as text. */
  readonly filter?: FilterOver<AttributePath<Type>> | string | undefined;
  readonly sortBy?: AttributePath<Type> | undefined;
  readonly sortOrder?: 'ascending' | 'descending' | undefined;
  /** How many resources a page has at most. Default: the service provider's choice. */
  readonly count?: number | undefined;
  /** `POST` is the query of `/.search`: nothing of it stands in the URL. Default: `GET`, and `POST` for what is too long for that. */
  readonly method?: 'GET' | 'POST' | undefined;
}

/** What a query asks for, of one page. */
export interface QueryOptions<Type extends AnyType> extends ListOptions<Type> {
  /** 1-based. */
  readonly startIndex?: number | undefined;
  /** Where a page said that the next one begins; `''` for the first page by cursor (RFC 9865 §2). */
  readonly cursor?: string | undefined;
}

/** What is asked for, of any type. */
type Asked = Omit<QueryOptions<AnyType>, 'filter'> & { readonly filter?: Filter | string | undefined };

/**
 * Checks what can be checked before it is sent: a filter on an attribute that a type doesn't have would find nothing,
 * or everything, elsewhere.
 *
 * @throws ScimError `invalidFilter`, `invalidPath`
 */
function checkQuery(types: readonly ResourceType[], { filter, sortBy }: Asked): void {
  const tree = typeof filter === 'string' ? parseFilter(filter) : filter;
  for (const type of types) {
    const others = types.filter((other) => other !== type);
    const knownElsewhere = (path: string) =>
      others.some((other) => {
        try {
          return resolveAttribute(other, path, strict, 'invalidFilter') !== undefined;
        } catch {
          return false;
        }
      });
    if (tree) resolveFilter(type, tree, { leniency: strict, knownElsewhere });
    if (sortBy !== undefined && !knownElsewhere(sortBy))
      resolveAttribute(type, sortBy, strict, 'invalidPath');
  }
}

/** What a query says, under the names of RFC 7644 §3.4.3; undefined is left out. */
function parametersOf(options: Asked): Record<string, unknown> {
  const { filter, attributes, excludedAttributes, sortBy, sortOrder, startIndex, count, cursor } = options;
  const text = filter === undefined || typeof filter === 'string' ? filter : formatFilter(filter);
  const all = { attributes, excludedAttributes, filter: text, sortBy, sortOrder, startIndex, count, cursor };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** `?a=b&c=d`, or nothing. Blanks are %20, which every server reads. */
function queryString(parameters: Record<string, unknown>): string {
  const parts = Object.entries(parameters).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(',') : String(value);
    return `${name}=${encodeURIComponent(text)}`;
  });
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

/** The part of a URL that says which attributes an answer has. */
export function selectionString({ attributes, excludedAttributes }: SelectionOptions<AnyType>): string {
  return queryString(parametersOf({ attributes, excludedAttributes }));
}

/** Longer URLs are refused by some servers and proxies (8,000 octets: RFC 9110 §4.1), and the base URL needs some. */
const MAX_QUERY_STRING = 6_000;

/**
 * The request of a query: a GET at an endpoint, or a POST at its `.search`.
 *
 * @throws ScimError `invalidFilter`, `invalidPath` for what the types don't have.
 */
export function queryRequest(
  types: readonly ResourceType[],
  endpoint: string,
  options: Asked,
): { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown } {
  checkQuery(types, options);
  const parameters = parametersOf(options);
  const text = queryString(parameters);
  const method = options.method ?? (text.length > MAX_QUERY_STRING ? 'POST' : 'GET');
  if (method === 'GET') return { method, path: endpoint + text };
  return { method, path: `${endpoint}/.search`, body: { schemas: [SEARCH_REQUEST_URN], ...parameters } };
}
