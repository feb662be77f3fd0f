// RFC 7644 §3.5.2: PATCH. From a request's body to changes that are resolved against the schema.
import type { ResolvedAttribute, ResolvedExtension, ResourceType } from '../schema/resource-type.ts';
import { quote, ScimError } from './error.ts';
import type { FilterLimits } from './filter.ts';
import { ignoreUnknown, type Leniency, type RawOperation } from './leniency.ts';
import { isObject, member, readMessage } from './message.ts';
import { isReadOnly, type PatchTarget, readPatchPath, targetOf } from './patch-path.ts';
import { findExtension } from './path.ts';
import type { ResolvedFilter } from './resolve-filter.ts';
import { PATCH_OP_URN } from './urn.ts';
import { relationIds } from './validate.ts';
import { isEmpty, readElement, readValue } from './value.ts';

/** The operations of PATCH (RFC 7644 §3.5.2). */
export type PatchOp = 'add' | 'replace' | 'remove';

/** One change to one attribute: a PATCH operation, resolved and with its value read. */
export interface PatchChange {
  readonly op: PatchOp;
  /** The attribute: of the resource, or of an extension. */
  readonly attribute: ResolvedAttribute;
  /** A sub-attribute of it, where the path names one. */
  readonly sub: ResolvedAttribute | undefined;
  /** Which values of a multi-valued attribute; undefined: all. */
  readonly filter: ResolvedFilter | undefined;
  /** The value in canonical form; undefined: unassigned. Elements of a multi-valued attribute are an array. */
  readonly value: unknown;
  /** For `remove`: these values alone. */
  readonly elements: readonly unknown[] | undefined;
  /** Of a relation: the ids in the value, or in `elements`. */
  readonly ids: readonly string[] | undefined;
  /** Where nothing matches `filter`, make an element that does; otherwise `noTarget`. */
  readonly createsMissing: boolean;
  /** Of an element that is made: values of `emails` must have the form of addresses. */
  readonly checkEmails: boolean;
  /** How many values the attribute may have, if it is multi-valued and no relation. */
  readonly maxValues: number;
  /** The path as the client wrote it, for error texts. */
  readonly path: string;
}

/** A PATCH request, read. */
export interface PatchRequest {
  readonly changes: readonly PatchChange[];
  /** Paths of the attributes that the body named. */
  readonly mentioned: ReadonlySet<string>;
}

/** How large a PATCH request, and the filters in its paths, may be. */
export interface PatchLimits extends FilterLimits {
  /** Operations in one request. Default: 2,000. */
  readonly maxOperations?: number;
  /** Values of one multi-valued attribute that is no relation. Default: 1,000. */
  readonly maxValues?: number;
}

/**
 * Reads the body of a PATCH (RFC 7644 §3.5.2): each operation becomes changes of single attributes, resolved
 * against the schema, with values of the right type.
 *
 * @throws ScimError `invalidSyntax`, `invalidPath`, `invalidFilter`, `invalidValue`, `noTarget`, `mutability`
 */
export function readPatch(
  type: ResourceType,
  body: unknown,
  leniency: Leniency,
  limits: PatchLimits = {},
): PatchRequest {
  const message = readMessage(
    isObject(body) ? leniency.patchRequest(body) : body,
    PATCH_OP_URN,
    'RFC 7644 §3.5.2',
  );
  const operations = member(message, 'Operations');
  if (!Array.isArray(operations)) {
    throw new ScimError('invalidSyntax', '"Operations" must be an array of PATCH operations.');
  }
  if (operations.length === 0) {
    leniency.report({ kind: 'ignored', name: 'no operations', where: 'Operations' });
  }
  const maxOperations = limits.maxOperations ?? 2_000;
  const { maxValues = 1_000 } = limits;
  const changes: PatchChange[] = [];
  // One operation may be many changes: each attribute of a value without path is one.
  const add: Add = (change) => {
    if (changes.length >= maxOperations) throw tooMany(maxOperations);
    changes.push({ ...change, maxValues });
  };
  if (operations.length > maxOperations) throw tooMany(maxOperations);
  for (const [index, raw] of operations.entries()) {
    if (!isObject(raw)) throw new ScimError('invalidSyntax', `Operations[${index}] must be an object.`);
    const operation = {
      op: member(raw, 'op'),
      path: member(raw, 'path'),
      value: member(raw, 'value'),
    };
    for (const meant of leniency.operation(operation, type))
      readOperation(type, meant, index, { leniency, limits }, add);
  }
  return { changes, mentioned: new Set(changes.flatMap(pathsOf)) };
}

