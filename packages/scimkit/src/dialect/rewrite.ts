// A rewrite: one named departure from the RFCs that real clients need. One file each; dialect.ts composes them.
import type { Leniency, LeniencyOptions, RawOperation } from '../protocol/leniency.ts';
import type { JsonObject } from '../protocol/message.ts';
import type { ResourceType } from '../schema/resource-type.ts';

/** What a rewrite of operations and resources may ask of the others, and where it reports. */
export interface RewriteContext {
  readonly type: ResourceType;
  /** Whether a text names an attribute, other rewrites of paths included. */
  readonly resolves: (path: string) => boolean;
}

/**
 * A rewrite turns what a client sent into what the RFCs want, or leaves it alone by returning undefined. Each is
 * reported when it is applied, and can be switched off by its name.
 */
export interface Rewrite {
  readonly name: string;
  /** What it accepts, in Markdown. */
  readonly effect: string;
  /** Who sends it, and where that is known from: recordings and must-handle numbers. */
  readonly evidence: string;
  /** The section that it departs from. */
  readonly section: string;
  /** An option of the protocol's algorithms that it switches on; the algorithm reports it. */
  readonly option?: keyof LeniencyOptions;
  readonly value?: Leniency['value'];
  readonly path?: Leniency['path'];
  readonly operation?: (
    operation: RawOperation,
    context: RewriteContext,
  ) => readonly RawOperation[] | undefined;
  readonly resource?: (body: JsonObject, context: RewriteContext) => JsonObject | undefined;
  readonly patchRequest?: (body: JsonObject) => JsonObject | undefined;
}
