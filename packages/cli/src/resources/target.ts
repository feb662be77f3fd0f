// Which resource is meant: an id, or a name such as userName=ada, which one resource alone must have.
import { formatFilter, type ResourceType, ScimError } from 'scimkit';
import { Option } from 'commander';
import { attributeAt, attributeNames, findAttribute } from '../attributes/attribute-path.ts';
import { convert } from '../attributes/convert.ts';
import { withHint } from '../failure.ts';
import { type Json, member } from '../output/columns.ts';
import { OptionError } from '../option-error.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';
import { didYouMean } from '../similar.ts';

/** A resource by a name: the attribute that has it, and the value. */
export interface Name {
  readonly type: ResourceType;
  readonly path: string;
  readonly keys: readonly string[];
  readonly isExact: boolean;
  readonly value: string;
}

/** --by. */
export const byOption = (): Option =>
  new Option(
    '--by <attribute>',
    'the attribute that names the resource, such as userName; else its id',
  ).helpGroup('Input:');

/** A text as a name, if it is one: `userName=ada`, or anything with --by. @throws OptionError */
export function parseName(type: ResourceType, text: string, by?: string): Name | undefined {
  const of = (path: string, value: string, where: string): Name => {
    const attribute = attributeAt(type, path, where);
    const end = attribute.type === 'complex' ? attribute.sub.get('value') : attribute;
    if (!end || end.returned === 'never') {
      throw new OptionError(
        `${where}: ${attribute.path} names no resource: take another attribute, such as userName.`,
      );
    }
    if (value === '') throw new OptionError(`${where}: the value of ${end.path} is empty.`);
    return { type, path: end.path, keys: end.keys, isExact: end.caseExact, value };
  };
  if (by !== undefined) return of(by, text, '--by');
  const at = text.indexOf('=');
  // Ids may have "=" in them: what is before it must be an attribute.
  const attribute = at > 0 ? findAttribute(type, text.slice(0, at)) : undefined;
  return attribute && of(text.slice(0, at), text.slice(at + 1), printable(text));
}

/** The filter that finds a name. */
export function filterOf({ type, path, value }: Name): string {
  const attribute = findAttribute(type, path);
  const literal = attribute ? convert(attribute, value) : value;
  return formatFilter({ kind: 'compare', path, operator: 'eq', value: literal as string });
}

/** Whether a resource has the name: some service providers pass over filters, and what they send is not what was meant. */
export function hasName(resource: Json, { keys, isExact, value }: Name): boolean {
  let values: readonly unknown[] = [resource];
  for (const key of keys)
    values = values.flatMap((each) => (Array.isArray(each) ? each : [each])).map((each) => member(each, key));
  const fold = (text: string) => (isExact ? text : text.toLowerCase());
  return values.flat().some((each) => each !== undefined && fold(String(each)) === fold(value));
}

/** Those resources that have the name. */
export async function findByName({ connection }: Session, name: Name): Promise<readonly Json[]> {
  const found: Json[] = [];
  const filter = filterOf(name);
  const resources = connection.client.resources(name.type).list({ filter, attributes: [name.path] });
  for await (const resource of resources) {
    const json = resource as unknown as Json;
    if (hasName(json, name)) found.push(json);
    if (found.length > 10) break;
  }
  return found;
}

/** The one id among those that were found. @throws Error that lists them, if there is not exactly one */
export function onlyId(found: readonly Json[], what: string): string {
  const [first] = found;
  if (!first) throw new Error(`there is no ${what}.`);
  if (found.length === 1) return String(first.id);
  const ids = found.slice(0, 10).map(({ id }) => String(id));
  const more = found.length > 10 ? ', and more' : '';
  throw new Error(`several resources are ${what}: name one by its id (${ids.join(', ')}${more}).`);
}

/** The id of the resource that is meant. @throws OptionError, Error */
export async function resolveId(
  session: Session,
  type: ResourceType,
  text: string,
  by?: string,
): Promise<string> {
  if (text === '') throw new OptionError('the id is empty.');
  const name = parseName(type, text, by);
  if (!name) return text;
  return onlyId(
    await findByName(session, name),
    `${type.name} with ${name.path} ${JSON.stringify(name.value)}`,
  );
}

/** Does something to a resource; if there is none with the id, it is told how one is named otherwise. */
export async function withNameHint<Value>(
  type: ResourceType,
  text: string,
  by: string | undefined,
  run: () => Promise<Value>,
): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    const isAbsent = error instanceof ScimError && error.status === 404;
    if (!isAbsent || by !== undefined || parseName(type, text)) throw error;
    throw withHint(error, nameHint(type, text));
  }
}

/** What is said to whoever gave a text that is no id and no name. */
function nameHint(type: ResourceType, text: string): string {
  const at = text.indexOf('=');
  if (at > 0) {
    const word = text.slice(0, at);
    return `'${printable(text)}' was taken for an id: ${type.name} has no attribute '${printable(word)}'${didYouMean(word, attributeNames(type))}.`;
  }
  const name = type.byName.has('username') ? 'userName' : 'displayName';
  return `'${printable(text)}' was taken for an id: for a name, write ${name}=${printable(text)}.`;
}
