// A resource as it is sent, as a store gets it: read by the protocol, as from a POST.
import type { Input, ResourceType } from '../../packages/scimkit/src/index.ts';
import { strict } from '../../packages/scimkit/src/protocol/leniency.ts';
import { createAttributes, readResource } from '../../packages/scimkit/src/protocol/validate.ts';

/** Reads the body of a POST. */
export function readInput(type: ResourceType, body: object): Input {
  const read = readResource(type, body, strict);
  return { ...read, attributes: createAttributes(type, read) };
}
