// Who is provisioned: users as a directory sends them, those of the second half in one group of a hundred each, and two
// groups to be changed.

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** How many users are in one department. */
export const DEPARTMENT = 100;

const FIRST = ['Ada', 'Ben', 'Cleo', 'Dara', 'Emil', 'Fay', 'Gus', 'Hana', 'Ivo', 'Juno'];
const LAST = [
  'Abbott',
  'Becker',
  'Castro',
  'Dubois',
  'Eriksen',
  'Fischer',
  'Garcia',
  'Hughes',
  'Ito',
  'Jansen',
];

/** Numbers are padded, so that bytes are as many at every size. */
const padded = (number: number) => String(number).padStart(8, '0');

export const userName = (prefix: string, number: number) => `${prefix}.${padded(number)}@example.com`;

/** A user of about 700 bytes, as it is sent. */
export function user(prefix: string, number: number, title = 'Engineer II') {
  const givenName = FIRST[number % FIRST.length] as string;
  const familyName = LAST[Math.floor(number / FIRST.length) % LAST.length] as string;
  return {
    schemas: [USER, ENTERPRISE],
    userName: userName(prefix, number),
    externalId: `00u${prefix}${padded(number)}`,
    name: { givenName, familyName, formatted: `${givenName} ${familyName}` },
    displayName: `${givenName} ${familyName}`,
    title,
    preferredLanguage: 'en-US',
    active: true,
    emails: [{ value: userName(prefix, number), type: 'work', primary: true }],
    phoneNumbers: [{ value: `+1-555-${padded(number)}`, type: 'work' }],
    [ENTERPRISE]: { employeeNumber: padded(number), department: 'Engineering', costCenter: '4130' },
  };
}

/** A group, as it is sent. */
export function group(displayName: string, members: readonly string[]) {
  return { schemas: [GROUP], displayName, members: members.map((value) => ({ value })) };
}

/** What there is on a server, by its ids. */
export interface Population {
  readonly users: readonly string[];
  /** A group of 10, and one of 10,000 where there are as many users. */
  readonly small: string;
  readonly large: string | undefined;
}