/** Takes a change that was read. */
type Add = (change: Omit<PatchChange, 'maxValues'>) => void;

function tooMany(maxOperations: number): ScimError {
  return new ScimError(
    413,
    `A PATCH may have ${maxOperations} operations (patchOperations); each attribute in a value without "path" is one. ` +
      'Send several requests.',
  );
}

const pathsOf = (change: PatchChange) =>
  change.sub ? [change.attribute.path, change.sub.path] : [change.attribute.path];

function readOperation(
  type: ResourceType,
  operation: RawOperation,
  index: number,
  { leniency, limits }: { readonly leniency: Leniency; readonly limits: PatchLimits },
  add: Add,
): void {
  const { op, path, value } = operation;
  if (op !== 'add' && op !== 'replace' && op !== 'remove') {
    throw new ScimError(
      'invalidSyntax',
      `Operations[${index}]: "op" must be "add", "replace" or "remove", not ${op == null ? 'nothing' : quote(op)} (RFC 7644 §3.5.2).`,
    );
  }
  if (path !== undefined && path !== null && typeof path !== 'string') {
    throw new ScimError('invalidPath', `Operations[${index}]: "path" must be a string, not ${quote(path)}.`);
  }
  if (op !== 'remove' && value === undefined) {
    throw new ScimError(
      'invalidValue',
      `Operations[${index}]: "${op}" needs "value"; null clears an attribute.`,
    );
  }
  if (!path) {
    if (op === 'remove') {
      throw new ScimError('noTarget', `Operations[${index}]: "remove" needs "path": what is to be removed.`);
    }
    if (!leniency.withoutPath) {
      throw new ScimError(
        'invalidSyntax',
        `Operations[${index}] has no "path", which is refused here (draft-zollner-scim-interop-profile §6.5.1.1). ` +
          'Send one operation for each attribute, with its path.',
      );
    }
    leniency.report({ kind: 'rewrite', name: 'without-path', where: 'Operations' });
    readWithoutPath(type, op, value, index, leniency, add);
    return;
  }
  const extension = findExtension(type, path);
  if (extension) {
    readExtension(extension, operation as RawOperation & { op: PatchOp }, leniency, add);
    return;
  }
  if (path.toLowerCase() === type.urn.toLowerCase() && op !== 'remove') {
    readWithoutPath(type, op, value, index, leniency, add);
    return;
  }
  const target = readPatchPath(type, path, leniency, limits);
  if (operation.implicit && isReadOnly(target)) {
    leniency.report({ kind: 'ignored', name: 'readOnly', where: path });
    return;
  }
  if (target.attribute.name === 'schemas') {
    leniency.report({ kind: 'ignored', name: 'schemas follows the attributes', where: path });
    return;
  }
  add(readChange({ ...target, op, path }, operation, leniency));
}

function readWithoutPath(
  type: ResourceType,
  op: PatchOp,
  value: unknown,
  index: number,
  leniency: Leniency,
  add: Add,
): void {
  if (!isObject(value)) {
    throw new ScimError(
      'invalidValue',
      `Operations[${index}]: without "path", "value" must be an object of attributes, not ${quote(value)}.`,
    );
  }
  for (const [key, part] of Object.entries(value)) {
    const extension = findExtension(type, key);
    const attribute = type.byName.get(key.toLowerCase());
    if (extension) {
      readExtension(extension, { op, value: part }, leniency, add);
    } else if (!attribute) ignoreUnknown(leniency, key);
    else if (attribute.mutability === 'readOnly' || attribute.name === 'schemas') {
      leniency.report({ kind: 'ignored', name: 'readOnly', where: key });
    } else {
      const operation = { op, value: part };
      add(readChange({ ...targetOf(attribute), op, path: key }, operation, leniency));
    }
  }
}

