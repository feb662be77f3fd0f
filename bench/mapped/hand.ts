// From rows to the same resources that the store makes of them: as someone writes it who has these tables and no others.
import type { Row } from '../../packages/scimkit/src/store/sql/fragment.ts';

/** A resource without relations. */
export interface Stored {
  readonly id: string;
  readonly version: string;
  readonly created: string;
  readonly lastModified: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface StoredPage {
  readonly total: number;
  readonly resources: readonly Stored[];
}

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A user with its profile, whatever the library makes of times and booleans. */
export interface UserValues {
  readonly id: unknown;
  readonly version: unknown;
  readonly created: unknown;
  readonly updatedAt: unknown;
  readonly email: unknown;
  readonly givenName: unknown;
  readonly familyName: unknown;
  readonly title: unknown;
  readonly disabledAt: unknown;
  readonly department: unknown;
  readonly employeeNumber: unknown;
}

const given = (value: unknown) => (value === null ? undefined : value);
const instant = (value: unknown) => (value instanceof Date ? value : new Date(value as string)).toISOString();

/** A user as a resource. */
export function toUser(user: UserValues, emails: readonly unknown[]): Stored {
  return {
    id: String(user.id),
    version: String(user.version),
    created: String(user.created),
    lastModified: instant(user.updatedAt),
    attributes: {
      userName: user.email,
      name: { familyName: given(user.familyName), givenName: given(user.givenName) },
      title: given(user.title),
      active: user.disabledAt === null,
      emails: emails.length > 0 ? emails : undefined,
      [ENTERPRISE]: {
        employeeNumber: given(user.employeeNumber),
        department: given(user.department),
      },
    },
  };
}

/** An address as a value of `emails`. */
export const toEmail = (address: unknown, label: unknown, isPrimary: unknown) => ({
  value: given(address),
  type: given(label),
  primary: isPrimary === null ? undefined : Boolean(isPrimary),
});

/** Users from the rows of the store's own statements: of users, and of their addresses. */
export function usersIn(rows: readonly Row[], emails: readonly Row[]): readonly Stored[] {
  const byKey = new Map<string, unknown[]>();
  for (const { c0, c1, c2, c3 } of emails) {
    const key = String(c0);
    const email = toEmail(c1, c2, c3);
    const own = byKey.get(key);
    if (own) own.push(email);
    else byKey.set(key, [email]);
  }
  return rows.map((row) =>
    toUser(
      {
        id: row.c1,
        version: row.c2,
        created: row.c3,
        updatedAt: row.c4,
        email: row.c7,
        givenName: row.c8,
        familyName: row.c9,
        title: row.c10,
        disabledAt: row.c11,
        department: row.c12,
        employeeNumber: row.c13,
      },
      byKey.get(String(row.c0)) ?? [],
    ),
  );
}
