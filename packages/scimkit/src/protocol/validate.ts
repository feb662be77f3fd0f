// RFC 7643 §2.2, §3; RFC 7644 §3.3 (POST), §3.5.1 (PUT): from a request's body to what a store may keep.
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { quote, ScimError } from './error.ts';
import { foldAttribute } from './fold.ts';
import { ignoreUnknown, type Leniency } from './leniency.ts';
import { declaredSchemas, isObject, type JsonObject, own, setOwn } from './message.ts';
import { isEmpty, readValue } from './value.ts';

/** A resource's own data in canonical form: schema order and spelling, nothing empty. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * What a client asks to store. `attributes` is data; `relations` are the ids of what is referred to, by the
 * path of the attribute, where the body has it; `secrets` are writeOnly values, which no answer carries.
 */
export interface Input<Data = Attributes, Secrets = Attributes> {
  readonly attributes: Data;
  readonly relations: ReadonlyMap<string, readonly string[]>;
  readonly secrets: Secrets;
  /** Paths of the attributes that the body named, empty ones too. */
  readonly mentioned: ReadonlySet<string>;
}

/** The ids in the value of a relation such as Group.members, as it was read. */
export function relationIds(value: unknown): readonly string[] {
  const elements = (
    Array.isArray(value) ? value : value === undefined ? [] : [value]
  ) as readonly JsonObject[];
  return [...new Set(elements.map((element) => String(element.value)))];
}

interface Draft {
  readonly attributes: Record<string, unknown>;
  readonly relations: Map<string, readonly string[]>;
  readonly secrets: Record<string, unknown>;
  readonly mentioned: Set<string>;
}

function readMembers(
  attributes: readonly ResolvedAttribute[],
  byName: ReadonlyMap<string, ResolvedAttribute>,
  object: JsonObject,
  target: Record<string, unknown>,
  draft: Draft,
  leniency: Leniency,
  unknown: (key: string) => void,
): void {
  const given = new Map<ResolvedAttribute, unknown>();
  for (const key of Object.keys(object)) {
    const attribute = byName.get(key.toLowerCase());
    if (!attribute) unknown(key);
    else if (given.has(attribute)) {
      throw new ScimError('invalidSyntax', `"${attribute.path}" is given twice, in different case.`);
    } else given.set(attribute, object[key]);
  }
  for (const attribute of attributes) {
    if (!given.has(attribute) || attribute.name === 'schemas') continue;
    draft.mentioned.add(attribute.path);
    if (attribute.mutability === 'readOnly') {
      leniency.report({ kind: 'ignored', name: 'readOnly', where: attribute.path });
      continue;
    }
    const value = readValue(attribute, given.get(attribute), leniency);
    if (attribute.relation === 'holder') draft.relations.set(attribute.path, relationIds(value));
    else if (value !== undefined) {
      setOwn(attribute.mutability === 'writeOnly' ? draft.secrets : target, attribute.name, value);
    }
  }
}

/**
 * Reads the body of a POST or PUT (RFC 7644 §3.3, §3.5.1): types are checked, what is readOnly or unknown is
 * ignored and reported. What must be there is checked by `validate`, on the result.
 *
 * @throws ScimError `invalidSyntax`, `invalidValue`
 */
export function readResource(type: ResourceType, raw: unknown, leniency: Leniency): Input {
  if (!isObject(raw)) {
    throw new ScimError(
      'invalidSyntax',
      `The body must be a JSON object: a ${type.name} with its attributes.`,
    );
  }
  const body = leniency.resource(raw, type);
  const draft: Draft = { attributes: {}, relations: new Map(), secrets: {}, mentioned: new Set() };
  const used: string[] = [];
  const extensions = new Map<string, JsonObject>();
  readMembers(type.attributes, type.byName, body, draft.attributes, draft, leniency, (key) => {
    const extension = type.byUrn.get(key.toLowerCase());
    if (!extension) {
      ignoreUnknown(leniency, key);
      return;
    }
    const value = body[key];
    if (isEmpty(value)) return;
    if (!isObject(value)) {
      throw new ScimError('invalidValue', `"${extension.urn}" must be an object, not ${quote(value)}.`);
    }
    if (extensions.has(extension.urn)) {
      throw new ScimError('invalidSyntax', `"${extension.urn}" is given twice, in different case.`);
    }
    extensions.set(extension.urn, value);
    used.push(extension.urn);
  });
  for (const extension of type.extensions) {
    const value = extensions.get(extension.urn);
    if (!value) continue;
    const object: Record<string, unknown> = {};
    readMembers(extension.attributes, extension.byName, value, object, draft, leniency, (key) => {
      ignoreUnknown(leniency, `${extension.urn}:${key}`);
    });
    if (!isEmpty(object)) setOwn(draft.attributes, extension.urn, object);
  }
  checkSchemas(type, body, used, leniency);
  return draft;
}

