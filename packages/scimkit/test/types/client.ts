// The client: a misspelt attribute in a filter, a patch or a query doesn't compile, and neither does a wrong value.
import {
  defineResourceType,
  defineSchema,
  Group,
  type ResourceType,
  User,
  UserSchema,
} from '../../src/index.ts';
import {
  createClient,
  isOfType,
  filter,
  filterFor,
  patchFor,
  type PatchOperation,
  bulkFor,
  addMembers,
  diff,
} from '../../src/client/index.ts';
import { type Equal, holds } from './equal.ts';

const client = createClient({ baseUrl: 'https://app.example.com/scim/v2' });
const users = client.resources(User);
const groups = client.resources(Group);

// What is read is typed by the resource type.
const ada = await users.get('1');
holds<Equal<typeof ada.userName, string>>();
holds<Equal<typeof ada.active, boolean | undefined>>();
const group = await groups.get('1');
holds<Equal<NonNullable<typeof group.members>[number]['value'], string | undefined>>();
// @ts-expect-error what is never returned is not there
ada.password;
// @ts-expect-error a group has no userName
group.userName;

// What is written, too.
await users.create({ userName: 'ada', password: 'a', name: { givenName: 'Ada' }, active: true });
// @ts-expect-error userName is required
await users.create({ title: 'Countess' });
// @ts-expect-error a misspelt attribute
await users.create({ userName: 'ada', titel: 'Countess' });
// @ts-expect-error groups are readOnly
await users.create({ userName: 'ada', groups: [] });

// Queries.
await users.query({ sortBy: 'name.familyName', attributes: ['userName', 'emails.value'] });
// @ts-expect-error a misspelt attribute to sort by
await users.query({ sortBy: 'name.familiyName' });
// @ts-expect-error a misspelt attribute to select
await users.query({ attributes: ['usrName'] });
// @ts-expect-error a group has no userName
await groups.query({ excludedAttributes: ['userName'] });

// Filters.
const { and, co, eq, gt, has, not, or, pr } = filterFor(User);
const byName = or(eq('userName', 'ada'), not(pr('title')));
await users.query({ filter: byName });
await users.query({ filter: and(eq('active', true), gt('meta.created', new Date(0)), eq('title', null)) });
await users.query({
  filter: and(
    byName,
    has('emails', (email) => email.and(email.eq('type', 'work'), email.co('value', '@'))),
  ),
});
await users.query({
  filter: eq('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', 'R'),
});
await users.query({ filter: filter`userName eq ${'ada'} and ${byName}` });
// @ts-expect-error a misspelt attribute
eq('usrName', 'ada');
// @ts-expect-error a boolean is not compared with a text
eq('active', 'true');
// @ts-expect-error only eq and ne take null
co('title', null);
// @ts-expect-error a misspelt sub-attribute
has('emails', (email) => email.eq('typ', 'work'));
// @ts-expect-error an attribute with one value has no value path
has('title', (title) => title.pr('value'));
// @ts-expect-error a filter over users finds no groups
await groups.query({ filter: byName });
// @ts-expect-error a group is no part of a template
filter`userName eq ${group}`;
// What both have may be asked of both.
await groups.query({ filter: eq('externalId', '1') });

// Patches, as data and built.
await users.patch(ada, [
  { op: 'replace', path: 'title', value: 'Countess' },
  { op: 'replace', path: 'active', value: false },
  { op: 'replace', path: 'title', value: null },
  { op: 'add', path: 'emails', value: [{ value: 'ada@example.com', type: 'work' }] },
  { op: 'remove', path: 'name.honorificPrefix' },
  {
    op: 'replace',
    path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value',
    value: '2',
  },
]);
// @ts-expect-error a misspelt attribute
await users.patch(ada, [{ op: 'replace', path: 'titel', value: 'Countess' }]);
// @ts-expect-error a value of the wrong type
await users.patch(ada, [{ op: 'replace', path: 'active', value: 'False' }]);
// @ts-expect-error an operation that there isn't
await users.patch(ada, [{ op: 'Replace', path: 'title', value: 'Countess' }]);
// @ts-expect-error readOnly
await users.patch(ada, [{ op: 'replace', path: 'meta.created', value: '' }]);
// @ts-expect-error readOnly
await users.patch(ada, [{ op: 'remove', path: 'groups' }]);

