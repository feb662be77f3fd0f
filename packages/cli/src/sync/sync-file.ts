// The file that says what `scimkit sync` brings where: read, and checked as far as that goes without source and target.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OptionError } from '../option-error.ts';
import { isObject, Place } from './json-place.ts';

/** Where resources come from. */
type SourcePlace =
  | { readonly kind: 'csv'; readonly folder: string; readonly delimiter: string }
  | { readonly kind: 'jsonl'; readonly folder: string }
  | { readonly kind: 'scim'; readonly profile: string };

/** Where the value of one attribute comes from. */
export interface MapEntry {
  readonly place: Place;
  readonly column?: string;
  /** The same for all. */
  readonly value?: unknown;
  /** Columns in braces: "{first} {last}". */
  readonly template?: string;
  /** What the texts of the column mean; others are refused. */
  readonly values?: ReadonlyMap<string, unknown>;
  /** Instead of no value. */
  readonly default?: unknown;
  /** Between the values of a column that has several. */
  readonly separator?: string;
  readonly ignoreCase?: boolean;
  /** Written when a resource is created, and never compared. */
  readonly only?: 'create';
  /** The value is the key of a user, whose id is written. */
  readonly reference?: boolean;
}

/** Which rows count. */
export interface Where {
  readonly place: Place;
  readonly column: string;
  readonly texts: readonly string[];
  readonly isNot: boolean;
}

/** What happens to resources of the target that the source lacks. */
export type Missing = 'keep' | 'deactivate' | 'delete';

/** One kind of resources. */
export interface Section {
  readonly place: Place;
  readonly from?: string;
  readonly match?: string;
  /** Undefined: all that both sides can have, of a source over SCIM. */
  readonly map?: ReadonlyMap<string, MapEntry>;
  readonly where?: Where;
  /** Of a source over SCIM. */
  readonly filter?: string;
  readonly missing: Missing;
  /** Which resources of the target may be removed: a filter. */
  readonly managed?: Place;
}

/** Where memberships come from: a file of its own, a column of the groups, or, over SCIM, the groups themselves. */
export interface MembersSection {
  readonly place: Place;
  readonly from?: string;
  readonly group?: string;
  readonly member: string;
  readonly separator?: string;
  readonly by?: string;
}

/** How many removals a run may do: a number, or a part of what is there. */
export type Limit = { readonly count: number } | { readonly percent: number };

/** What removals are counted by. */
export const REMOVABLE = ['users', 'groups', 'memberships'] as const;
export type Removable = (typeof REMOVABLE)[number];

/** A sync file. */
export interface SyncFile {
  readonly file: string;
  readonly source: SourcePlace;
  readonly targetProfile?: string;
  readonly users?: Section;
  readonly groups?: Section & { readonly members?: MembersSection | boolean };
  readonly ceilings: Readonly<Partial<Record<Removable, Limit>>>;
}

function readSource(place: Place, base: string): SourcePlace {
  const { csv, delimiter, jsonl, profile } = place.members(['csv', 'delimiter', 'jsonl', 'profile']);
  const given = [csv, jsonl, profile].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw place.wrong('must say one thing: {"csv": "."}, {"jsonl": "."} (a folder) or {"profile": "name"}.');
  }
  if (delimiter && !csv) throw delimiter.wrong('is for "csv" alone.');
  if (profile) return { kind: 'scim', profile: profile.text('old') };
  if (jsonl) return { kind: 'jsonl', folder: resolve(base, jsonl.text('.')) };
  const sign = delimiter?.text(';') ?? ',';
  if (delimiter && sign.length !== 1) throw delimiter.wrong('must be one character, such as ";".');
  return { kind: 'csv', folder: resolve(base, (csv as Place).text('.')), delimiter: sign };
}

const ENTRY = [
  ...(['column', 'value', 'template', 'values', 'default'] as const),
  ...(['separator', 'ignoreCase', 'only', 'reference'] as const),
] as const;

function readEntry(place: Place): MapEntry {
  if (typeof place.value === 'string') return { place, column: place.text('email') };
  if (!isObject(place.value)) {
    throw place.wrong('must be the name of a column, or an object such as {"column": "status"}.');
  }
  const entry = place.members(ENTRY);
  const { column, value, template, values, separator, ignoreCase, only, reference } = entry;
  if ([column, value, template].filter((one) => one !== undefined).length !== 1) {
    throw place.wrong('must have one of "column", "value" and "template".');
  }
  for (const name of ['values', 'separator', 'reference'] as const) {
    if (entry[name] && !column) throw entry[name].wrong('goes with "column" alone.');
  }
  if (value && (value.value === null || value.value === '')) throw value.wrong('must not be empty.');
  return {
    place,
    ...(column && { column: column.text('email') }),
    ...(value && { value: value.value }),
    ...(template && { template: template.text('{first} {last}') }),
    ...(values && { values: new Map(values.entries().map(([text, meant]) => [text, meant.value])) }),
    ...(entry.default && { default: entry.default.value }),
    ...(separator && { separator: separator.text(';') }),
    ...(ignoreCase && { ignoreCase: ignoreCase.flag() }),
    ...(only && { only: only.choice(['create']) }),
    ...(reference && { reference: reference.flag() }),
  };
}