/** `schemas` names the core schema, known ones only, and each extension that is used (RFC 7643 §3). */
function checkSchemas(
  type: ResourceType,
  body: JsonObject,
  used: readonly string[],
  leniency: Leniency,
): void {
  const list = new Set(declaredSchemas(body));
  const known = new Set([type.urn.toLowerCase(), ...type.byUrn.keys()]);
  const problem = !list.has(type.urn.toLowerCase())
    ? `it must contain "${type.urn}"`
    : [...list].some((urn) => !known.has(urn))
      ? `it contains a schema that a ${type.name} doesn't have`
      : used.some((urn) => !list.has(urn.toLowerCase()))
        ? 'it must contain each extension that the body uses'
        : undefined;
  if (!problem) return;
  if (!leniency.looseSchemas) {
    throw new ScimError('invalidSyntax', `"schemas" is wrong: ${problem} (RFC 7643 §3).`);
  }
  leniency.report({ kind: 'rewrite', name: 'loose-schemas', where: 'schemas' });
}

/**
 * Checks what a resource must have (RFC 7643 §2.2, "required"): required attributes, required sub-attributes of
 * what is there, required extensions.
 *
 * @throws ScimError with the keyword given: `invalidValue` for a body, `mutability` after a removal.
 */
export function validate(
  type: ResourceType,
  attributes: Attributes,
  relations: ReadonlyMap<string, readonly string[]> | undefined,
  keyword: 'invalidValue' | 'mutability' = 'invalidValue',
): void {
  checkRequired(type.attributes, attributes, relations, keyword);
  for (const extension of type.extensions) {
    const value = own(attributes, extension.urn);
    if (isObject(value)) checkRequired(extension.attributes, value, relations, keyword);
    else if (extension.required) {
      throw new ScimError(
        keyword,
        `The extension "${extension.urn}" is required; send it with its attributes.`,
      );
    }
  }
}

function checkRequired(
  list: readonly ResolvedAttribute[],
  object: JsonObject,
  relations: ReadonlyMap<string, readonly string[]> | undefined,
  keyword: 'invalidValue' | 'mutability',
): void {
  for (const attribute of list) {
    if (attribute.mutability === 'readOnly' || attribute.mutability === 'writeOnly') continue;
    if (attribute.name === 'schemas' && !attribute.parent) continue;
    const value = own(object, attribute.name);
    if (value === undefined) {
      if (!attribute.required) continue;
      const isRelation = attribute.relation === 'holder';
      if (isRelation && (!relations || relations.get(attribute.path)?.length)) continue;
      throw new ScimError(keyword, `"${attribute.path}" is required: it must have a value.`);
    }
    if (attribute.type !== 'complex') continue;
    for (const element of Array.isArray(value) ? value : [value]) {
      if (isObject(element)) checkRequired(attribute.subAttributes, element, undefined, keyword);
    }
  }
}

/** The attribute that says whether an account may be used: `active` of a User, and of types like it. */
export function activeOf(type: ResourceType): ResolvedAttribute | undefined {
  const attribute = type.byName.get('active');
  return attribute?.type === 'boolean' && !attribute.multiValued ? attribute : undefined;
}

/** What a PUT outside strict mode keeps when the body doesn't name it: `active`, and relations such as members. */
export function keptWhenAbsent(type: ResourceType): readonly ResolvedAttribute[] {
  const active = activeOf(type);
  return active ? [active, ...type.holders] : type.holders;
}

