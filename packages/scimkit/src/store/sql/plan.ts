// What is worked out once for a resource type, and not for each request.
import { findAttribute } from '../../protocol/path.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import { uniqueAttributes } from '../unique.ts';
import { indexedAttributes } from './value-index.ts';

/** A resource type as its store sees it. */
export interface Plan {
  readonly type: ResourceType;
  readonly indexed: readonly ResolvedAttribute[];
  readonly isIndexed: (attribute: ResolvedAttribute) => boolean;
  /** Unique within the tenant. */
  readonly unique: readonly ResolvedAttribute[];
}

const plans = new WeakMap<ResourceType, Plan>();

/** The plan of a resource type. */
export function planOf(type: ResourceType): Plan {
  const known = plans.get(type);
  if (known) return known;
  const indexed = indexedAttributes(type);
  const set = new Set(indexed);
  const plan = {
    type,
    indexed,
    isIndexed: (a: ResolvedAttribute) => set.has(a),
    unique: uniqueAttributes(type),
  };
  plans.set(type, plan);
  return plan;
}

/**
 * The attributes that are unique within the connection besides.
 *
 * @throws TypeError for a path that the type doesn't have.
 */
export function uniqueInConnection(
  type: ResourceType,
  paths: readonly string[],
): readonly ResolvedAttribute[] {
  const attributes = paths.map((path) => {
    const attribute = findAttribute(type, path);
    if (!attribute) throw new TypeError(`"unique": ${type.name} has no attribute "${path}"`);
    return attribute;
  });
  // One that is named twice is claimed once.
  return [...new Set(attributes)];
}
