// What the app's database refuses, as an answer: constraints of its own that no mapping knows of.
import { ScimError } from '../../protocol/error.ts';
import type { Violation } from './app-database.ts';
import type { Compiled } from './compiled.ts';
import { columnsOf } from './row.ts';
import type { Source } from './source.ts';

/** The error that a refusal of the database is answered with; undefined where it is another failure. */
export function refusalOf(
  mapping: Compiled | undefined,
  violation: Violation | undefined,
  cause: unknown,
  written: ReadonlySet<string> = new Set(),
): ScimError | undefined {
  const paths = mapping && violation ? pathsOf(mapping, violation.columns) : [];
  return violation && new ScimError(...errorOf(violation, paths, [...written], cause));
}

function errorOf(
  { kind }: Violation,
  paths: readonly string[],
  written: readonly string[],
  cause: unknown,
): ConstructorParameters<typeof ScimError> {
  const named = listOf(paths);
  switch (kind) {
    case 'unique':
      return [
        'uniqueness',
        named
          ? `The value of ${named} is taken by another account. Look that one up by a filter and update it, or send another value.`
          : 'A value that must be unique is taken by another account. Send another one.',
        { cause },
      ];
    case 'foreign key':
      return [
        409,
        "Other data of the application refers to it, so that it can't be removed or changed this way. Deactivate it instead, or " +
          'have that data removed in the application.',
        { cause },
      ];
    case 'not null':
      return [
        'invalidValue',
        `${named || 'An attribute that the application needs'} must have a value.`,
        { cause },
      ];
    default:
      return [
        'invalidValue',
        `${subjectOf(paths.length > 0 ? paths : written)} is refused by the application: it is too long, out of range, or not one ` +
          'of those that it knows. Send another one.',
        { cause },
      ];
  }
}

const listOf = (paths: readonly string[]): string => paths.map((path) => `"${path}"`).join(' and ');

/** Where the database doesn't say which value it was, it is one of those that were written. */
function subjectOf(paths: readonly string[]): string {
  if (paths.length === 0) return 'A value';
  return paths.length === 1 ? `The value of ${listOf(paths)}` : `One of the values of ${listOf(paths)}`;
}

/** The attributes in columns of which the database tells. */
function pathsOf({ sources, secrets }: Compiled, columns: readonly string[]): readonly string[] {
  const named = new Set(columns.map((name) => name.toLowerCase()));
  const isNamed = (column: { readonly name: string }) => named.has(unquoted(column.name));
  const isMeant = (source: Source): boolean =>
    source.kind === 'rows'
      ? [...source.parts.values()].some(({ column }) => isNamed(column))
      : columnsOf(source).some(({ column }) => isNamed(column));
  return [...sources, ...secrets.values()]
    .filter(isMeant)
    .map((source) => (source.kind === 'column' ? source.scalar.attribute.path : source.attribute.path));
}

const unquoted = (name: string): string => name.replace(/^"(.*)"$/, '$1').toLowerCase();
