// RFC 7644 §3: messages, and what is read of their envelope.
import { ScimError } from './error.ts';

/** A JSON object of the client's, not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: no array, no null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property; never one that the object inherits. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** What is at a path of own properties; undefined where the path ends before. */
export function ownAt(object: JsonObject, keys: readonly string[]): unknown {
  let value: unknown = object;
  for (const key of keys) value = isObject(value) ? own(value, key) : undefined;
  return value;
}

/** Sets an own property, whatever its name: `__proto__` is data like any other. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else object[key] = value;
}

/** A member of a message by its name, which is case-insensitive (RFC 7643 §2.1). */
export function member(message: JsonObject, name: string): unknown {
  if (Object.hasOwn(message, name)) return message[name];
  const lower = name.toLowerCase();
  for (const key of Object.keys(message)) if (key.toLowerCase() === lower) return message[key];
  return undefined;
}

/** The URNs that a message or resource declares, in lower case; undefined when `schemas` is no array. */
export function declaredSchemas(message: JsonObject): readonly string[] | undefined {
  const schemas = member(message, 'schemas');
  if (!Array.isArray(schemas)) return undefined;
  // What is no text is no URN; its own toString is the client's, and is not called.
  return schemas.map((urn) => (typeof urn === 'string' ? urn.toLowerCase() : ''));
}

/**
 * Checks that a body is a JSON object and declares the message that is meant, which `section` defines.
 *
 * @throws ScimError `invalidSyntax`
 */
export function readMessage(body: unknown, urn: string, section: string): JsonObject {
  if (!isObject(body)) {
    throw new ScimError(
      'invalidSyntax',
      `The body must be a JSON object with "schemas": ["${urn}"] (${section}).`,
    );
  }
  if (!declaredSchemas(body)?.includes(urn.toLowerCase())) {
    throw new ScimError('invalidSyntax', `The body must declare "schemas": ["${urn}"] (${section}).`);
  }
  return body;
}
