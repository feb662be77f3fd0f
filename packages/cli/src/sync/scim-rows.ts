// Rows of another SCIM service: its resources, read by paths.
import type { ResourceType } from 'scimkit';
import type { ScimClient } from 'scimkit/client';
import type { JsonObject } from './json-place.ts';
import { type MappedPath, parseMappedPath, readMapped } from './mapped-path.ts';
import { columnsOf } from './mapping.ts';
import type { Row, Rows } from './row.ts';
import type { Section } from './sync-file.ts';
import { membersOf } from './target.ts';

/** The paths that a map reads from the source, found in its schema. */
function pathsOf(type: ResourceType, { map }: Section): ReadonlyMap<string, MappedPath> {
  const paths = new Map<string, MappedPath>();
  for (const entry of map?.values() ?? []) {
    for (const column of columnsOf(entry)) {
      try {
        paths.set(column, parseMappedPath(type, column));
      } catch (error) {
        throw entry.place.wrong(
          `reads ${JSON.stringify(column)} of the source, which ${(error as Error).message}`,
        );
      }
    }
  }
  return paths;
}

/** All resources of a type. What the source can't list to its end is refused: whom it left out would be removed. */
export function scimRows(
  client: ScimClient,
  name: string,
  type: ResourceType,
  section: Section,
  { count, hasMembers }: { readonly count: number; readonly hasMembers: boolean },
): Rows {
  const paths = new Map(pathsOf(type, section));
  const at = (column: string) => {
    const known = paths.get(column) ?? parseMappedPath(type, column);
    paths.set(column, known);
    return known;
  };
  const { filter } = section;
  async function* all(): AsyncGenerator<Row, void, undefined> {
    const seen = new Set<string>();
    let total: number | undefined;
    const pages = client.resources(type).pages({
      count,
      ...(filter !== undefined && { filter }),
      ...(!hasMembers && type.byName.has('members') && { excludedAttributes: ['members'] }),
    });
    for await (const page of pages) {
      total = page.totalResults ?? total;
      for (const resource of page.resources as readonly unknown[] as readonly JsonObject[]) {
        const id = String(resource.id);
        if (seen.has(id)) continue;
        seen.add(id);
        yield {
          where: `${name} ${type.name} ${id}`,
          id,
          value: (column) => (column === '' ? membersOf(resource) : readMapped(at(column), resource)),
        };
      }
    }
    if (total !== undefined && seen.size < total) {
      throw new Error(
        `${name} listed ${seen.size} of its ${total} ${type.name} resources: it changed meanwhile, or lists badly. Nothing was written; run it again.`,
      );
    }
  }
  return { name, all: all() };
}
