// RFC 7644 §3.11: /Me, from the client's side.
import type { JsonObject } from '../protocol/message.ts';
import { PATCH_OP_URN } from '../protocol/urn.ts';
import type { Resource, ResourceInput } from '../schema/infer.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { type Change, carryOut, remove } from './change.ts';
import { isPatched, isReplaced } from './in-doubt.ts';
import type { PatchOperation } from './patch.ts';
import { type SelectionOptions, selectionString } from './query.ts';
import { invalidAnswer } from './answer.ts';
import { type ReceivedResource, readResourceAnswer } from './resource-answer.ts';
import type { DeleteOptions, WriteOptions } from './resource-client.ts';
import type { Sender } from './sender.ts';
import { bodyOf, ifMatchOf } from './target.ts';
import type { AnyType } from './typed-path.ts';

/** The resource of whoever the credential is (RFC 7644 §3.11). The version of a resource that is given becomes `If-Match`. */
export interface MeClient<Type extends AnyType> {
  get(options?: SelectionOptions<Type>): Promise<Resource<Type>>;
  /** Undefined: it is answered without the resource. */
  replace(input: ResourceInput<Type>, options?: WriteOptions<Type>): Promise<Resource<Type> | undefined>;
  /** Undefined: it is answered without the resource. */
  patch(
    operations: readonly PatchOperation<Type>[],
    options?: WriteOptions<Type>,
  ): Promise<Resource<Type> | undefined>;
  delete(options?: DeleteOptions): Promise<void>;
}

/** The requests of /Me. */
export function meResource<Type extends AnyType>(type: Type, sender: Sender): MeClient<Type> {
  const compiled: ResourceType = type;
  const read = async (options: SelectionOptions<AnyType>): Promise<ReceivedResource> => {
    let resource: ReceivedResource | undefined;
    await sender.send({
      ...{ method: 'GET', path: `/Me${selectionString(options)}`, repeatable: true, signal: options.signal },
      check: (answer) => {
        resource = readResourceAnswer(compiled, answer, {});
        if (!resource) throw invalidAnswer(answer, `the answer has no ${type.name}.`);
      },
    });
    return resource as unknown as ReceivedResource;
  };
  const write = (
    { signal, ifMatch, ...selection }: WriteOptions<AnyType>,
    change: Pick<Change, 'method' | 'body' | 'isDone'>,
  ): Promise<ReceivedResource | undefined> =>
    carryOut(sender, compiled, {
      ...{ ...change, signal, id: undefined, path: `/Me${selectionString(selection)}` },
      ifMatch: ifMatchOf('', ifMatch),
      read: () => read({ signal }),
    });
  type Options = WriteOptions<AnyType>;
  type Answered = Resource<Type> | undefined;
  return {
    get: async (options = {}) => (await read(options as Options)) as unknown as Resource<Type>,
    replace: async (input, options = {}) => {
      const body = bodyOf(compiled, input as JsonObject);
      const isDone: Change['isDone'] = (current) => isReplaced(compiled, body, current);
      return (await write(options as Options, { method: 'PUT', body, isDone })) as unknown as Answered;
    },
    patch: async (operations, options = {}) => {
      const body = { schemas: [PATCH_OP_URN], Operations: operations };
      const isDone: Change['isDone'] = (current) => isPatched(compiled, operations, current);
      return (await write(options as Options, { method: 'PATCH', body, isDone })) as unknown as Answered;
    },
    delete: async ({ ifMatch, signal } = {}) =>
      remove(sender, { path: '/Me', id: undefined, ifMatch: ifMatchOf('', ifMatch), signal }),
  };
}
