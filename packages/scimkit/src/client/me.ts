// RFC 7644 §3.11: /Me, from the client's side.
import type { JsonObject } from '../protocol/message.ts';
import { PATCH_OP_URN } from '../protocol/urn.ts';
import type { Resource, ResourceInput } from '../schema/infer.ts';
import type { PatchOperation } from './patch.ts';
import { type SelectionOptions, selectionString } from './query.ts';
import { invalidAnswer } from './answer.ts';
import { type ReceivedResource, readResourceAnswer } from './resource-answer.ts';
import type { DeleteOptions, WriteOptions } from './resource-client.ts';
import type { Call, Sender } from './sender.ts';
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
  const send = async (
    method: Call['method'],
    options: WriteOptions<AnyType>,
    body?: unknown,
  ): Promise<Resource<Type> | undefined> => {
    let resource: ReceivedResource | undefined;
    await sender.send({
      method,
      path: `/Me${selectionString(options)}`,
      body,
      headers: { 'if-match': ifMatchOf('', options.ifMatch) },
      repeatable: true,
      signal: options.signal,
      check: (answer) => {
        resource = readResourceAnswer(type, answer, {});
        if (!resource && method === 'GET') throw invalidAnswer(answer, `the answer has no ${type.name}.`);
      },
    });
    return resource as unknown as Resource<Type> | undefined;
  };
  type Options = WriteOptions<AnyType>;
  return {
    get: async (options = {}) => (await send('GET', options as Options)) as Resource<Type>,
    replace: (input, options = {}) => send('PUT', options as Options, bodyOf(type, input as JsonObject)),
    patch: (operations, options = {}) =>
      send('PATCH', options as Options, { schemas: [PATCH_OP_URN], Operations: operations }),
    delete: async (options = {}) => void (await send('DELETE', options)),
  };
}
