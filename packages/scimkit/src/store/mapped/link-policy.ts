// What a POST does that meets an account which the app has, and which SCIM doesn't manage. Types only.

/** An account of the app that a new resource would be linked to. */
export interface LinkConflict<Type = unknown> {
  /** The key of the account in the app's table, as text. */
  readonly key: string;
  /** The attribute by which they met, and its value. */
  readonly path: string;
  readonly value: string;
  /** What the client wants to create. */
  readonly attributes: Partial<Type>;
}

/** What is the same for linking at once and for asking. */
interface Link<Path extends string, Column extends string> {
  /**
   * The attribute by which accounts are found. An e-mail address, or what is kept in the same column, is one only with
   * `verified`: whoever can write an unverified address could take over the account.
   */
  readonly by: Path;
  /**
   * The column that is true, or has the time, when the address was verified; accounts where it is not are refused. When SCIM
   * changes the address, it is taken back.
   */
  readonly verified?: Column;
  /**
   * Whether SCIM manages the login identity afterwards: `userName`, `emails`, `phoneNumbers`, and secrets such as `password`.
   * Default: "app": linking leaves them as they are, and later changes of them are refused.
   */
  readonly identity?: 'app' | 'scim';
}

/** What a POST does that meets a row which is no resource yet. */
export type LinkPolicy<Path extends string = string, Column extends string = string, Type = unknown> =
  /** 409 `uniqueness`. */
  | 'reject'
  /** The row becomes the resource. */
  | ({ readonly mode: 'link' } & Link<Path, Column>)
  /** A person decides: 409 until then. */
  | ({
      readonly mode: 'ask';
      /** Whether a person has confirmed it; asked in the transaction. */
      readonly isConfirmed: (conflict: LinkConflict<Type>, tx: never) => boolean | Promise<boolean>;
      /** Told of each request that has to wait, after it was undone: to keep it for a person to see. */
      readonly pending: (conflict: LinkConflict<Type>) => void | Promise<void>;
    } & Link<Path, Column>);
