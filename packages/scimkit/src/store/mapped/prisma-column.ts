// What Prisma knows of a column: what it holds, how raw results become it, and what the client fills in.
import type { AppColumn, ColumnKind } from './app-database.ts';
import type { PrismaField } from './prisma-client.ts';
import { identifierOf } from './prisma-identifier.ts';
import { defaultFunctionOf, nativeTypeOf } from './prisma-schema.ts';

const SECOND = 1_000;
const DAY = 86_400_000;

const KINDS: Readonly<Record<string, ColumnKind>> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'integer',
  Float: 'number',
  Decimal: 'number',
  Boolean: 'boolean',
  DateTime: 'instant',
  Json: 'json',
};

/** A column. `attributes` are what the schema's text says of the field. */
export function toAppColumn(field: PrismaField, name: string, attributes: string): AppColumn {
  const native = nativeTypeOf(attributes);
  const kind = kindOf(field, native.name);
  const [called = '', argument = ''] = defaultFunctionOf(attributes) ?? [];
  const isRenewed = /(?<![@\w])@updatedAt\b/.test(attributes);
  const now = () => new Date();
  // Prisma doesn't leave the time to the database: SQLite would write it in another form.
  const initial = isRenewed || called === 'now' ? now : identifierOf(called, argument);
  return {
    name,
    kind,
    ...(kind === 'instant' && { unit: unitOf(native) }),
    decode: (value) => simple(kind, value),
    ...(kind === 'json' && { encode: (value) => (value === null ? null : JSON.stringify(value)) }),
    ...(initial && { initial }),
    ...(isRenewed && { renewed: now }),
  };
}

/** Of enumerations and lists the database knows more. */
function kindOf({ kind, type, isList }: PrismaField, native: string): ColumnKind | undefined {
  if (kind !== 'scalar' || isList) return undefined;
  return native === 'Uuid' ? 'uuid' : KINDS[type];
}

function unitOf({ name, precision }: ReturnType<typeof nativeTypeOf>): number {
  if (name === 'Date') return DAY;
  return precision !== undefined && precision < 3 ? SECOND / 10 ** precision : 1;
}

/** Raw results have bigints and decimals, and of expressions on SQLite no more than what is stored. */
function simple(kind: ColumnKind | undefined, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : Number(value) !== 0;
    case 'instant':
      return value instanceof Date
        ? value
        : new Date(typeof value === 'bigint' ? Number(value) : String(value));
    case 'number':
      return Number(value);
    case 'json':
      return value;
    default:
      // Keys may be longer than what a number holds exactly.
      if (typeof value !== 'bigint') return value;
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
}
