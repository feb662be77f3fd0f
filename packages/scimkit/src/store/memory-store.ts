// One type's resources in memory: the store behind memory.ts.
import { applyPatch, type RelationChange } from '../protocol/apply-patch.ts';
import { ScimError } from '../protocol/error.ts';
import { foldElement, foldResource } from '../protocol/fold.ts';
import { matchesElement } from '../protocol/match.ts';
import type { JsonObject } from '../protocol/message.ts';
import type { PatchChange } from '../protocol/patch.ts';
import { findAttribute } from '../protocol/path.ts';
import { type Attributes, type Input, replaceAttributes } from '../protocol/validate.ts';
import { checkPrecondition } from '../protocol/version.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { toDocument } from './document.ts';
import { evaluate, foldStored, relationsIn } from './evaluate.ts';
import { uuidv7 } from './id.ts';
import { holdersOf, type Partition, type Row, referenceTo, select, valuesOf } from './memory-partition.ts';
import { atomically, type Journal } from './memory-relations.ts';
import { mergeDeltas } from './relation-delta.ts';
import type {
  CreateOptions,
  Page,
  Query,
  Reference,
  RelationDelta,
  ReplaceOptions,
  Selection,
  Store,
  StoredResource,
  WriteOptions,
  Written,
} from './store.ts';
import { taken } from './unique.ts';

/** The unique values of a folded document, with the key under which each is taken. */
export type UniqueKeys = (folded: JsonObject) => readonly {
  readonly value: Parameters<typeof taken>[0];
  readonly key: string;
}[];

/** A store over a partition. */
export class MemoryStore implements Store {
  readonly scope: string;
  private readonly type: ResourceType;
  private readonly partition: Partition;
  private readonly unique: Map<string, string>;
  private readonly uniqueKeys: UniqueKeys;
  private readonly now: () => number;

  constructor(
    type: ResourceType,
    scope: string,
    partition: Partition,
    unique: Map<string, string>,
    uniqueKeys: UniqueKeys,
    now: () => number,
  ) {
    this.type = type;
    this.scope = scope;
    this.partition = partition;
    this.unique = unique;
    this.uniqueKeys = uniqueKeys;
    this.now = now;
  }

  newId(): string {
    return uuidv7(this.now());
  }

  async create(input: Input, options: CreateOptions): Promise<Written> {
    const id = options.id ?? this.newId();
    const insert = (journal: Journal) => this.put(journal, id, undefined, input.attributes);
    const link = (journal: Journal): Written => {
      const changes = [...input.relations].map(([path, ids]) => this.replacement(path, ids));
      const relations = changes.map((change) => this.relate(journal, id, change, options));
      return this.written(id, undefined, true, relations, options);
    };
    if (!options.together) {
      return atomically((journal) => {
        insert(journal);
        return link(journal);
      });
    }
    return options.together.join<Written, Journal>({ insert, link }, async (work) => atomically(work));
  }

  async get(id: string, selection: Selection): Promise<StoredResource | undefined> {
    const row = this.row(id);
    return row && select(this.partition, row, selection);
  }

  async query(query: Query): Promise<Page> {
    const rows = [...this.partition.rows.values()].filter((row) => row.type.name === this.type.name);
    const relations = relationsIn(query.filter);
    const page = evaluate(
      this.type,
      query,
      rows.map((row) => row.stored),
      (stored) =>
        foldStored(this.type, stored, relations, (id, attribute) => valuesOf(this.partition, id, attribute)),
    );
    return {
      ...page,
      resources: page.resources.map((stored) =>
        select(this.partition, { type: this.type, stored }, query.selection),
      ),
    };
  }

  async replace(id: string, input: Input, options: ReplaceOptions): Promise<Written | undefined> {
    const { keepAbsent = false } = options;
    return this.write(id, options, (before) => ({
      attributes: replaceAttributes(this.type, before, input, keepAbsent),
      relations: this.type.holders.flatMap((attribute) => {
        const ids = input.relations.get(attribute.path) ?? (keepAbsent ? undefined : []);
        return ids ? [this.replacement(attribute.path, ids)] : [];
      }),
    }));
  }

  async patch(
    id: string,
    changes: readonly PatchChange[],
    options: WriteOptions,
  ): Promise<Written | undefined> {
    return this.write(id, options, (before) => applyPatch(this.type, before, changes, options.report));
  }

  async delete(id: string, options: WriteOptions): Promise<Written | undefined> {
    const row = this.row(id);
    if (!row) return undefined;
    const { version, attributes } = row.stored;
    checkPrecondition(options.precondition, version);
    return atomically((journal) => {
      for (const holder of this.partition.relations.forget(journal, id)) this.touch(journal, holder);
      for (const { key } of this.uniqueKeys(this.fold(id, attributes))) this.unique.delete(key);
      this.partition.rows.delete(id);
      return { id, version, changed: true, before: attributes };
    });
  }

  async groupsOf(ids: readonly string[]): Promise<ReadonlyMap<string, readonly Reference[]>> {
    return new Map(ids.map((id) => [id, holdersOf(this.partition, id, [this.type.name])]));
  }

