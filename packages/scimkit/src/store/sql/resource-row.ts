// A row of `resource` as a stored resource, and back.
import { foldResource } from '../../protocol/fold.ts';
import type { JsonObject } from '../../protocol/message.ts';
import type { Attributes } from '../../protocol/validate.ts';
import type { ResourceType } from '../../schema/resource-type.ts';
import { displayOf } from '../display.ts';
import { toDocument } from '../document.ts';
import type { Reference, StoredResource } from '../store.ts';
import type { SqlDialect } from './dialect.ts';
import { type Row, rawSql, type Sql, sql } from './fragment.ts';

/** The columns that a stored resource is made of, of the table `r`. */
export const RESOURCE_COLUMNS = rawSql('r.id, r.version, r.created, r.last_modified, r.document');

/** An instant as it is stored: folded, so that its text compares chronologically. */
export function storedInstant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}000000Z`;
}

/** The attributes in a document. */
export function attributesOf(document: string): Attributes {
  const { schemas: _schemas, id: _id, ...attributes } = JSON.parse(document) as JsonObject;
  return attributes;
}

/** A stored resource over a row; its attributes are parsed when they are asked for. */
export class RowResource implements StoredResource {
  readonly id: string;
  readonly version: string;
  readonly created: string;
  readonly lastModified: string;
  readonly text: string;
  readonly relations: ReadonlyMap<string, readonly Reference[]> | undefined;
  readonly continued: ReadonlySet<string> | undefined;
  private parsed: Attributes | undefined;

  constructor(
    row: Row,
    relations?: ReadonlyMap<string, readonly Reference[]>,
    continued?: ReadonlySet<string>,
  ) {
    this.id = String(row.id);
    this.version = String(row.version);
    this.created = sentInstant(String(row.created));
    this.lastModified = sentInstant(String(row.last_modified));
    this.text = String(row.document);
    this.relations = relations;
    this.continued = continued;
  }

  get attributes(): Attributes {
    this.parsed ??= attributesOf(this.text);
    return this.parsed;
  }
}

/** An instant as it is sent: with milliseconds. */
function sentInstant(stored: string): string {
  return `${stored.slice(0, 23)}Z`;
}

/** What is derived from a resource's attributes, as columns. */
export interface Derived {
  readonly document: string;
  readonly folded: JsonObject;
  readonly display: string | null;
}

/** What filters, sorting and uniqueness see of a resource. */
export function foldAttributes(type: ResourceType, id: string, attributes: Attributes): JsonObject {
  return foldResource(type, toDocument(type, id, attributes));
}

/** Works out the columns of a resource. */
export function derive(type: ResourceType, id: string, attributes: Attributes): Derived {
  const document = toDocument(type, id, attributes);
  return {
    document: JSON.stringify(document),
    folded: foldResource(type, document),
    display: displayOf(attributes) ?? null,
  };
}

/** The values of display, display_folded, document and folded. */
export function derivedColumns(
  { display, document, folded }: Derived,
  dialect: SqlDialect,
): readonly [Sql, Sql, Sql, Sql] {
  return [
    sql`${display}`,
    sql`${display?.toLowerCase() ?? null}`,
    sql`${document}`,
    dialect.jsonStored(JSON.stringify(folded)),
  ];
}
