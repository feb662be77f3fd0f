// The columns of a list of resources: paths such as userName, name.givenName, emails[type eq "work"].value.
import { evaluate, type ResourceType, type StoredResource } from 'scimkit';
import { listOfPaths, type PathExpression, parsePath } from '../attributes/attribute-path.ts';
import type { Column } from './output.ts';

/** A resource as it was received. */
export type Json = { readonly [name: string]: unknown };

/** A member of an object that was sent, whatever the case of its name (RFC 7643 §2.1). */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, name)) return (value as Json)[name];
  const key = Object.keys(value).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : (value as Json)[key];
}

/** The value at some keys; through several values, those of each. */
function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (Array.isArray(value)) return value.map((each) => valueAt(each, [key, ...rest]));
  return valueAt(member(value, key), rest);
}

/** The values of a multi-valued attribute that a filter finds. */
function valuesThatMatch(
  type: ResourceType,
  { attribute, filter }: PathExpression,
  value: unknown,
): unknown[] {
  const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (!filter) return values;
  const page = { startIndex: 1, count: 1 };
  return values.filter((each) => {
    const one = [each];
    const { extension, name } = attribute;
    const stored: StoredResource = {
      ...{ id: '1', version: '', created: '', lastModified: '' },
      attributes: extension ? { [extension]: { [name]: one } } : { [name]: one },
      relations: new Map(attribute.relation ? [[attribute.path, one]] : []),
    };
    return evaluate(type, { filter, page, selection: { relations: new Set() } }, [stored]).total !== 0;
  });
}

/** A column at a path. @throws OptionError */
function columnAt(type: ResourceType, text: string): Column<Json> & PathExpression {
  const path = parsePath(type, text, '--columns');
  const { attribute, end } = path;
  return {
    ...path,
    name: text,
    read: (resource) => {
      if (!path.filter) return valueAt(resource, end.keys);
      const found = valuesThatMatch(type, path, valueAt(resource, attribute.keys));
      return end === attribute ? found : valueAt(found, [end.name]);
    },
  };
}

/** The columns that are named, and the attributes that they need. @throws OptionError */
export function columnsAt(
  type: ResourceType,
  texts: readonly string[],
): { readonly columns: readonly Column<Json>[]; readonly attributes: readonly string[] } {
  const columns = texts.flatMap(listOfPaths).map((text) => columnAt(type, text));
  // Of an attribute with a filter, all is needed: the filter looks at other parts of it.
  const attributes = columns.map(({ filter, attribute, end }) => (filter ? attribute.path : end.path));
  return { columns, attributes: [...new Set(attributes)] };
}

/** The columns of those who name none: what tells resources apart, then what a type requires and is simple. */
export function defaultColumns(type: ResourceType): readonly string[] {
  const all = ['userName', 'displayName', 'active', 'name', 'title'];
  const usual = all.filter((name) => {
    const attribute = type.byName.get(name.toLowerCase());
    return attribute && attribute.type !== 'complex' && attribute.returned !== 'never';
  });
  const required = [...type.attributes, ...type.extensions.flatMap(({ attributes }) => attributes)].filter(
    ({ required: isRequired, type: kind, name, returned }) =>
      isRequired && kind !== 'complex' && name !== 'schemas' && returned !== 'never',
  );
  const names = [...new Set([...usual.slice(0, 4), ...required.map(({ path }) => path)])];
  return ['id', ...names.slice(0, 5), ...(names.length < 2 ? ['externalId'] : [])];
}
