// RFC 7644 §3.3: a creation that happens once, whatever becomes of its answers.
import { ScimError } from '../protocol/error.ts';
import type { JsonObject } from '../protocol/message.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { invalidAnswer } from './answer.ts';
import { readAfterwards } from './change.ts';
import { RequestError, unknownOutcome } from './failure.ts';
import { isAnotherThan, isCreated } from './in-doubt.ts';
import type { RequestOptions } from './options.ts';
import { type SelectionOptions, selectionString } from './query.ts';
import { locationId, type ReceivedResource, readResourceAnswer } from './resource-answer.ts';
import { mayBeDone, type Sender } from './sender.ts';
import type { AnyType } from './typed-path.ts';

/** Where something is created, and how it is found there. */
export interface CreationPlace {
  readonly type: ResourceType;
  readonly sender: Sender;
  readonly read: (id: string, options: SelectionOptions<AnyType>) => Promise<ReceivedResource>;
  readonly find: (externalId: string, options: RequestOptions) => Promise<readonly ReceivedResource[]>;
}

/**
 * Creates a resource. Where it is not known whether it was created, it is looked up before it is sent again. `doubt` is the
 * error of an earlier attempt that may have been carried out.
 *
 * @throws ScimError as answered; RequestError `unknownOutcome`.
 */
export async function createOnce(
  place: CreationPlace,
  body: JsonObject,
  options: SelectionOptions<AnyType>,
  doubt?: unknown,
): Promise<ReceivedResource> {
  const { sender } = place;
  let raised = doubt;
  for (let attempt = 1; ; attempt++) {
    if (raised !== undefined) {
      const found = await lookUp(place, body, raised, options);
      if (found) return found;
      if (attempt > sender.attempts) throw raised as Error;
    }
    try {
      return await post(place, body, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      const isTaken = raised !== undefined && error instanceof ScimError && error.status === 409;
      const found = isTaken && (await lookUp(place, body, error, options));
      if (found) return found;
      if (!mayBeDone(error)) throw error;
      externalIdOf(place, body, error);
      await sender.wait(attempt, options.signal, error);
      raised = error;
    }
  }
}

async function post(
  { type, sender, read }: CreationPlace,
  body: JsonObject,
  options: SelectionOptions<AnyType>,
): Promise<ReceivedResource> {
  let resource: ReceivedResource | undefined;
  const answer = await sender.send({
    method: 'POST',
    path: type.endpoint + selectionString(options),
    body,
    repeatable: false,
    signal: options.signal,
    check: (given) => {
      resource = readResourceAnswer(type, given, {});
      if (resource && isAnotherThan(type, body, resource)) {
        throw invalidAnswer(given, `it is about another ${type.name} than was sent ("${resource.id}").`);
      }
      if (!resource && locationId(given) === undefined) {
        throw invalidAnswer(given, `the answer has neither the ${type.name} nor its Location.`);
      }
    },
  });
  if (answer.status !== 201) answer.depart('status', String(answer.status));
  if (!answer.headers.has('location')) answer.depart('location', 'Location');
  if (resource) return resource;
  answer.depart('empty-answer', type.name);
  return readAfterwards(type, answer, options, () => read(locationId(answer) as string, options));
}

/** What a creation can be found by. @throws where there is nothing: the error itself, or RequestError `unknownOutcome`. */
function externalIdOf({ type, sender }: CreationPlace, { externalId }: JsonObject, error: unknown): string {
  if (typeof externalId === 'string' && externalId !== '') return externalId;
  // The service provider's own word says that much.
  if (error instanceof ScimError) throw error;
  const problem = 'without an "externalId" it is not looked up.';
  throw unknownOutcome(error, problem, requestOf(type, sender, error));
}

const requestOf = ({ endpoint }: ResourceType, sender: Sender, error: unknown) =>
  error instanceof RequestError ? error : { method: 'POST', url: sender.baseUrl + endpoint };

/**
 * The resource that a creation has made; undefined: there is none. One that is there and differs from what was sent is neither
 * taken for it nor doubled.
 *
 * @throws RequestError `unknownOutcome`, or the error that raised the question, where that can't be found out.
 */
async function lookUp(
  place: CreationPlace,
  body: JsonObject,
  error: unknown,
  { signal }: RequestOptions,
): Promise<ReceivedResource | undefined> {
  const { type, sender } = place;
  const externalId = externalIdOf(place, body, error);
  const request = requestOf(type, sender, error);
  let found: readonly ReceivedResource[];
  try {
    found = await place.find(externalId, { signal });
    const [only] = found.length === 1 ? found : [];
    // In lists, some leave out what a resource has.
    if (only && !isCreated(type, body, only)) found = [await place.read(only.id, { signal })];
  } catch (cause) {
    signal?.throwIfAborted();
    throw unknownOutcome(error, 'it could not be looked up by its "externalId".', request, cause);
  }
  const [first] = found;
  if (!first || (found.length === 1 && isCreated(type, body, first))) return first;
  const ids = found.slice(0, 5).map(({ id }) => id);
  const problem = `there is already what has this "externalId", or is said to, and differs from what was sent (${ids.join(', ')}).`;
  throw unknownOutcome(error, problem, request);
}
