// Members by id: whether anybody has it, since service providers pass over members that they don't know.
import { type ResourceType, ScimError } from 'scimkit';
import { attributeNames } from '../attributes/attribute-path.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';
import { didYouMean } from '../similar.ts';

/** How many ids are asked for at a time. */
const AT_ONCE = 8;

/** What was found out of an id. */
type Known = 'there' | 'absent' | 'unknown';

/** The types whose resources may be members of a group, as its schema says; all, if it doesn't. */
function memberTypes({ types }: Session, group: ResourceType): readonly ResourceType[] {
  const references = group.byName.get('members')?.sub.get('$ref')?.referenceTypes ?? [];
  const told = types.filter(({ name }) => references.includes(name));
  return told.length > 0 ? told : types;
}

async function lookUp({ connection }: Session, types: readonly ResourceType[], id: string): Promise<Known> {
  let known: Known = 'absent';
  for (const type of types) {
    try {
      await connection.client.resources(type).get(id, { attributes: ['id'] });
      return 'there';
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      // Some refuse what is no id of theirs by its looks; some let nobody read, or not this credential.
      if ([403, 405, 501].includes(error.status)) known = 'unknown';
      else if (![400, 404].includes(error.status)) throw error;
    }
  }
  return known;
}

function absence(types: readonly ResourceType[], id: string): string {
  const text = printable(id);
  const nobody = types.map(({ name }) => `no ${printable(name)}`).join(' and ');
  const at = id.indexOf('=');
  const hint = at > 0 ? didYouMean(id.slice(0, at), types.flatMap(attributeNames)) : '';
  const [type] = types;
  const name = type?.byName.has('username') ? 'userName' : 'displayName';
  return `${nobody} has the id '${text}'${at > 0 ? hint : `: for a name, write ${name}=${text}`}.`;
}

/**
 * Takes care that somebody has each of the ids. False: the service provider doesn't let it be found out for some.
 *
 * @throws Error that names the ids that nobody has
 */
export async function checkIds(
  session: Session,
  group: ResourceType,
  ids: readonly string[],
): Promise<boolean> {
  const types = memberTypes(session, group);
  const found: Known[] = [];
  let next = 0;
  const work = async () => {
    while (next < ids.length) {
      const at = next++;
      try {
        found[at] = await lookUp(session, types, ids[at] ?? '');
      } catch (error) {
        // The others ask for no more.
        next = ids.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const absent = ids.filter((_, at) => found[at] === 'absent');
  const [first] = absent;
  if (first !== undefined) {
    const others = absent.slice(1, 10).map((id) => `'${printable(id)}'`);
    const more = absent.length > 10 ? ', and more' : '';
    const rest = others.length > 0 ? ` Nor has anybody ${others.join(', ')}${more}.` : '';
    throw new Error(`${absence(types, first)}${rest} Nothing was changed.`);
  }
  return !found.includes('unknown');
}
