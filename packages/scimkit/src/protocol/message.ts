// RFC 7644 §3: messages, and what is read of their envelope.
import { ScimError } from './error.ts';

/** A JSON object of the client's, not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property; never one that the object inherits. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
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

/**
 * Checks that a body is a JSON object and declares the message that is meant (RFC 7644 §3.5.2, §3.4.3, §3.7).
 *
 * @throws ScimError `invalidSyntax`
 */
export function readMessage(body: unknown, urn: string): JsonObject {
  if (!isObject(body)) {
    throw new ScimError('invalidSyntax', `The body must be a JSON object with "schemas": ["${urn}"].`);
  }
  const schemas = member(body, 'schemas');
  const declared =
    Array.isArray(schemas) && schemas.some((schema) => String(schema).toLowerCase() === urn.toLowerCase());
  if (!declared) {
    throw new ScimError('invalidSyntax', `The body must declare "schemas": ["${urn}"] (RFC 7644 §8.2).`);
  }
  return body;
}
