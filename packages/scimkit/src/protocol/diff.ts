// What a write changed, attribute by attribute. Secrets are told apart by the schema (RFC 7643 §7), never by their looks.
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { isObject, type JsonObject, own, setOwn } from './message.ts';
import type { Attributes } from './validate.ts';

/** A change of one attribute. */
export interface AttributeChange {
  /** As in a filter: "userName", "name.givenName", "urn:...:User:department". */
  readonly path: string;
  /** Absent: there was no value. */
  readonly before?: unknown;
  /** Absent: there is no value. */
  readonly after?: unknown;
  /** Values are left out, because they are writeOnly or never returned. */
  readonly redacted?: true;
}

/** Whether nobody may see an attribute's values. */
export function isSecret({ mutability, returned }: ResolvedAttribute): boolean {
  return mutability === 'writeOnly' || returned === 'never';
}

/** A value without those of its sub-attributes that nobody may see. */
function redact(attribute: ResolvedAttribute, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => redact(attribute, element));
  if (!isObject(value)) return value;
  const visible: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    const sub = attribute.sub.get(name.toLowerCase());
    if (sub && !isSecret(sub)) setOwn(visible, name, part);
  }
  return visible;
}

function* diffList(
  attributes: readonly ResolvedAttribute[],
  before: JsonObject,
  after: JsonObject,
): Generator<AttributeChange> {
  for (const attribute of attributes) {
    if (attribute.relation) continue;
    const { path, name, type, multiValued, subAttributes } = attribute;
    const was = own(before, name);
    const is = own(after, name);
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    if (isSecret(attribute)) yield { path, redacted: true };
    else if (type === 'complex' && !multiValued) {
      yield* diffList(subAttributes, isObject(was) ? was : {}, isObject(is) ? is : {});
    } else {
      yield {
        path,
        ...(was !== undefined && { before: redact(attribute, was) }),
        ...(is !== undefined && { after: redact(attribute, is) }),
        ...(subAttributes.some(isSecret) && { redacted: true }),
      };
    }
  }
}

/** The changes from one state of a resource to another; undefined: there was none, or there is none. */
export function diffAttributes(
  type: ResourceType,
  before: Attributes = {},
  after: Attributes = {},
): readonly AttributeChange[] {
  const partOf = (attributes: Attributes, urn: string): JsonObject => {
    const part = own(attributes, urn);
    return isObject(part) ? part : {};
  };
  return [
    ...diffList(type.attributes, before, after),
    ...type.extensions.flatMap(({ urn, attributes }) => [
      ...diffList(attributes, partOf(before, urn), partOf(after, urn)),
    ]),
  ];
}
