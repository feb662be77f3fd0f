// What follows from a declaration: the shape of a resource, of an input, and the attribute paths.
import { EnterpriseUserSchema } from '../../src/schema/enterprise-user.ts';
import type { AttributePath, Meta, Resource, ResourceInput } from '../../src/schema/infer.ts';
import { defineResourceType, type ResourceType } from '../../src/schema/resource-type.ts';
import type { Group } from '../../src/schema/resources.ts';
import { defineSchema } from '../../src/schema/schema.ts';
import { UserSchema } from '../../src/schema/user.ts';
import { type Equal, holds } from './equal.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const WORKER = 'urn:example:params:scim:schemas:extension:worker:2.0:User';

const WorkerSchema = defineSchema({
  id: 'urn:example:params:scim:schemas:extension:worker:2.0:User',
  attributes: [
    { name: 'workerId', required: true, uniqueness: 'server', mutability: 'immutable' },
    { name: 'shift', canonicalValues: ['day', 'night'], canonicalValuesOnly: true },
    { name: 'badge', type: 'integer' },
    { name: 'load', type: 'decimal' },
    { name: 'hiredAt', type: 'dateTime' },
    { name: 'key', type: 'binary' },
    { name: 'tags', multiValued: true },
    { name: 'pin', mutability: 'writeOnly' },
    { name: 'notes', returned: 'request', required: true },
    {
      name: 'site',
      type: 'complex',
      required: true,
      subAttributes: [
        { name: 'code', required: true },
        { name: 'floor', type: 'integer' },
      ],
    },
  ],
});

const User = defineResourceType({
  name: 'User',
  endpoint: '/Users',
  schema: UserSchema,
  schemaExtensions: [{ schema: EnterpriseUserSchema }, { schema: WorkerSchema, required: true }],
});

type User = Resource<typeof User>;
type UserInput = ResourceInput<typeof User>;
type UserPath = AttributePath<typeof User>;
type Worker = User[typeof WORKER];
type WorkerInput = UserInput[typeof WORKER];

// Output: what every resource has
holds<Equal<User['schemas'], string[]>>();
holds<Equal<User['id'], string>>();
holds<Equal<User['externalId'], string | undefined>>();
holds<Equal<User['meta'], Meta<'User'>>>();

// Output: types, plurality, requirement
holds<Equal<User['userName'], string>>();
holds<Equal<User['nickName'], string | undefined>>();
holds<Equal<User['active'], boolean | undefined>>();
holds<Equal<NonNullable<User['name']>['givenName'], string | undefined>>();
holds<Equal<NonNullable<User['emails']>[number]['primary'], boolean | undefined>>();
holds<Equal<Worker['shift'], 'day' | 'night' | undefined>>();
holds<Equal<Worker['badge'], number | undefined>>();
holds<Equal<Worker['load'], number | undefined>>();
holds<Equal<Worker['hiredAt'], string | undefined>>();
holds<Equal<Worker['key'], string | undefined>>();
holds<Equal<Worker['tags'], string[] | undefined>>();
holds<Equal<Worker['site'], { code: string; floor?: number }>>();
// required, but sent on request only
holds<Equal<Worker['notes'], string | undefined>>();

// Output: what is computed is there, what is secret is not
holds<Equal<NonNullable<User['groups']>[number]['value'], string | undefined>>();
holds<Equal<Extract<keyof User, 'password'>, never>>();
holds<Equal<Extract<keyof Worker, 'pin'>, never>>();

export function read(user: User): string | undefined {
  // @ts-expect-error: a password is never returned
  user.password;
  // @ts-expect-error: a misspelt attribute
  user.usrName;
  // @ts-expect-error: an optional attribute may be absent
  user.emails.length;
  // @ts-expect-error: a string is no number
  const wrong: number = user.userName;
  // @ts-expect-error: an optional extension may be absent
  user[ENTERPRISE].department;
  // a required extension isn't
  user[WORKER].workerId.toUpperCase();
  return wrong > 0 ? user[ENTERPRISE]?.department : user.emails?.[0]?.value;
}