function readWhere(place: Place): Where {
  const { column, equals, in: among, notIn } = place.members(['column', 'equals', 'in', 'notIn']);
  const given = [equals, among, notIn].filter((one) => one !== undefined);
  if (!column || given.length !== 1) {
    throw place.wrong('must have "column" and one of "equals", "in" and "notIn".');
  }
  const texts = equals ? [equals.text('active')] : ((among ?? notIn) as Place).texts(['active', 'leave']);
  return { place, column: column.text('status'), texts, isNot: notIn !== undefined };
}

const SECTION = ['from', 'match', 'map', 'where', 'filter', 'missing', 'managed'] as const;

function readSection(
  place: Place,
  members: { readonly [Name in (typeof SECTION)[number]]?: Place },
  source: SourcePlace,
  choices: readonly Missing[],
): Section {
  const { from, match, map, where, filter, missing, managed } = members;
  const isScim = source.kind === 'scim';
  if (isScim && from) throw from.wrong('is for files: the source is a SCIM service.');
  if (isScim && where) throw where.wrong('is for files: of a SCIM service, write "filter".');
  if (!isScim && filter) throw filter.wrong('is for SCIM services: of files, write "where".');
  if (!isScim && !from) throw place.wrong('must have "from": the file, such as "people.csv".');
  if (!isScim && !match) throw place.wrong('must have "match": the attribute that a row is found by.');
  if (!isScim && !map) throw place.wrong('must have "map": which attribute comes from which column.');
  return {
    place,
    ...(from && { from: from.text('people.csv') }),
    ...(match && { match: match.text('externalId') }),
    ...(map && { map: new Map(map.entries().map(([path, entry]) => [path, readEntry(entry)])) }),
    ...(where && { where: readWhere(where) }),
    ...(filter && { filter: filter.text('active eq true') }),
    missing: missing?.choice(choices) ?? 'keep',
    ...(managed && { managed }),
  };
}

function readMembers(place: Place, source: SourcePlace): MembersSection | boolean {
  if (source.kind === 'scim') return place.flag();
  const members = place.members(['from', 'group', 'member', 'separator', 'by']);
  const { from, group, member, separator, by } = members;
  if (!member) throw place.wrong('must have "member": the column that names the member.');
  if ((from === undefined) !== (group === undefined)) {
    throw place.wrong(
      'must have "from" and "group" together: the file, and its column that names the group.',
    );
  }
  if (from && separator) throw separator.wrong('is for a column of the groups: "from" has a row for each.');
  return {
    place,
    member: member.text('employee_id'),
    ...(from && group && { from: from.text('memberships.csv'), group: group.text('team') }),
    ...(separator && { separator: separator.text(';') }),
    ...(by && { by: by.text('externalId') }),
  };
}

function readLimit(place: Place): Limit {
  const { value } = place;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return { count: value };
  const [, percent] = typeof value === 'string' ? (/^(\d{1,3}(?:\.\d+)?) ?%$/.exec(value) ?? []) : [];
  if (percent !== undefined && Number(percent) <= 100) return { percent: Number(percent) };
  throw place.wrong('must be a whole number, or a part such as "5%".');
}

function readCeilings(place: Place | undefined): SyncFile['ceilings'] {
  const ceiling = place?.members(['ceiling']).ceiling;
  if (!ceiling) return {};
  if (!isObject(ceiling.value)) {
    const limit = readLimit(ceiling);
    return { users: limit, groups: limit, memberships: limit };
  }
  const limits = Object.entries(ceiling.members(REMOVABLE));
  return Object.fromEntries(limits.map(([name, limit]) => [name, readLimit(limit)]));
}

/**
 * Reads a sync file.
 *
 * @throws OptionError with the place and what to write there.
 */
export function readSyncFile(file: string): SyncFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new OptionError(`${file} can't be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
  return parseSyncFile(file, text);
}

/** Reads the text of a sync file; what it names is relative to its folder. */
export function parseSyncFile(file: string, text: string): SyncFile {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new OptionError(`${file} is no JSON: ${(error as Error).message}.`);
  }
  const root = new Place(file, '', json);
  const members = root.members(['source', 'target', 'users', 'groups', 'removals']);
  if (!members.source) throw root.wrong('must have "source".');
  if (!members.users && !members.groups) throw root.wrong('must have "users", "groups", or both.');
  const source = readSource(members.source, dirname(file));
  const target = members.target?.members(['profile']).profile;
  const groups = members.groups?.members([...SECTION, 'members']);
  const users = members.users?.members(SECTION);
  const memberships = groups?.members && readMembers(groups.members, source);
  return {
    file,
    source,
    ...(target && { targetProfile: target.text('prod') }),
    ...(members.users &&
      users && { users: readSection(members.users, users, source, ['keep', 'deactivate', 'delete']) }),
    ...(members.groups &&
      groups && {
        groups: {
          ...readSection(members.groups, groups, source, ['keep', 'delete']),
          ...(memberships !== undefined && { members: memberships }),
        },
      }),
    ceilings: readCeilings(members.removals),
  };
}
