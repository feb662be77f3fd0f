// Whose resources a credential reaches: a tenant's, as one connection provisions them.
import { OptionError } from './option-error.ts';

/** A tenant, and one connection that provisions it. */
export interface Scope {
  readonly tenant: string;
  readonly connection: string;
}

/** A scope for people. */
export function describeScope({ tenant, connection }: Scope): string {
  return `tenant ${JSON.stringify(tenant)}, connection ${JSON.stringify(connection)}`;
}

/** Where nothing is said of tenants, there is one, with one connection. */
const DEFAULT = 'default';

/** Characters that the name of a tenant or connection can have. */
const MAX_NAME = 256;

/** Control characters, halves of characters, and what clients take out of paths. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const NO_NAME = /[\u0000-\u001f\u007f-\u009f\p{Surrogate}]|^\.{0,2}$/u;

/** Whether a text can be the name of a tenant or connection. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_NAME && !NO_NAME.test(text);
}

/**
 * A scope whose parts may be left out, as options give it.
 *
 * @throws OptionError that says where, when one is no name.
 */
export function toScope({ tenant = DEFAULT, connection = DEFAULT }: Partial<Scope>, where: string): Scope {
  for (const [part, name] of Object.entries({ tenant, connection })) {
    if (isName(name)) continue;
    throw new OptionError(
      `${where}: the ${part} must have a name of 1 to ${MAX_NAME} characters, without control characters, and not "." or "..".`,
    );
  }
  return { tenant, connection };
}