/** Whether access is granted: unless `active` is false. */
export function isActive(type: ResourceType, attributes: Attributes): boolean {
  return !activeOf(type) || own(attributes, 'active') !== false;
}

/** The attributes of a new resource: it is active unless the client says otherwise. */
export function createAttributes(type: ResourceType, input: Input): Attributes {
  const active = activeOf(type);
  // What is readOnly, the store knows.
  if (!active || active.mutability === 'readOnly' || own(input.attributes, 'active') !== undefined)
    return input.attributes;
  return inOrder(type, { ...input.attributes, active: true });
}

/** Clearing `active` never gives access back. */
export function keepInactive(type: ResourceType, before: Attributes, after: Attributes): Attributes {
  if (isActive(type, before) || own(after, 'active') !== undefined) return after;
  return inOrder(type, { ...after, active: false });
}

/** Puts a resource's attributes, those of extensions too, into the order of its schemas. */
export function inOrder(type: ResourceType, attributes: Attributes): Attributes {
  const ordered = pickInOrder(type.attributes, attributes);
  for (const { urn, attributes: list } of type.extensions) {
    const value = own(attributes, urn);
    if (isObject(value)) setOwn(ordered, urn, pickInOrder(list, value));
  }
  return ordered;
}

function pickInOrder(list: readonly ResolvedAttribute[], object: JsonObject): Record<string, unknown> {
  const ordered: Record<string, unknown> = {};
  for (const { name } of list) {
    const value = own(object, name);
    if (value !== undefined) setOwn(ordered, name, value);
  }
  return ordered;
}

/**
 * What PUT makes of a stored resource (RFC 7644 §3.5.1): readOnly attributes stay, immutable ones must match,
 * absent ones are cleared, but for `active` outside strict mode.
 *
 * @throws ScimError `mutability`, `invalidValue`
 */
export function replaceAttributes(
  type: ResourceType,
  before: Attributes,
  input: Input,
  keepAbsent: boolean,
): Attributes {
  const after = carryOver(type.attributes, before, input.attributes);
  for (const extension of type.extensions) {
    const was = own(before, extension.urn);
    const is = own(input.attributes, extension.urn);
    const object = carryOver(extension.attributes, isObject(was) ? was : {}, isObject(is) ? is : {});
    if (!isEmpty(object)) setOwn(after, extension.urn, object);
  }
  if (keepAbsent && activeOf(type) && !input.mentioned.has('active') && own(before, 'active') !== undefined) {
    after.active = before.active;
  }
  const result = keepInactive(type, before, inOrder(type, after));
  validate(type, result, undefined);
  return result;
}

/** Keeps what a client may not change, and refuses a change of what is immutable. */
function carryOver(
  attributes: readonly ResolvedAttribute[],
  before: JsonObject,
  input: JsonObject,
): Record<string, unknown> {
  const after: Record<string, unknown> = {};
  for (const attribute of attributes) {
    const was = own(before, attribute.name);
    const is = own(input, attribute.name);
    let value = attribute.mutability === 'readOnly' ? was : is;
    if (was !== undefined && attribute.mutability === 'immutable') {
      if (is !== undefined && !isSame(attribute, was, is)) throw immutable(attribute);
      value = was;
    } else if (was !== undefined && isObject(was) && attribute.type === 'complex' && !attribute.multiValued) {
      const merged = carryOver(attribute.subAttributes, was, isObject(is) ? is : {});
      value = isEmpty(merged) ? undefined : merged;
    }
    if (value !== undefined) setOwn(after, attribute.name, value);
  }
  return after;
}

/** The error for a change of what is immutable (RFC 7643 §2.2). */
export function immutable(attribute: ResolvedAttribute): ScimError {
  return new ScimError(
    'mutability',
    `"${attribute.path}" is immutable: once it has a value, it can't be changed. Send the stored value or none.`,
  );
}

/** Whether two values of an attribute are the same in comparison. */
export function isSame(attribute: ResolvedAttribute, a: unknown, b: unknown): boolean {
  return JSON.stringify(foldAttribute(attribute, a)) === JSON.stringify(foldAttribute(attribute, b));
}
