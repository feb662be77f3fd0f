// Members by name: many names in few requests, each of exactly one resource.
import type { ResourceType } from 'scimkit';
import { ScimError } from 'scimkit';
import { findAttribute } from '../attributes/attribute-path.ts';
import { OptionError } from '../option-error.ts';
import type { Json } from '../output/columns.ts';
import { filterOf, findByName, hasName, type Name, onlyId, parseName } from '../resources/target.ts';
import type { Session } from '../session.ts';

/** How many names one filter asks for. */
const BATCH = 30;

/** A member that was given: an id, or a name that resources of some types may have. */
type Given = { readonly id: string } | { readonly text: string; readonly names: readonly Name[] };

/** The types whose resources a group may have as members, and that have the attribute. */
function read(session: Session, text: string, by: string | undefined): Given {
  const at = text.indexOf('=');
  const path = by ?? (at > 0 ? text.slice(0, at) : undefined);
  const types = path === undefined ? [] : session.types.filter((type) => findAttribute(type, path));
  if (by !== undefined && types.length === 0) throw new OptionError(`--by: there is no attribute '${by}'.`);
  const names = types.map((type) => parseName(type, text, by)).filter((name) => name !== undefined);
  return names.length === 0 ? { id: text } : { text, names };
}

/** What several names of one type find: in one request each batch, or one by one where that is too much to ask. */
async function findAll(
  session: Session,
  type: ResourceType,
  names: readonly Name[],
): Promise<Map<Name, Json[]>> {
  const found = new Map(names.map((name) => [name, [] as Json[]]));
  for (let from = 0; from < names.length; from += BATCH) {
    const batch = names.slice(from, from + BATCH);
    const paths = [...new Set(batch.map(({ path }) => path))];
    try {
      const filter = batch.map(filterOf).join(' or ');
      const resources = session.connection.client.resources(type).list({ filter, attributes: paths });
      for await (const resource of resources) {
        const json = resource as unknown as Json;
        for (const name of batch) if (hasName(json, name)) found.get(name)?.push(json);
      }
    } catch (error) {
      // Some know one comparison alone.
      if (batch.length === 1 || !(error instanceof ScimError) || ![400, 403, 414, 501].includes(error.status))
        throw error;
      for (const name of batch) found.set(name, [...(await findByName(session, name))]);
    }
  }
  return found;
}

/** Who is meant. */
export interface Members {
  /** In the order in which they were given. */
  readonly ids: readonly string[];
  /** Those that were given as ids, and that nobody has looked up. */
  readonly unchecked: readonly string[];
}

/** The members that texts name. @throws Error for a name that not exactly one resource has */
export async function findMembers(
  session: Session,
  texts: readonly string[],
  by: string | undefined,
): Promise<Members> {
  const given = texts.map((text) => read(session, text, by));
  const names = given.flatMap((each) => ('names' in each ? each.names : []));
  const found = new Map<Name, readonly Json[]>();
  for (const type of new Set(names.map((name) => name.type))) {
    const own = names.filter((name) => name.type === type);
    for (const [name, resources] of await findAll(session, type, own)) found.set(name, resources);
  }
  const ids = given.map((each) => {
    if ('id' in each) return each.id;
    const resources = each.names.flatMap((name) => found.get(name) ?? []);
    const [name] = each.names;
    const kinds = each.names.map(({ type }) => type.name).join(' or ');
    return onlyId(resources, `${kinds} with ${name?.path} ${JSON.stringify(name?.value)}`);
  });
  const unchecked = given.flatMap((each) => ('id' in each ? [each.id] : []));
  return { ids: [...new Set(ids)], unchecked: [...new Set(unchecked)] };
}
