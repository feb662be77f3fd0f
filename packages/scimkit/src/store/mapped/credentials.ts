// Decision 10: an account that SCIM was linked to keeps its password, as it keeps its login identity. Whoever could set it could
// log in as a person who was there before.
import { ScimError } from '../../protocol/error.ts';
import type { Report } from '../../protocol/leniency.ts';
import { own } from '../../protocol/message.ts';
import type { Attributes } from '../../protocol/validate.ts';
import type { Compiled } from './compiled.ts';

const isTheirs = ({ link }: Compiled): boolean => link !== 'reject' && link.identity === 'scim';

/** The paths of secrets that have a column, and that a client sends for a linked account without being allowed to. */
function refusedIn(mapping: Compiled, sent: Attributes): readonly string[] {
  if (isTheirs(mapping)) return [];
  return [...mapping.secrets].flatMap(([path, { scalar }]) =>
    own(sent, scalar.attribute.name) === undefined ? [] : [path],
  );
}

/** The secrets with which an account is linked, or comes back: as with its login identity, what is sent is left alone. */
export function secretsOfLinked(mapping: Compiled, sent: Attributes, report: Report | undefined): Attributes {
  const refused = refusedIn(mapping, sent);
  for (const where of refused)
    report?.({ kind: 'ignored', name: 'secret of an account that was linked', where });
  return refused.length === 0 ? sent : {};
}

/**
 * @throws ScimError `mutability`, where a secret of a linked account would be changed.
 */
export function assertSecrets(mapping: Compiled, sent: Attributes): void {
  const [path] = refusedIn(mapping, sent);
  if (path === undefined) return;
  throw new ScimError(
    'mutability',
    `"${path}" belongs to the account that this resource was linked to, and is changed in the application alone. Leave it out ` +
      'of the attribute mapping (switch off the synchronisation of passwords), or change it there.',
  );
}