/** A whole extension as target: each of its attributes in turn. */
function readExtension(
  extension: ResolvedExtension,
  operation: RawOperation & { readonly op: PatchOp },
  leniency: Leniency,
  add: Add,
): void {
  const { op, value } = operation;
  const path = extension.urn;
  if (op === 'remove' && (operation.elements !== undefined || !isEmpty(value))) {
    throw new ScimError(
      'invalidSyntax',
      `"remove" of "${path}" takes no "value"; name each attribute that is to be removed in a path of its own.`,
    );
  }
  if (isEmpty(value)) {
    if (op === 'add') return;
    for (const attribute of extension.attributes) {
      if (attribute.mutability === 'readOnly') continue;
      add(readChange({ ...targetOf(attribute), op: 'remove', path }, { op: 'remove' }, leniency));
    }
    return;
  }
  if (!isObject(value)) {
    throw new ScimError('invalidValue', `"${extension.urn}" must be an object, not ${quote(value)}.`);
  }
  for (const [key, part] of Object.entries(value)) {
    const attribute = extension.byName.get(key.toLowerCase());
    const where = `${extension.urn}:${key}`;
    if (!attribute) ignoreUnknown(leniency, where);
    else if (attribute.mutability === 'readOnly')
      leniency.report({ kind: 'ignored', name: 'readOnly', where });
    else add(readChange({ ...targetOf(attribute), op, path: where }, { op, value: part }, leniency));
  }
}

function readChange(
  target: PatchTarget & { readonly op: PatchOp; readonly path: string },
  operation: RawOperation,
  leniency: Leniency,
): Omit<PatchChange, 'maxValues'> {
  const { attribute, sub, filter, op, path } = target;
  if (isReadOnly(target) || attribute.mutability === 'readOnly') {
    throw new ScimError(
      'mutability',
      `"${(sub ?? attribute).path}" is readOnly: it can't be changed by a client.`,
    );
  }
  if (attribute.relation && sub) {
    throw new ScimError(
      'mutability',
      `"${sub.path}" can't be changed: a value of "${attribute.path}" is added or removed as a whole.`,
    );
  }
  const { value, elements } = readOperand(target, operation, leniency);
  const operand = elements ?? value;
  const holdsIds = attribute.relation === 'holder';
  return {
    op,
    attribute,
    sub,
    filter,
    value: holdsIds ? undefined : value,
    elements: holdsIds ? undefined : elements,
    ids: holdsIds && operand !== undefined ? relationIds(operand) : undefined,
    createsMissing: leniency.missingElement,
    checkEmails: leniency.checkEmails,
    path,
  };
}

function readOperand(
  { attribute, sub, filter, op, path }: PatchTarget & { readonly op: PatchOp; readonly path: string },
  operation: RawOperation,
  leniency: Leniency,
): { value?: unknown; elements?: readonly unknown[] } {
  if (op === 'remove') {
    if (operation.elements !== undefined) {
      // What was stored before it was checked can be removed.
      const unchecked: Leniency = Object.assign(Object.create(leniency), { checkEmails: false });
      return {
        elements: toElements(operation.elements)
          .map((e) => readElement(attribute, e, unchecked))
          .filter((element) => element !== undefined),
      };
    }
    if (!isEmpty(operation.value)) {
      throw new ScimError(
        'invalidSyntax',
        `"remove" takes no "value" (RFC 7644 §3.5.2.2); select what to remove in the path: ` +
          `${path}[value eq "..."].`,
      );
    }
    return {};
  }
  if (sub) return { value: readValue(sub, operation.value, leniency) };
  if (!attribute.multiValued) return { value: readSingular(attribute, operation.value, leniency) };
  if (filter) return { value: readElement(attribute, one(operation.value), leniency) };
  // "A new value is added" (RFC 7644 §3.5.2.1): one value needs no array.
  const whole = op === 'add' && isObject(operation.value) ? [operation.value] : operation.value;
  const value = readValue(attribute, whole, leniency);
  if (value === undefined && !isEmpty(whole)) {
    // What was meant is not known; it must not clear what is there.
    throw new ScimError('invalidValue', `The value of "${attribute.path}" has nothing that is known of it.`);
  }
  return { value };
}

/** An object of which nothing is known changes nothing; only an empty value clears. */
function readSingular(attribute: ResolvedAttribute, raw: unknown, leniency: Leniency): unknown {
  const value = readValue(attribute, raw, leniency);
  return value === undefined && attribute.type === 'complex' && isObject(raw) && !isEmpty(raw) ? {} : value;
}

const toElements = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const one = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value);
