// Middleware for some resource types and operations alone.
import type { Middleware, MiddlewareFor, OperationName } from '../provider/operation.ts';
import type { ResourceType } from '../schema/resource-type.ts';

/**
 * Middleware that runs for these operations on these resource types alone, and is typed by them; all others pass.
 *
 * @example
 * on(User, ['create', 'replace'], async (operation, next) => {
 *   if (operation.input.attributes.userType === 'Contractor') throw new ScimError(403, 'No contractors here.');
 *   return next();
 * })
 */
export function on<Type extends ResourceType, const Name extends OperationName, Auth, Tx>(
  types: Type | readonly Type[],
  names: Name | readonly Name[],
  middleware: MiddlewareFor<Auth, Tx, Type, Name>,
): Middleware<Auth, Tx> {
  const resourceTypes = new Set<string>([types].flat().map(({ name }) => name));
  const operations = new Set<OperationName>([names].flat());
  const run = middleware as unknown as Middleware<Auth, Tx>;
  return (operation, next) =>
    resourceTypes.has(operation.resourceType) && operations.has(operation.name)
      ? run(operation, next)
      : next();
}
