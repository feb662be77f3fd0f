// RFC 7644 §3.3: POST creates a resource.
import type { ScimResponse } from '../authentication/request.ts';
import { compileProjection } from '../protocol/project.ts';
import { createAttributes, type Input, readResource, validate } from '../protocol/validate.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { StoredResource, Written } from '../store/store.ts';
import type { Circle } from './circle.ts';
import type { Context } from './context.ts';
import { assertMembers, assertValues } from './members.ts';
import type { Parameters } from './parameters.ts';
import { perform, type Task } from './performance.ts';
import { representOne, selectionFor } from './represent.ts';
import { resourceResponse } from './respond.ts';

/** What a Bulk says of a POST besides its data. */
export interface CreateInBulk<Auth> {
  readonly bulkId: string;
  readonly id: string | undefined;
  readonly circle: Circle<Auth> | undefined;
}

/** Answers POST to an endpoint, or the same in a Bulk. */
export async function create<Auth>(
  context: Context<Auth>,
  type: ResourceType,
  body: unknown,
  parameters: Parameters,
  bulk?: CreateInBulk<Auth>,
): Promise<ScimResponse> {
  const { leniency } = context;
  const read = readResource(type, body, leniency);
  assertMembers(context, type, read.relations.values());
  assertValues(context, type, read.attributes);
  const input = { ...read, attributes: createAttributes(type, read), mentioned: mentionedIn(read) };
  validate(type, input.attributes, input.relations);
  const projection = compileProjection(type, { ...parameters, mentioned: input.mentioned }, leniency);
  const task: Task<Auth> = {
    ...{ type, name: 'create', bulkId: bulk?.bulkId },
    make: (common, opened, together) => ({
      ...common,
      name: 'create',
      input,
      selection: selectionFor(opened, type, projection),
      ...(bulk && { id: bulk.id, together }),
    }),
  };
  const written = (await (bulk?.circle ? bulk.circle.perform(task) : perform(context, task))) as Written;
  const representation = await representOne(context, type, projection, written.resource as StoredResource);
  return resourceResponse(201, representation);
}

/** What the body gives a value: `active` by null is as good as not there, and says of nobody that he may come in. */
function mentionedIn({ attributes, mentioned }: Input): ReadonlySet<string> {
  if (!mentioned.has('active') || attributes.active !== undefined) return mentioned;
  return new Set([...mentioned].filter((path) => path !== 'active'));
}
