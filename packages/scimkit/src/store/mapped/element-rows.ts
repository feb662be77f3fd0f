// Values of a multi-valued attribute that are rows of their own, as they are read: of one resource, or of a page of them.
import { rawSql, type Row, type Sql, sql } from '../sql/fragment.ts';
import { hasAnyKey, selected } from './aliased.ts';
import type { Compiled } from './compiled.ts';
import { readElement } from './element.ts';
import { readScalar } from './scalar.ts';
import type { InRows, Scalar } from './source.ts';

/** How the rows of an attribute are read: what doesn't depend on the resource is put together once. */
export class ElementRows {
  readonly source: InRows;
  private readonly mapping: Compiled;
  private readonly key: Sql;
  private readonly names: ReadonlyMap<Scalar, string>;
  private readonly list: Sql;
  private readonly from: Sql;
  private readonly order: Sql;

  constructor(mapping: Compiled, source: InRows) {
    this.mapping = mapping;
    this.source = source;
    const parts = [...source.parts.values()];
    this.key = rawSql(`e.${source.key.name}`);
    this.names = new Map(parts.map((part, index) => [part, `c${index + 1}`]));
    const columns = [this.key, ...parts.map(({ column }) => rawSql(`e.${column.name}`))];
    this.list = selected(columns);
    this.from = rawSql(`${source.table.name} e`);
    this.order = rawSql(`e.${source.order.name}`);
  }

  /** Selects the rows of resources. */
  select(keys: readonly string[]): Sql {
    const among = hasAnyKey(this.mapping, this.key, keys);
    return sql`SELECT ${this.list} FROM ${this.from} WHERE ${among} ORDER BY ${this.order}`;
  }

  /** Values by the keys of their resources. */
  read(rows: readonly Row[]): ReadonlyMap<string, readonly unknown[]> {
    const byKey = new Map<string, unknown[]>();
    for (const row of rows) {
      const element = readElement(this.source.attribute, this.source, (part) =>
        readScalar(part, row[this.names.get(part) as string]),
      );
      if (element === undefined) continue;
      const key = String(row.c0);
      const values = byKey.get(key);
      if (values) values.push(element);
      else byKey.set(key, [element]);
    }
    return byKey;
  }
}
