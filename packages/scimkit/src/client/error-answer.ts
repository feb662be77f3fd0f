// RFC 7644 §3.12: the errors that service providers answer, as `ScimError`s.
import { ScimError, type ScimType } from '../protocol/error.ts';
import { declaredSchemas, isObject, member } from '../protocol/message.ts';
import { ERROR_URN } from '../protocol/urn.ts';
import type { Answer } from './answer.ts';

/** The headers of an answer that whoever handles an error may want. */
const KEPT = ['retry-after', 'www-authenticate', 'allow', 'etag', 'location'];

/** What is said of an error in the ways of services that don't speak SCIM: SCIM 1.1, OAuth, plain JSON. */
function foreignDetail(body: unknown): string | undefined {
  if (typeof body === 'string')
    return body
      .slice(0, 5_000)
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 300);
  if (!isObject(body)) return undefined;
  const errors = member(body, 'Errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const places = [body, ...(isObject(first) ? [first] : [])];
  for (const place of places) {
    for (const name of ['detail', 'description', 'error_description', 'message', 'title', 'error']) {
      const text = member(place, name);
      if (typeof text === 'string' && text !== '') return text;
    }
  }
  return undefined;
}

/** The error in an answer. What is no SCIM error is told in its own words, as far as they are found. */
export function readError(answer: Answer): ScimError {
  const { status, headers, body, method, url, depart } = answer;
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = headers.get(name);
    if (value !== null) kept[name] = value;
  }
  const message = isObject(body) ? body : {};
  const isError = declaredSchemas(message)?.includes(ERROR_URN.toLowerCase()) ?? false;
  const told = member(message, 'status');
  if (!isError || typeof told !== 'string' || Number(told) !== status) depart('error', `${status}`);
  const keyword = member(message, 'scimType');
  const detail = foreignDetail(body);
  return new ScimError(status, detail || `${method} ${url} was answered ${status}.`, {
    headers: kept,
    // Keywords of other specifications are told as they are.
    ...(typeof keyword === 'string' && keyword !== '' && { scimType: keyword as ScimType }),
  });
}
