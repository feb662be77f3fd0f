// RFC 7644 §3.5, §3.6: changes and deletions of a resource, and what became of them where the answers don't say.
import { ScimError } from '../protocol/error.ts';
import { isObject, member } from '../protocol/message.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { type Answer, invalidAnswer } from './answer.ts';
import { RequestError, SettledError, unknownOutcome } from './failure.ts';
import type { RequestOptions } from './options.ts';
import { type ReceivedResource, readResourceAnswer } from './resource-answer.ts';
import { mayBeDone, type Sender } from './sender.ts';

/** A request that changes or deletes one resource. */
interface Write extends RequestOptions {
  /** Behind the base URL, with a slash before it. */
  readonly path: string;
  /** Of the resource; undefined: it is that of whoever asks. */
  readonly id: string | undefined;
  readonly ifMatch: string | undefined;
  /** Whether it may have been carried out in an earlier request. */
  readonly isInDoubt?: boolean;
}

/** A PUT or PATCH. */
export interface Change extends Write {
  readonly method: 'PUT' | 'PATCH';
  readonly body: unknown;
  readonly read: () => Promise<ReceivedResource>;
  /** Whether what was asked for is there already; undefined: that can't be told. */
  readonly isDone: (current: ReceivedResource) => boolean | undefined;
}

/** Errors about what is there, which an earlier attempt may have made so. What is wrong with a request was so before. */
function isAfterTheFact(error: unknown): error is ScimError {
  if (!(error instanceof ScimError)) return false;
  const { status, scimType } = error;
  if (status !== 400) return status === 409 || status === 412;
  return scimType === undefined || scimType === 'noTarget' || scimType === 'mutability';
}

/** Statuses that are the last word on a request, whatever became of its earlier attempts. */
const VERDICTS = new Set([400, 404, 409, 410, 412]);

/** The error of a request that may have been carried out in an earlier attempt: it must not say that nothing was done. */
function inDoubt(error: unknown, request: { readonly method: string; readonly url: string }): unknown {
  const isTold = error instanceof RequestError && error.mayBeDone;
  const isVerdict = error instanceof ScimError && VERDICTS.has(error.status);
  const isNamed = error instanceof RequestError || error instanceof ScimError;
  if (!isNamed || isTold || isVerdict || mayBeDone(error)) return error;
  return unknownOutcome(error, 'an earlier attempt may have been carried out.', request);
}

/**
 * Sends a PUT or PATCH. An error that an earlier attempt may have caused counts only if what was asked for is not there.
 *
 * @throws ScimError as answered; RequestError
 */
export async function carryOut(
  sender: Sender,
  type: ResourceType,
  change: Change,
): Promise<ReceivedResource | undefined> {
  const { method, path, body, id, ifMatch, signal } = change;
  const request = { method, url: sender.baseUrl + path };
  let isInDoubt = change.isInDoubt ?? false;
  let resource: ReceivedResource | undefined;
  try {
    await sender.send({
      ...{ method, path, body, signal, repeatable: true },
      headers: { 'if-match': ifMatch },
      check: (answer) => {
        resource = readResourceAnswer(type, answer, { id });
        if (answer.status !== 200 && answer.status !== 204) answer.depart('status', String(answer.status));
      },
      onDoubt: () => {
        isInDoubt = true;
      },
    });
    return resource;
  } catch (error) {
    signal?.throwIfAborted();
    if (!isInDoubt) throw error;
    if (!isAfterTheFact(error)) throw inDoubt(error, request);
    const current = await change.read().catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unknownOutcome(error, 'it could not be read afterwards.', request, cause);
    });
    const isDone = change.isDone(current);
    if (isDone) return current;
    if (isDone === false) throw error;
    throw unknownOutcome(error, 'what is there does not tell.', request);
  }
}

/**
 * Sends a DELETE. If it is in doubt whether it was carried out before, what is gone is deleted.
 *
 * @throws ScimError as answered; RequestError
 */
export async function remove(sender: Sender, { path, id, ifMatch, signal, ...given }: Write): Promise<void> {
  let isInDoubt = given.isInDoubt ?? false;
  try {
    await sender.send({
      ...{ method: 'DELETE', path, signal, repeatable: true },
      headers: { 'if-match': ifMatch },
      check: (answer) => {
        const told = isObject(answer.body) ? member(answer.body, 'id') : undefined;
        if (id !== undefined && typeof told === 'string' && told !== id)
          throw invalidAnswer(answer, `it is about "${told}", which was not asked for.`);
        if (answer.status !== 204) answer.depart('status', String(answer.status));
      },
      onDoubt: () => {
        isInDoubt = true;
      },
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!isInDoubt) throw error;
    const isGone = error instanceof ScimError && (error.status === 404 || error.status === 410);
    if (!isGone) throw inDoubt(error, { method: 'DELETE', url: sender.baseUrl + path });
  }
}

/** Reads what a write was answered without. The write is done, whatever becomes of the reading. */
export async function readAfterwards(
  type: ResourceType,
  { method, url }: Pick<Answer, 'method' | 'url'>,
  { signal }: RequestOptions,
  read: () => Promise<ReceivedResource>,
): Promise<ReceivedResource> {
  try {
    return await read();
  } catch (cause) {
    signal?.throwIfAborted();
    const problem = `it was answered without the ${type.name}, which could not be read afterwards`;
    throw new SettledError('invalidAnswer', `${problem}: ${(cause as Error).message}`, {
      method,
      url,
      cause,
    });
  }
}
