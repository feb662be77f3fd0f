// RFC 7644 §3.4.2, RFC 9865 §2.2: the answer to a query, read as it is meant.
import { declaredSchemas, isObject, member } from '../protocol/message.ts';
import { LIST_RESPONSE_URN } from '../protocol/urn.ts';
import { type Answer, invalidAnswer } from './answer.ts';

/** One page of a query's results. */
export interface ListPage<Resource> {
  readonly resources: readonly Resource[];
  /** How many results there are; undefined where the service provider doesn't say. */
  readonly totalResults: number | undefined;
  /** 1-based; undefined where it isn't said, as on pages by cursor. */
  readonly startIndex: number | undefined;
  readonly itemsPerPage: number | undefined;
  /** Where the next page begins (RFC 9865); undefined: none, or no cursors. */
  readonly nextCursor: string | undefined;
  readonly previousCursor: string | undefined;
}

function count(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/**
 * The page in an answer; `read` reads each of its resources, `isByCursor` tells how it was asked for.
 *
 * @throws RequestError `invalidAnswer` for what is no list.
 */
export function readList<Resource>(
  answer: Answer,
  read: (json: unknown) => Resource,
  isByCursor = false,
): ListPage<Resource> {
  const { body, depart } = answer;
  if (Array.isArray(body)) {
    depart('list-as-array', 'ListResponse');
    return {
      resources: body.map(read),
      totalResults: body.length,
      startIndex: 1,
      itemsPerPage: body.length,
      nextCursor: undefined,
      previousCursor: undefined,
    };
  }
  if (!isObject(body)) throw invalidAnswer(answer, 'the answer is no ListResponse.');
  const list = member(body, 'Resources');
  const isDeclared = declaredSchemas(body)?.includes(LIST_RESPONSE_URN.toLowerCase()) ?? false;
  const total = member(body, 'totalResults');
  if (!isDeclared) {
    // Nothing of a list at all is something else, such as the page of a portal.
    if (!Array.isArray(list) && total === undefined)
      throw invalidAnswer(answer, 'the answer is no ListResponse.');
    depart('message-schemas', 'schemas');
  }
  const totalResults = count(total);
  // RFC 9865 §2: on a page by cursor it need not be known.
  const isLeftOut = total === undefined && isByCursor;
  if (!isLeftOut && (totalResults === undefined || typeof total !== 'number'))
    depart('total-results', 'totalResults');
  if (!Array.isArray(list) && (list !== undefined || (totalResults ?? 0) > 0)) {
    const isCounted = list === undefined && count(member(body, 'itemsPerPage')) === 0;
    if (!isCounted) depart('resources', 'Resources');
  }
  const resources: unknown[] = Array.isArray(list) ? list : isObject(list) ? [list] : [];
  return {
    resources: resources.map(read),
    totalResults,
    startIndex: count(member(body, 'startIndex')),
    itemsPerPage: count(member(body, 'itemsPerPage')),
    nextCursor: text(member(body, 'nextCursor')),
    previousCursor: text(member(body, 'previousCursor')),
  };
}
