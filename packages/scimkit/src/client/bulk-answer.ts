// RFC 7644 §3.7.3: the answer to a Bulk, result by result.
import { quote, ScimError, type ScimType } from '../protocol/error.ts';
import { isObject, type JsonObject, member } from '../protocol/message.ts';
import { type Answer, invalidAnswer } from './answer.ts';
import type { BulkResult } from './bulk-operation.ts';
import type { Planned, Wire } from './bulk-plan.ts';
import { idIn } from './resource-answer.ts';

/** An operation with what was sent of it. */
export type Sent = readonly [planned: Planned, wire: Wire];

function operationsIn(answer: Answer): readonly JsonObject[] {
  const { body } = answer;
  const operations = isObject(body) ? member(body, 'Operations') : undefined;
  if (!Array.isArray(operations)) throw invalidAnswer(answer, 'the answer is no BulkResponse.');
  return operations.filter(isObject);
}

/**
 * Checks that an answer is one to these operations.
 *
 * @throws RequestError `invalidAnswer`
 */
export function checkResults(answer: Answer, sent: readonly Sent[]): void {
  const own = new Set(sent.map(([, { bulkId }]) => bulkId));
  for (const result of operationsIn(answer)) {
    const bulkId = member(result, 'bulkId');
    if (typeof bulkId === 'string' && bulkId !== '' && !own.has(bulkId))
      throw invalidAnswer(answer, `it is about the bulkId ${quote(bulkId)}, which was not sent.`);
  }
}

const methodOf = (result: JsonObject): string => String(member(result, 'method')).toUpperCase();

/** Whose result it is: by the bulkId, by method and location, or, where there is neither, as the next of its method. */
export function matchResults(answer: Answer, sent: readonly Sent[]): ReadonlyMap<Planned, JsonObject> {
  const unread = [...operationsIn(answer)];
  const found = new Map<Planned, JsonObject>();
  const match = (fits: (result: JsonObject, wire: Wire) => boolean) => {
    for (const [planned, wire] of sent) {
      if (found.has(planned)) continue;
      const at = unread.findIndex((result) => fits(result, wire));
      const [result] = at < 0 ? [] : unread.splice(at, 1);
      if (result) found.set(planned, result);
    }
  };
  match((result, { bulkId }) => bulkId !== undefined && member(result, 'bulkId') === bulkId);
  match((result, { method, path }) => {
    const location = member(result, 'location');
    return methodOf(result) === method && typeof location === 'string' && location.endsWith(path);
  });
  // A failure need have no location (RFC 7644 §3.7.3).
  match((result, { method, bulkId }) => {
    const isNameless = bulkId === undefined && typeof member(result, 'location') !== 'string';
    return isNameless && methodOf(result) === method;
  });
  return found;
}

/** What became of an operation, as it was answered. */
export function readResult({ operation }: Planned, wire: Wire, json: JsonObject): Partial<BulkResult> {
  const told = member(json, 'status');
  const status = Number(isObject(told) ? told.code : told);
  const text = (name: string) => {
    const value = member(json, name);
    return typeof value === 'string' ? value : undefined;
  };
  const location = text('location');
  const response = member(json, 'response');
  const answered = isObject(response) ? response : {};
  if (status >= 300 || Number.isNaN(status)) {
    const keyword = member(answered, 'scimType');
    const detail = member(answered, 'detail');
    const error = new ScimError(status || 500, String(detail ?? `It was answered ${String(told)}.`), {
      ...(typeof keyword === 'string' && { scimType: keyword as ScimType }),
    });
    return { status: error.status, location, error };
  }
  const given = member(answered, 'id');
  const id =
    operation.method === 'POST'
      ? (idIn(location ?? null) ?? (typeof given === 'string' ? given : undefined))
      : idIn(wire.path);
  return { status, location, version: text('version'), ...(id !== undefined && { id }) };
}
