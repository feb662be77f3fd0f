// What is needed of Prisma's clients, those of transactions and extended ones too: no more than they have at run time.

/** A field of a model. */
export interface PrismaField {
  readonly name: string;
  readonly kind: 'scalar' | 'object' | 'enum' | 'unsupported';
  readonly type: string;
  readonly dbName?: string | null;
  readonly isList?: boolean;
}

/** A model of the client. */
export interface PrismaModel {
  readonly dbName?: string | null;
  readonly schema?: string | null;
  readonly fields: readonly PrismaField[];
}

/** Settings of a transaction, in milliseconds. */
interface TransactionSettings {
  readonly maxWait?: number;
  readonly timeout?: number;
}

/** A client, or that of a transaction. */
export interface PrismaConnection {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>;
  readonly _activeProvider?: string;
  readonly _runtimeDataModel?: { readonly models: Readonly<Record<string, PrismaModel>> };
  readonly _engineConfig?: {
    readonly inlineSchema?: string;
    readonly adapter?: { readonly adapterName?: string };
    readonly transactionOptions?: TransactionSettings;
  };
}

/** What has transactions as well. */
export interface PrismaRoot extends PrismaConnection {
  $transaction<Result>(
    work: (tx: never) => Promise<Result>,
    settings?: TransactionSettings,
  ): PromiseLike<Result>;
}