const { add, at, remove, replace } = patchFor(User);
await users.patch(ada, [
  add('phoneNumbers', [{ value: '1', type: 'work' }]),
  replace('name.givenName', 'Ada'),
  remove('nickName'),
  at('emails', (email) => email.eq('type', 'work'), 'value').replace('ada@example.com'),
  at('emails', (email) => email.eq('type', 'home')).remove(),
  at('emails', (email) => email.eq('type', 'work')).replace({ value: 'ada@example.com', type: 'work' }),
]);
// @ts-expect-error a misspelt attribute
replace('titel', 'Countess');
// @ts-expect-error a value of the wrong type
replace('active', 'false');
// @ts-expect-error a misspelt sub-attribute
at('emails', (email) => email.eq('type', 'work'), 'valeu');
// @ts-expect-error a misspelt sub-attribute in the filter
at('emails', (email) => email.eq('typ', 'work'));
// @ts-expect-error an operation on groups changes no user
await users.patch(ada, [patchFor(Group).replace('displayName', 'x')]);

// Modifications, and differences.
await users.modify('1', (user) => ({ ...user, title: 'x', name: { ...user.name, givenName: 'Ada' } }));
await users.modify('1', ({ emails = [] }) => ({ title: null, emails: [...emails, { value: 'a@x.org' }] }));
// @ts-expect-error a misspelt attribute
await users.modify('1', (user) => ({ ...user, titel: 'x' }));
// @ts-expect-error a misspelt sub-attribute
await users.modify('1', (user) => ({ name: { ...user.name, givnName: 'x' } }));
// @ts-expect-error a value of the wrong type
await users.modify('1', (user) => ({ ...user, title: 5 }));
// @ts-expect-error a promise
await users.modify('1', async (user) => ({ ...user, title: 'x' }));
diff(User, ada, { ...ada, title: undefined });
// @ts-expect-error a misspelt attribute
diff(User, ada, { ...ada, titel: 'x' });
await addMembers(groups, group, ['1']);
// @ts-expect-error users have no members
await addMembers(users, ada, ['1']);

// Bulk.
await client.bulk([
  bulkFor(User).create({ userName: 'ada' }, 'ada'),
  bulkFor(Group).create({ displayName: 'Countesses', members: [{ value: 'bulkId:ada' }] }),
  bulkFor(User).patch('1', [{ op: 'remove', path: 'title' }]),
]);
// @ts-expect-error a misspelt attribute
bulkFor(User).create({ userName: 'ada', titel: 'x' });

// Types of one's own, and types that were read at run time.
const Worker = defineResourceType({
  name: 'User',
  endpoint: '/Users',
  schema: UserSchema,
  schemaExtensions: [
    {
      schema: defineSchema({
        id: 'urn:example:worker:2.0:User',
        attributes: [
          { name: 'workerId', required: true },
          { name: 'level', type: 'integer' },
          { name: 'badges', multiValued: true },
        ],
      }),
      required: true,
    },
  ],
});
const workers = client.resources(Worker);
const worker = await workers.get('1');
holds<Equal<(typeof worker)['urn:example:worker:2.0:User']['workerId'], string>>();
await workers.patch(worker, [{ op: 'replace', path: 'urn:example:worker:2.0:User:level', value: 3 }]);
await workers.query({ filter: filterFor(Worker).ge('urn:example:worker:2.0:User:level', 3) });
// @ts-expect-error a number is not compared with a text
filterFor(Worker).ge('urn:example:worker:2.0:User:level', '3');
// @ts-expect-error an integer
await workers.patch(worker, [{ op: 'replace', path: 'urn:example:worker:2.0:User:level', value: '3' }]);

declare const read: ResourceType;
const anything = client.resources(read);
const thing = await anything.get('1');
holds<Equal<(typeof thing)['anything'], unknown>>();
holds<Equal<typeof thing.id, string>>();
await anything.patch(thing, [{ op: 'replace', path: 'serial', value: '1' }]);
await anything.query({ filter: filterFor(read).eq('serial', '1') });

// The root, over several types.
for await (const found of client.list([User, Group])) {
  if (isOfType(User, found)) console.log(found.userName);
}
holds<Equal<PatchOperation<typeof User>['op'], 'add' | 'replace' | 'remove'>>();
