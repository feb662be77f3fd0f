// One row of a source, whatever it comes from.

/** Something that is wrong with the source or the target, and where. */
export interface Problem {
  /** Such as `people.csv:12`. */
  readonly where: string;
  readonly text: string;
}

/** A row that can be read; `column` is a path where the source is a SCIM service. */
export interface Row {
  readonly where: string;
  /** Undefined: there is no value. */
  value(column: string): unknown;
  /** The id, where the source is a SCIM service. */
  readonly id?: string;
}

/** A row of which nothing can be told, not even whom it is about. */
export interface BrokenRow {
  readonly where: string;
  readonly problem: string;
}

/** The rows of a source, with the columns that it has if they are known before the first row. */
export interface Rows {
  /** What the source is called in texts. */
  readonly name: string;
  /** Refuses columns that are not there: before the first row, or after the last one. */
  readonly columns?: readonly string[];
  readonly all: AsyncIterable<Row | BrokenRow>;
}

/** Whether a row can't be read. */
export function isBroken(row: Row | BrokenRow): row is BrokenRow {
  return 'problem' in row;
}
