// RFC 7644 §3.5.2: PATCH operations, written by the client's user and checked by the compiler.
import { type Filter, formatFilter } from '../protocol/filter.ts';
import { type FilterOver, type SubComparisons, subComparisons } from './filter.ts';
import type {
  AnyType,
  ElementOf,
  MultiValuedPath,
  SubName,
  SubValue,
  WritablePath,
  WrittenValue,
} from './typed-path.ts';

declare const OF: unique symbol;

/** An operation that a builder made for one resource type. */
interface BuiltOperation<Type extends AnyType> {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
  readonly [OF]?: Type;
}

/** One operation of a PATCH, as data: at an attribute's path, or made by `patchFor`. */
export type PatchOperation<Type extends AnyType> =
  | {
      [Path in WritablePath<Type>]:
        | {
            readonly op: 'add' | 'replace';
            readonly path: Path;
            readonly value: WrittenValue<Type, Path> | null;
          }
        | { readonly op: 'remove'; readonly path: Path };
    }[WritablePath<Type>]
  | (BuiltOperation<Type> & { readonly [OF]: Type });

/** Operations on the values of an attribute that a filter finds. */
interface ElementPatch<Type extends AnyType, Value> {
  readonly replace: (value: Value) => PatchOperation<Type>;
  readonly add: (value: Value) => PatchOperation<Type>;
  readonly remove: () => PatchOperation<Type>;
}

/** Builds the operations of a PATCH over one resource type. */
export interface PatchBuilder<Type extends AnyType> {
  /** Adds to the values there are; sets what has one value. */
  readonly add: <Path extends WritablePath<Type>>(
    path: Path,
    value: WrittenValue<Type, Path>,
  ) => PatchOperation<Type>;
  /** Takes the place of what there is; null clears. */
  readonly replace: <Path extends WritablePath<Type>>(
    path: Path,
    value: WrittenValue<Type, Path> | null,
  ) => PatchOperation<Type>;
  readonly remove: (path: WritablePath<Type>) => PatchOperation<Type>;
  /** The values for which a filter is true, `emails[type eq "work"]`, or one of their sub-attributes. */
  readonly at: {
    <Path extends MultiValuedPath<Type>>(
      path: Path,
      build: (element: SubComparisons<Type, Path>) => FilterOver<SubName<Type, Path>>,
    ): ElementPatch<Type, Partial<ElementOf<Type, Path>>>;
    <Path extends MultiValuedPath<Type>, Sub extends SubName<Type, Path>>(
      path: Path,
      build: (element: SubComparisons<Type, Path>) => FilterOver<SubName<Type, Path>>,
      sub: Sub,
    ): ElementPatch<Type, SubValue<Type, Path, Sub>>;
  };
}

/**
 * Builds the operations of a PATCH: a misspelt attribute, and a value of the wrong type, don't compile.
 *
 * @example
 * const { at, replace } = patchFor(User);
 * await users.patch(id, [
 *   replace('title', 'Countess'),
 *   at('emails', (email) => email.eq('type', 'work'), 'value').replace('ada@example.com'),
 * ]);
 */
export function patchFor<Type extends AnyType>(_type: Type): PatchBuilder<Type> {
  const operation = (op: BuiltOperation<Type>['op'], path: string, ...values: readonly unknown[]) =>
    ({ op, path, ...(values.length > 0 && { value: values[0] }) }) as PatchOperation<Type>;
  const at = (path: string, build: (element: never) => Filter, sub?: string) => {
    const found = `${path}[${formatFilter(build(subComparisons() as never))}]${sub ? `.${sub}` : ''}`;
    return {
      add: (value: unknown) => operation('add', found, value),
      replace: (value: unknown) => operation('replace', found, value),
      remove: () => operation('remove', found),
    };
  };
  return {
    add: (path, value) => operation('add', path, value),
    replace: (path, value) => operation('replace', path, value),
    remove: (path) => operation('remove', path),
    at: at as PatchBuilder<Type>['at'],
  };
}
