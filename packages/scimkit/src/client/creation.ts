// RFC 7644 §3.3: a creation that happens once, though its answer may be lost.
import { ScimError } from '../protocol/error.ts';
import type { JsonObject } from '../protocol/message.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { RequestError } from './failure.ts';
import { isCreated } from './in-doubt.ts';
import type { ReceivedResource } from './resource-answer.ts';
import { mayBeDone, type Sender } from './sender.ts';

/** A creation, and the requests that it is made of. */
export interface Creation {
  readonly type: ResourceType;
  /** The body of the POST. */
  readonly body: JsonObject;
  readonly sender: Sender;
  readonly signal: AbortSignal | undefined;
  readonly post: () => Promise<ReceivedResource>;
  /** The resources with an externalId. */
  readonly find: (externalId: string) => Promise<readonly ReceivedResource[]>;
}

/**
 * Creates a resource. Where it is not known whether it was created, it is looked up by its externalId before it is sent
 * again. `doubt` is the error of an earlier attempt that may have been carried out.
 *
 * @throws ScimError as answered; RequestError `unknownOutcome`.
 */
export async function createOnce(creation: Creation, doubt?: unknown): Promise<ReceivedResource> {
  const { sender, signal, post } = creation;
  let isInDoubt = doubt !== undefined;
  const earlier = isInDoubt && (await lookUp(creation, doubt));
  if (earlier) return earlier;
  for (let attempt = 1; ; attempt++) {
    try {
      return await post();
    } catch (error) {
      signal?.throwIfAborted();
      const isTaken = isInDoubt && error instanceof ScimError && error.status === 409;
      if (!mayBeDone(error) && !isTaken) throw error;
      isInDoubt = true;
      const found = await lookUp(creation, error);
      if (found) return found;
      if (isTaken || attempt >= sender.attempts) throw error;
      await sender.wait(attempt, signal);
    }
  }
}

/**
 * The resource that a creation may have made.
 *
 * @throws RequestError `unknownOutcome`, or the error that raised the question, where that can't be found out.
 */
async function lookUp(creation: Creation, error: unknown): Promise<ReceivedResource | undefined> {
  const { type, body, sender, signal, find } = creation;
  const unknown = (problem: string, cause: unknown = error) => {
    const failed = error instanceof Error ? error.message : String(error);
    const { method, url } =
      error instanceof RequestError ? error : { method: 'POST', url: sender.baseUrl + type.endpoint };
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
  let found: readonly ReceivedResource[];
  try {
    found = await find(externalId);
  } catch (cause) {
    signal?.throwIfAborted();
    throw unknown('it could not be looked up by its "externalId".', cause);
  }
  const own = found.filter((resource) => isCreated(type, body, resource));
  if (own.length > 1) {
    const ids = own.map(({ id }) => id).join(', ');
    throw unknown(`there are ${own.length} such ${type.name} resources with this "externalId" (${ids}).`);
  }
  return own[0];
}
