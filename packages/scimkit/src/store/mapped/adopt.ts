// RFC 7644 §3.3 where the app has the row already: an account that SCIM did not manage, or one that was kept when it was deleted.
import { ScimError } from '../../protocol/error.ts';
import { foldAttribute } from '../../protocol/fold.ts';
import { isObject, type JsonObject, own, setOwn } from '../../protocol/message.ts';
import type { Attributes, Input } from '../../protocol/validate.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { SqlValue } from '../sql/fragment.ts';
import type { WriteOptions } from '../store.ts';
import { columnValue } from './aliased.ts';
import { type Assignments, assign, isTheApps, type Values, valueAt } from './assignments.ts';
import { type Claimed, claimValues } from './claim.ts';
import type { Compiled } from './compiled.ts';
import { secretsOfLinked } from './credentials.ts';
import { readByKey } from './read.ts';
import { columnsOf, type MappedRow } from './row.ts';
import type { Session } from './session.ts';
import type { Beside, Column } from './source.ts';
import { withoutVerification } from './verification.ts';
import { insertSide, onlySecretsOf, secretsOf, update } from './write-columns.ts';

/** What a create has done before relations are written. */
export interface Inserted {
  readonly key: string;
  /** The attributes of the account that it is linked to. */
  readonly before: Attributes | undefined;
}

/**
 * Of an account that SCIM was linked to, the login identity stays the app's, unless the policy says otherwise. What compares
 * equal is the same identity, and stays as the app writes it.
 */
export function withIdentity(mapping: Compiled, before: Attributes, after: Attributes): Attributes {
  if (mapping.link !== 'reject' && mapping.link.identity === 'scim') return after;
  const identity = identityOf(mapping);
  for (const attribute of identity) {
    const [was, is] = [before, after].map((attributes) =>
      JSON.stringify(foldAttribute(attribute, valueAt(attributes, attribute))),
    );
    if (was === is) continue;
    throw new ScimError(
      'mutability',
      `"${attribute.path}" belongs to the account that this resource was linked to, and is changed in the application alone. ` +
        'Leave it out of the attribute mapping, or change it there.',
    );
  }
  return withThoseOf(before, identity, after);
}

/** Of a linked account, a replacement that says nothing of the login identity asks for no change of it. */
export function withAbsentIdentity(mapping: Compiled, before: Attributes, after: Attributes): Attributes {
  if (mapping.link !== 'reject' && mapping.link.identity === 'scim') return after;
  const absent = identityOf(mapping).filter((attribute) => valueAt(after, attribute) === undefined);
  return withThoseOf(before, absent, after);
}

const placeOf = ({ suffix }: Beside, column: string): string => `${suffix}.${column}`;

/** The columns of the login identity, which another attribute may have as its own too. */
function identityColumns(mapping: Compiled): ReadonlySet<string> {
  if (mapping.link !== 'reject' && mapping.link.identity === 'scim') return new Set();
  const sources = identityOf(mapping).flatMap(({ path }) => mapping.byPath.get(path) ?? []);
  return new Set(sources.flatMap(columnsOf).map(({ beside, column }) => placeOf(beside, column.name)));
}

/** Assignments that leave the columns of the login identity alone. */
function withoutIdentity(mapping: Compiled, assignments: Assignments): Assignments {
  const identity = identityColumns(mapping);
  const columns = [...assignments.columns].map(([beside, values]) => {
    const allowed = [...values].filter(([name]) => !identity.has(placeOf(beside, name)));
    return [beside, new Map(allowed)] as const;
  });
  return { ...assignments, columns: new Map(columns) };
}

/**
 * The same, of a linked account that is changed.
 *
 * @throws ScimError `mutability`, where an attribute would change the login identity because it is in its column.
 */
export function assertIdentity(mapping: Compiled, { columns }: Assignments): void {
  const identity = identityColumns(mapping);
  const written = [...columns].flatMap(([beside, values]) =>
    [...values.keys()].map((name) => placeOf(beside, name)),
  );
  if (!written.some((place) => identity.has(place))) return;
  throw new ScimError(
    'mutability',
    'An attribute of this request is kept in the same place as what people log in by, which belongs to the account that this ' +
      'resource was linked to. Leave it out of the attribute mapping, or change it in the application.',
  );
}

