// JSON in pieces, for resources that have more values of a relation than are to be in memory at once.
import type { ResponseBody } from '../authentication/request.ts';
import type { Projection } from '../protocol/project.ts';
import { LIST_RESPONSE_URN } from '../protocol/urn.ts';
import type { ResolvedAttribute } from '../schema/resource-type.ts';
import type { Reference } from '../store/store.ts';

/** Values of a relation that are read at once. */
export const VALUES_AT_ONCE = 1_000;

/** JSON text: whole, or in pieces that are made as they are taken. */
export type Json = string | AsyncIterable<string>;

/** The values of one relation of a resource, in pages. */
export interface LargeRelation {
  readonly attribute: ResolvedAttribute;
  readonly pages: AsyncIterable<readonly Reference[]>;
}

/** Reads the values of a relation that come after one of them; undefined when its resource is gone. */
export type ReadOn = (after: string | undefined) => Promise<readonly Reference[] | undefined>;

/** The values of a relation: those that came with its resource, then the others, page after page. */
export async function* readValues(
  readOn: ReadOn,
  id: string,
  path: string,
  first: readonly Reference[],
): AsyncIterable<readonly Reference[]> {
  let page: readonly Reference[] | undefined = first;
  let after: string | undefined;
  do {
    yield page;
    const last: string | undefined = page.at(-1)?.value;
    // It would never end.
    if (last !== undefined && last === after) {
      throw new Error(`The store's "references" gave the same values of "${path}" again.`);
    }
    after = last;
    page = await readOn(after);
    // What has been sent of it must not look like all that it had.
    if (!page) throw new Error(`The resource ${JSON.stringify(id)} was deleted while it was sent.`);
  } while (page.length > 0);
}

/**
 * A JSON object with large relations as its last members. Like any other attribute, one of which the projection leaves
 * nothing is left out, and an empty one is an empty array.
 */
export async function* appendRelations(
  object: string,
  relations: readonly LargeRelation[],
  projection: Projection,
  represent: (references: readonly Reference[]) => readonly unknown[],
): AsyncIterable<string> {
  let text = object.slice(0, -1);
  for (const { attribute, pages } of relations) {
    const opening = `,${JSON.stringify(attribute.name)}:[`;
    let isEmpty = true;
    let isOpen = false;
    for await (const references of pages) {
      if (references.length > 0) isEmpty = false;
      const values = projection.projectValues(attribute, represent(references));
      if (values.length === 0) continue;
      yield `${text}${isOpen ? ',' : opening}${JSON.stringify(values).slice(1, -1)}`;
      text = '';
      isOpen = true;
    }
    if (isOpen) text = ']';
    else if (isEmpty) text += `${opening}]`;
  }
  yield `${text}}`;
}

/** A ListResponse (RFC 7644 §3.4.2), with what it says besides its resources: whole, unless one of them comes in pieces. */
export function listJson(
  resources: readonly Json[],
  envelope: Readonly<Record<string, unknown>>,
): ResponseBody {
  const head = `${JSON.stringify({ schemas: [LIST_RESPONSE_URN], ...envelope }).slice(0, -1)},"Resources":[`;
  return resources.every((json) => typeof json === 'string')
    ? `${head}${resources.join(',')}]}`
    : joinPieces(head, resources, ']}');
}

async function* joinPieces(before: string, resources: readonly Json[], after: string): AsyncIterable<string> {
  let text = before;
  for (const [index, json] of resources.entries()) {
    if (index > 0) text += ',';
    if (typeof json === 'string') {
      text += json;
      continue;
    }
    for await (const piece of json) {
      yield text + piece;
      text = '';
    }
  }
  yield text + after;
}