// Input: what must be there, and what may
const worker: WorkerInput = { workerId: 'w1', notes: '', site: { code: 'B' } };
export const inputs: UserInput[] = [
  { userName: 'a', [WORKER]: worker },
  {
    schemas: [UserSchema.id, WORKER],
    externalId: null,
    userName: 'a',
    password: 'secret',
    active: undefined,
    nickName: null,
    emails: [
      { value: 'a@example.com', type: 'work', primary: true },
      { value: 'b@example.com', type: 'club' },
    ],
    phoneNumbers: null,
    [ENTERPRISE]: { department: 'R&D', manager: { value: '7' } },
    [WORKER]: { ...worker, pin: '1234', shift: 'day', tags: ['x'] as readonly string[] },
  },
  { userName: 'a', [ENTERPRISE]: null, [WORKER]: worker },
];

export const refused: UserInput[] = [
  // @ts-expect-error: userName is required
  { [WORKER]: worker },
  // @ts-expect-error: the required extension is missing
  { userName: 'a' },
  // @ts-expect-error: a required attribute of an extension is missing
  { userName: 'a', [WORKER]: { workerId: 'w1', notes: '' } },
  // @ts-expect-error: a required sub-attribute is missing
  { userName: 'a', [WORKER]: { ...worker, site: { floor: 1 } } },
  // @ts-expect-error: a required attribute can't be null
  { userName: null, [WORKER]: worker },
  // @ts-expect-error: a misspelt attribute
  { userName: 'a', nickname: 'b', [WORKER]: worker },
  // @ts-expect-error: a misspelt sub-attribute
  { userName: 'a', name: { givenname: 'b' }, [WORKER]: worker },
  // @ts-expect-error: a boolean is no string
  { userName: 'a', active: 'true', [WORKER]: worker },
  // @ts-expect-error: many values are a list
  { userName: 'a', emails: { value: 'a@example.com' }, [WORKER]: worker },
  // @ts-expect-error: groups is readOnly
  { userName: 'a', groups: [], [WORKER]: worker },
  // @ts-expect-error: id is readOnly
  { id: '1', userName: 'a', [WORKER]: worker },
  // @ts-expect-error: meta is readOnly
  { userName: 'a', meta: { resourceType: 'User' }, [WORKER]: worker },
  // @ts-expect-error: the displayName of the manager is readOnly
  { userName: 'a', [ENTERPRISE]: { manager: { displayName: 'b' } }, [WORKER]: worker },
  // @ts-expect-error: only the canonical values
  { userName: 'a', [WORKER]: { ...worker, shift: 'noon' } },
];

// Paths
export const paths: UserPath[] = [
  'schemas',
  'id',
  'meta.lastModified',
  'userName',
  'password',
  'name',
  'name.givenName',
  'emails',
  'emails.value',
  'groups.$ref',
  `${ENTERPRISE}:department`,
  `${ENTERPRISE}:manager.displayName`,
  `${WORKER}:site.code`,
];
export const nowhere: UserPath[] = [
  // @ts-expect-error: a misspelt attribute
  'usrName',
  // @ts-expect-error: a misspelt sub-attribute
  'name.givenname',
  // @ts-expect-error: an attribute of an extension needs its URN
  'department',
  // @ts-expect-error: a misspelt attribute of an extension
  `${ENTERPRISE}:departement`,
  // @ts-expect-error: userName has no sub-attributes
  'userName.value',
  // @ts-expect-error: the members are those of a group
  'members',
];

// A group: the required name, members, the resource type in the metadata
type GroupInput = ResourceInput<typeof Group>;
export const group: GroupInput = { displayName: 'a', members: [{ value: '1', type: 'User' }] };
// @ts-expect-error: displayName is required
export const nameless: GroupInput = { members: [] };
// @ts-expect-error: display follows the member's own name
export const named: GroupInput = { displayName: 'a', members: [{ value: '1', display: 'b' }] };
holds<Equal<Resource<typeof Group>['meta']['resourceType'], 'Group'>>();

// Two resource types at once are told apart by the metadata.
holds<Equal<Resource<typeof User | typeof Group>, User | Resource<typeof Group>>>();

// A resource type that was read at run time: its attributes are unknown, those of every resource are not.
holds<Equal<Resource<ResourceType>['userName'], unknown>>();
holds<Equal<Resource<ResourceType>['id'], string>>();
holds<Equal<AttributePath<ResourceType>, string>>();
export const any: Resource<ResourceType> = {} as User;
