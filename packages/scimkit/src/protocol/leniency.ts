// How the protocol meets what the RFCs don't allow. `strict` refuses; `dialect/` builds the tolerant ones.
import type { AttributeType } from '../schema/attribute.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { quote, ScimError } from './error.ts';
import type { JsonObject } from './message.ts';

/** Something that was accepted though it needn't have been, for the request log. */
export interface Note {
  /** A rewrite of a dialect that was applied, or something of the request that was ignored. */
  readonly kind: 'rewrite' | 'ignored';
  /** The rewrite's name, or why it was ignored. */
  readonly name: string;
  /** The attribute, path or parameter. */
  readonly where: string;
}

/** Takes a note of what was rewritten or ignored. */
export type Report = (note: Note) => void;

/** One element of `Operations` in a PATCH request, as far as it has been read. */
export interface RawOperation {
  readonly op: unknown;
  readonly path?: unknown;
  readonly value?: unknown;
  /** Set by a rewrite: remove only these values of the attribute at `path`. */
  readonly elements?: unknown;
  /** Set by a rewrite: the path stood as a key in a value without path, so what is readOnly there is ignored. */
  readonly implicit?: boolean;
}

/** Departures that are options of an algorithm and no rewrite of a text or a value. All off: the RFC's letter. */
export interface LeniencyOptions {
  /** Filters: a word that is no JSON literal is a string. */
  readonly unquotedValues: boolean;
  /** Filters: `emails[type eq "work"].value eq "x"` means `emails[type eq "work" and value eq "x"]`. */
  readonly comparedValuePath: boolean;
  /** PATCH: add and replace at a value path that matches nothing create the element. */
  readonly missingElement: boolean;
  /** PUT: an absent `active` or relation keeps what is stored. */
  readonly keepAbsent: boolean;
  /** Bodies: of several values that are primary, the first stays so. */
  readonly onePrimary: boolean;
  /** Bodies: `schemas` may be missing, name unknown schemas, or leave out those that the body uses. */
  readonly looseSchemas: boolean;
  /** `attributes` wins over `excludedAttributes` when both are given. */
  readonly attributesWin: boolean;
  /** URLs: doubled slashes and one at the end don't count. */
  readonly straySlashes: boolean;
  /** URLs: names of parameters in any case. */
  readonly parameterCase: boolean;
  /** Bodies: attributes and schemas that the resource type doesn't have are ignored. */
  readonly unknownAttributes: boolean;
  /** PATCH: an operation without `path` means the attributes in its value. */
  readonly withoutPath: boolean;
}

/** What the reading functions of the protocol ask, when the client's data doesn't fit. */
export interface Leniency extends LeniencyOptions {
  /** Values of `emails` must have the form of addresses, which RFC 7643 §4.1.2 doesn't insist on. */
  readonly checkEmails: boolean;
  /** A fitting value in the place of one that doesn't fit, or undefined. */
  value(attribute: ResolvedAttribute, expected: AttributeType | 'array', value: unknown): unknown;
  /** A path that resolves, in the place of one that doesn't, or undefined. */
  path(path: string, type: ResourceType): string | undefined;
  /** The operations that are meant by one operation of a PATCH. */
  operation(operation: RawOperation, type: ResourceType): readonly RawOperation[];
  /** The resource that is meant by a body of POST or PUT. */
  resource(body: JsonObject, type: ResourceType): JsonObject;
  /** The PATCH request that is meant by a body. */
  patchRequest(body: JsonObject): JsonObject;
  report: Report;
}

/** The RFC's letter: nothing is rewritten, what doesn't fit is refused. */
export const strict: Leniency = {
  unquotedValues: false,
  comparedValuePath: false,
  missingElement: false,
  keepAbsent: false,
  onePrimary: false,
  looseSchemas: false,
  attributesWin: false,
  straySlashes: false,
  parameterCase: false,
  unknownAttributes: false,
  withoutPath: false,
  checkEmails: false,
  value: () => undefined,
  path: () => undefined,
  operation: (operation) => [operation],
  resource: (body) => body,
  patchRequest: (body) => body,
  report: () => {},
};

/**
 * Passes over an attribute or schema that the resource type doesn't have.
 *
 * @throws ScimError `invalidSyntax` in strict mode (SCIM 2.0 Interoperability Profile §5.3).
 */
export function ignoreUnknown(leniency: Leniency, where: string): void {
  if (!leniency.unknownAttributes) {
    throw new ScimError(
      'invalidSyntax',
      `There is no attribute ${quote(where)}, and what is unknown is refused here (draft-zollner-scim-interop-profile ` +
        '§5.3). Correct its spelling or leave it out; /Schemas lists what there is.',
    );
  }
  leniency.report({ kind: 'ignored', name: 'unknown-attributes', where });
}