/** What people log in by, as far as it is the app's. */
function identityOf(mapping: Compiled): readonly ResolvedAttribute[] {
  return ['userName', 'emails', 'phoneNumbers'].flatMap((path) => {
    const source = mapping.byPath.get(path);
    const attribute = mapping.type.byName.get(path.toLowerCase());
    return source && attribute && isTheApps(source, mapping) ? [attribute] : [];
  });
}

/** Makes a resource of a row that there is, and that nobody else can change any more. */
export async function adopt(
  session: Session,
  { key, how }: Claimed,
  input: Input,
  options: WriteOptions,
  id: string | undefined,
): Promise<Inserted> {
  const { mapping } = session.scoped;
  if (how === 'link') await insertSide(session, mapping.side as Beside, key, new Map(), id, true);
  const row = await readByKey(session, key);
  const before = row.stored.attributes;
  const attributes =
    how === 'link'
      ? linkedAttributes(mapping, before, sentIn(input))
      : returnedAttributes(mapping, row, input.attributes);
  // Whoever comes back claims everything: others may have taken it meanwhile.
  await claimValues(session, how === 'link' ? before : {}, attributes, key);
  const assigned = assign(mapping, before, attributes, options.report);
  for (const path of assigned.paths) session.written.add(path);
  const allowed = how === 'link' || row.isLinked ? withoutIdentity(mapping, assigned) : assigned;
  const assignments = await withoutVerification(session, key, before, allowed);
  const columns = how === 'link' ? assignments.columns : revived(session, assignments, id);
  // A resource that returns is a new one: whoever knew the old password may be somebody else.
  const secrets =
    how === 'return' && !row.isLinked
      ? await onlySecretsOf(mapping, input.secrets)
      : await secretsOf(mapping, secretsOfLinked(mapping, input.secrets, options.report));
  await update(session, key, { ...assignments, columns }, secrets);
  return { key, before: how === 'link' ? before : undefined };
}

/** What the client says itself. That a new resource is active is none of it: it gives nobody access who was disabled. */
function sentIn({ attributes, mentioned }: Input): Attributes {
  if (attributes.active !== true || mentioned.has('active')) return attributes;
  const { active: _, ...others } = attributes;
  return others;
}

/** What the client says goes before what the app has, part by part, but for the login identity. */
function linkedAttributes(mapping: Compiled, before: Attributes, input: Attributes): Attributes {
  const merged = mergeParts(before, input) as Attributes;
  if (mapping.link !== 'reject' && mapping.link.identity === 'scim') return merged;
  return withThoseOf(before, identityOf(mapping), merged);
}

/** Parts of complex attributes and of extensions that the client doesn't name are kept, as whole attributes are. */
function mergeParts(before: JsonObject, input: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(input)) {
    const was = own(before, name);
    setOwn(merged, name, isObject(was) && isObject(value) ? mergeParts(was, value) : value);
  }
  return merged;
}

/** What the client says is all that there is; but an account that SCIM was linked to stays the app's. */
function returnedAttributes(mapping: Compiled, row: MappedRow, input: Attributes): Attributes {
  const isTheirs = mapping.link !== 'reject' && mapping.link.identity === 'scim';
  if (!row.isLinked || isTheirs) return input;
  return withThoseOf(row.stored.attributes, identityOf(mapping), input);
}

/** Attributes, of which some are as they were. */
function withThoseOf(before: Attributes, kept: readonly ResolvedAttribute[], after: Attributes): Attributes {
  const names = new Set(kept.map(({ name }) => name));
  const others = Object.entries(after).filter(([name]) => !names.has(name));
  return Object.fromEntries([...others, ...Object.entries(before).filter(([name]) => names.has(name))]);
}

/** A row that was kept comes back: under a new id (RFC 7644 §3.6), and no longer deleted. */
function revived(
  session: Session,
  { columns }: Assignments,
  id: string | undefined,
): ReadonlyMap<Beside, Values> {
  const { mapping } = session.scoped;
  const all = new Map(columns);
  const set = ({ beside, column }: Column, value: SqlValue) => {
    const values: Values = new Map(all.get(beside));
    values.set(column.name, { column, value });
    all.set(beside, values);
  };
  set(mapping.deletion.at as Column, null);
  set(mapping.id as Column, id ?? (mapping.newId as () => string)());
  const { created } = mapping;
  if (created && created.beside === mapping.side)
    set(created, columnValue(created.column, session.now, mapping.words));
  return all;
}
