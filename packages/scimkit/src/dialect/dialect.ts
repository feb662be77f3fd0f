// The tolerant reading of requests: every rewrite by its name, each of which can be switched off.
import { type Leniency, type LeniencyOptions, type Report, strict } from '../protocol/leniency.ts';
import { findAttribute } from '../protocol/path.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { arrayForScalar } from './array-for-scalar.ts';
import { booleanStrings } from './boolean-strings.ts';
import { dotAfterUrn } from './dot-after-urn.ts';
import { missingPatchSchema } from './missing-patch-schema.ts';
import { numberForString } from './number-for-string.ts';
import { objectForArray } from './object-for-array.ts';
import { opCase } from './op-case.ts';
import { optionRewrites } from './options.ts';
import { pathKeys } from './path-keys.ts';
import { removeWithValue } from './remove-with-value.ts';
import type { Rewrite } from './rewrite.ts';
import { textForComplex } from './text-for-complex.ts';
import { unprefixedAttributes } from './unprefixed-attributes.ts';

/** All rewrites, in the order in which they are tried. */
export const REWRITES: readonly Rewrite[] = [
  opCase,
  missingPatchSchema,
  pathKeys,
  removeWithValue,
  dotAfterUrn,
  unprefixedAttributes,
  booleanStrings,
  objectForArray,
  arrayForScalar,
  textForComplex,
  numberForString,
  ...optionRewrites,
];

/** Which rewrites are on: all, unless `strict`; `rewrites` switches single ones by name. */
export interface DialectOptions {
  readonly strict?: boolean | undefined;
  readonly rewrites?: Readonly<Record<string, boolean>> | undefined;
  /** No matter of strictness: the RFC doesn't insist on it. */
  readonly checkEmails?: boolean | undefined;
}

/** Makes the leniency of one request; what is applied goes to `report`. */
export type Dialect = (report: Report) => Leniency;

/**
 * Composes a dialect.
 *
 * @throws TypeError for the name of a rewrite that there isn't.
 */
export function createDialect({
  strict: isStrict = false,
  rewrites = {},
  checkEmails = false,
}: DialectOptions = {}): Dialect {
  for (const name of Object.keys(rewrites)) {
    if (!REWRITES.some((rewrite) => rewrite.name === name)) {
      const names = REWRITES.map((rewrite) => rewrite.name).join(', ');
      throw new TypeError(`There is no rewrite "${name}". The rewrites are ${names}.`);
    }
  }
  const active = REWRITES.filter(({ name }) => (Object.hasOwn(rewrites, name) ? rewrites[name] : !isStrict));
  const options: Partial<Record<keyof LeniencyOptions, boolean>> = {};
  for (const { option } of active) if (option) options[option] = true;
  const values = active.filter((rewrite) => rewrite.value);
  const paths = active.filter((rewrite) => rewrite.path);
  const operations = active.filter((rewrite) => rewrite.operation);
  const resources = active.filter((rewrite) => rewrite.resource);
  const patchRequests = active.filter((rewrite) => rewrite.patchRequest);

  const mendPath = (path: string, type: ResourceType): { name: string; path: string } | undefined => {
    for (const { name, path: rewrite } of paths) {
      const mended = rewrite?.(path, type);
      if (mended !== undefined && findAttribute(type, mended)) return { name, path: mended };
    }
    return undefined;
  };
  const contextOf = (type: ResourceType) => ({
    type,
    resolves(path: string) {
      // Of a value path, what stands before the bracket.
      const [attribute = ''] = path.split('[', 1);
      return (findAttribute(type, attribute) ?? mendPath(attribute, type)) !== undefined;
    },
  });

  // Made once: a request adds only where to report.
  const shared: Leniency = {
    ...strict,
    ...options,
    checkEmails,
    value(attribute, expected, value) {
      for (const { name, value: rewrite } of values) {
        const mended = rewrite?.(attribute, expected, value);
        if (mended === undefined) continue;
        this.report({ kind: 'rewrite', name, where: attribute.path });
        return mended;
      }
      return undefined;
    },
    path(path, type) {
      const mended = mendPath(path, type);
      if (mended) this.report({ kind: 'rewrite', name: mended.name, where: path });
      return mended?.path;
    },
    operation(operation, type) {
      const context = contextOf(type);
      return operations.reduce(
        (meant: readonly (typeof operation)[], { name, operation: rewrite }) =>
          meant.flatMap((one) => {
            const mended = rewrite?.(one, context);
            if (mended)
              this.report({
                kind: 'rewrite',
                name,
                where: typeof one.path === 'string' ? one.path : 'Operations',
              });
            return mended ?? [one];
          }),
        [operation],
      );
    },
    resource(body, type) {
      const context = contextOf(type);
      return resources.reduce((meant, { name, resource: rewrite }) => {
        const mended = rewrite?.(meant, context);
        if (mended) this.report({ kind: 'rewrite', name, where: type.name });
        return mended ?? meant;
      }, body);
    },
    patchRequest(body) {
      return patchRequests.reduce((meant, { name, patchRequest: rewrite }) => {
        const mended = rewrite?.(meant);
        if (mended) this.report({ kind: 'rewrite', name, where: 'schemas' });
        return mended ?? meant;
      }, body);
    },
  };
  return (report) => Object.assign(Object.create(shared) as Leniency, { report });
}