  async references(
    id: string,
    path: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Reference[] | undefined> {
    if (!this.row(id)) return undefined;
    return this.partition.relations
      .after(id, path, after ?? '', limit)
      .map((member) => referenceTo(this.partition.rows, member));
  }

  private row(id: string): Row | undefined {
    const row = this.partition.rows.get(id);
    return row?.type.name === this.type.name ? row : undefined;
  }

  private fold(id: string, attributes: Attributes): JsonObject {
    return foldResource(this.type, toDocument(this.type, id, attributes));
  }

  /** Compares, changes and puts back, in one step. */
  private write(
    id: string,
    options: WriteOptions,
    change: (before: Attributes) => {
      readonly attributes: Attributes;
      readonly relations: readonly RelationChange[];
    },
  ): Written | undefined {
    const row = this.row(id);
    if (!row) return undefined;
    const { attributes: before, version } = row.stored;
    checkPrecondition(options.precondition, version);
    const { attributes, relations: changes } = change(before);
    return atomically((journal) => {
      const deltas = mergeDeltas(changes.map((c) => this.relate(journal, id, c, options)));
      const differs = JSON.stringify(attributes) !== JSON.stringify(before);
      const changed = differs || deltas.length > 0;
      if (changed) this.put(journal, id, row.stored, attributes);
      return this.written(id, before, changed, deltas, options);
    });
  }

  private written(
    id: string,
    before: Attributes | undefined,
    changed: boolean,
    relations: readonly RelationDelta[],
    options: WriteOptions,
  ): Written {
    const row = this.partition.rows.get(id) as Row;
    const { stored } = row;
    return {
      id,
      version: stored.version,
      changed,
      before,
      after: stored.attributes,
      relations,
      resource: options.selection && select(this.partition, row, options.selection),
    };
  }

  /** Stores a new state, with its unique values. */
  private put(
    journal: Journal,
    id: string,
    before: StoredResource | undefined,
    attributes: Attributes,
  ): void {
    const { rows } = this.partition;
    const was = before ? this.uniqueKeys(this.fold(id, before.attributes)) : [];
    const is = this.uniqueKeys(this.fold(id, attributes));
    for (const { key, value } of is) {
      const owner = this.unique.get(key);
      if (owner !== undefined && owner !== id) throw taken(value);
    }
    const row = rows.get(id);
    journal.push(() => {
      for (const { key } of is) this.unique.delete(key);
      for (const { key } of was) this.unique.set(key, id);
      if (row) rows.set(id, row);
      else rows.delete(id);
    });
    for (const { key } of was) this.unique.delete(key);
    for (const { key } of is) this.unique.set(key, id);
    const time = new Date(this.now()).toISOString();
    const version = String(Number(before?.version ?? 0) + 1);
    const stored = { id, version, created: before?.created ?? time, lastModified: time, attributes };
    rows.set(id, {
      type: this.type,
      stored: { ...stored, text: JSON.stringify(toDocument(this.type, id, attributes)) },
    });
  }

  /** A new version of a resource whose relations changed. */
  private touch(journal: Journal, id: string): void {
    const row = this.partition.rows.get(id);
    if (!row) return;
    journal.push(() => this.partition.rows.set(id, row));
    const version = String(Number(row.stored.version) + 1);
    const lastModified = new Date(this.now()).toISOString();
    this.partition.rows.set(id, { ...row, stored: { ...row.stored, version, lastModified } });
  }

  private replacement(path: string, ids: readonly string[]): RelationChange {
    const attribute = findAttribute(this.type, path) as ResolvedAttribute;
    return { attribute, op: 'replace', ids, filter: undefined, mustMatch: false };
  }

  /** Carries out one change of a relation; reports what really changed. */
  private relate(journal: Journal, id: string, change: RelationChange, options: WriteOptions): RelationDelta {
    const { attribute, op } = change;
    const { path } = attribute;
    const { relations } = this.partition;
    const held = relations.members(id, path);
    const removed: string[] = [];
    if (op !== 'add') {
      const wanted = op === 'remove' && change.ids ? change.ids : [...held];
      const kept = new Set(op === 'replace' ? change.ids : []);
      const { filter } = change;
      const matching = wanted.filter(
        (member) =>
          held.has(member) && !kept.has(member) && (!filter || this.matchesMember(attribute, member, filter)),
      );
      if (filter && change.mustMatch && matching.length === 0) {
        throw new ScimError('noTarget', `No value of "${path}" matches the path. Add the value first.`);
      }
      for (const member of matching) {
        relations.unlink(journal, id, path, member);
        removed.push(member);
      }
    }
    const added =
      op === 'remove' ? [] : this.known(attribute, change.ids ?? [], options).filter((m) => !held.has(m));
    for (const member of added) relations.link(journal, id, path, member);
    return { attribute, added, removed };
  }

  private matchesMember(
    attribute: ResolvedAttribute,
    member: string,
    filter: NonNullable<RelationChange['filter']>,
  ) {
    return matchesElement(filter, foldElement(attribute, referenceTo(this.partition.rows, member)));
  }

  /** Which of the ids are resources that the relation may refer to. */
  private known(attribute: ResolvedAttribute, ids: readonly string[], options: WriteOptions): string[] {
    const types = attribute.sub.get('$ref')?.referenceTypes ?? [];
    return ids.filter((id) => {
      const row = this.partition.rows.get(id);
      if (row && types.includes(row.type.name)) return true;
      if (options.unknownReferences === 'reject') {
        throw new ScimError(
          'invalidValue',
          `"${attribute.path}" refers to ${JSON.stringify(id)}, which is no ${types.join(' or ')} here.`,
        );
      }
      options.report?.({ kind: 'ignored', name: 'unknown reference', where: `${attribute.path} ${id}` });
      return false;
    });
  }
}
