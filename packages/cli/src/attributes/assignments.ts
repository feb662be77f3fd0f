// What flags say about attributes: as a resource, or as the operations of a PATCH (RFC 7644 §3.5.2).
import { OptionError } from '../option-error.ts';
import type { Json } from '../output/columns.ts';
import { isHidden } from '../preview/hidden.ts';
import type { PathExpression } from './attribute-path.ts';
import { convertAll } from './convert.ts';
import { checkHiddenSource, readHidden } from './hidden-value.ts';

/** An operation of a PATCH. */
export interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

interface Assignment {
  readonly op: Operation['op'];
  readonly path: PathExpression;
  readonly option: string;
  /** True: an option without a value. */
  readonly texts: readonly (string | true)[];
}

/** Collects what is given, in its order, and checks it at once. */
export class Assignments {
  private readonly all: Assignment[] = [];

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  /** Whether there is something that a document of attributes can't say. */
  get hasPaths(): boolean {
    return this.all.some(({ op, path }) => op !== 'replace' || path.filter !== undefined);
  }

  /** Takes a value for a path. @throws OptionError for one that the attribute can't have. */
  add(op: Operation['op'], path: PathExpression, option: string, text: string | true = true): void {
    const { end } = path;
    if (end.mutability === 'readOnly') {
      throw new OptionError(`${option}: ${end.path} is readOnly: the service provider alone writes it.`);
    }
    if (op !== 'remove') {
      if (isHidden(end)) checkHiddenSource(text, option);
      else if (text === true && end.type !== 'boolean') throw new OptionError(`${option} needs a value.`);
      else if (text !== true) convertAll(end, [text]);
    }
    const at = this.all.findIndex(
      (each) => each.op === op && op === 'replace' && each.path.path === path.path,
    );
    const earlier = this.all[at];
    if (earlier) this.all[at] = { ...earlier, texts: [...earlier.texts, text] };
    else this.all.push({ op, path, option, texts: [text] });
  }

  private async valueOf({ path: { end, filter, attribute }, option, texts }: Assignment): Promise<unknown> {
    if (isHidden(end)) return readHidden(texts.at(-1) ?? true, option);
    const words = texts.map((text) => (text === true ? 'true' : text));
    // Of values that a filter finds, one is written.
    if (filter && end === attribute) return convertAll({ ...end, multiValued: false }, words);
    return convertAll(end, words);
  }

  /** A resource with these values in it, over those of a document. */
  async over(document: Json): Promise<Json> {
    let resource = document;
    for (const assignment of this.all) {
      resource = put(resource, assignment.path.end.keys, await this.valueOf(assignment));
    }
    return resource;
  }

  /** The operations of a PATCH. */
  async toOperations(): Promise<readonly Operation[]> {
    const operations: Operation[] = [];
    for (const assignment of this.all) {
      const { op, path } = assignment;
      if (op === 'remove') operations.push({ op, path: path.path });
      else operations.push({ op, path: path.path, value: await this.valueOf(assignment) });
    }
    return operations;
  }
}

/** An object with a value at some keys; a name counts in any case (RFC 7643 §2.1). */
function put(object: Json, [key = '', ...rest]: readonly string[], value: unknown): Json {
  const isKey = (name: string) => name.toLowerCase() === key.toLowerCase();
  const others = Object.entries(object).filter(([name]) => !isKey(name));
  const before = Object.entries(object).find(([name]) => isKey(name))?.[1];
  const isObject = typeof before === 'object' && before !== null && !Array.isArray(before);
  const inner = isObject ? (before as Json) : {};
  return Object.fromEntries([...others, [key, rest.length > 0 ? put(inner, rest, value) : value]]);
}
