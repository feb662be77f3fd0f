// From a sync file and two connections to a plan: reads all of the source and all of the target.
import { Group, type ResourceType, User } from 'scimkit';
import { type ScimClient, ScimError } from 'scimkit/client';
import type { Plan } from './ceiling.ts';
import { csvRows, jsonlRows } from './file-rows.ts';
import { foldKey, keyOf, type Mapping, toLookUp, toMapping } from './mapping.ts';
import {
  type MembershipPlan,
  membershipsOfGroups,
  planMemberships,
  readMemberships,
  type Resolved,
  type Sides,
  userFinder,
} from './memberships.ts';
import { planType, type TypePlan } from './plan.ts';
import type { Row, Rows } from './row.ts';
import { scimRows } from './scim-rows.ts';
import { checkColumns, columnsOfSection, readSource, type SourceSet } from './source.ts';
import type { MembersSection, Section, SyncFile } from './sync-file.ts';
import { withoutLockouts } from './successors.ts';
import { readTarget, type TargetSet } from './target.ts';

/** A service provider, with the types that it has. */
interface Side {
  readonly client: ScimClient;
  readonly name: string;
  readonly types: Readonly<Record<'User' | 'Group', ResourceType>>;
  /** Resources on a page. */
  readonly count: number;
}

/** What a plan is made from. */
export interface PrepareOptions {
  readonly file: SyncFile;
  readonly target: { readonly client: ScimClient; readonly name: string };
  /** Where the source is a SCIM service. */
  readonly source?: { readonly client: ScimClient; readonly name: string };
  /** Told what is being read. */
  readonly tell: (text: string) => void;
}

const WITH_MEMBERS = 50;

/** The types that a service provider publishes; those of the RFC where it publishes none. */
async function sideOf({ client, name }: PrepareOptions['target'], mustPatch: boolean): Promise<Side> {
  const orNone = async <Value>(asked: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await asked;
    } catch (error) {
      // Who publishes nothing of itself may have users all the same.
      if (error instanceof ScimError && [403, 404, 405, 501].includes(error.status)) return undefined;
      throw error;
    }
  };
  const config = await orNone(client.serviceProviderConfig());
  if (mustPatch && config?.patch.supported === false) {
    throw new Error(`${name} has no PATCH, and scimkit sync writes by PATCH alone.`);
  }
  const types = (await orNone(client.resourceTypes())) ?? [];
  const find = (type: ResourceType) => types.find((one) => one.endpoint === type.endpoint) ?? type;
  return {
    ...{ client, name },
    types: { User: find(User), Group: find(Group) },
    count: Math.min(config?.filter.maxResults ?? 500, 1000),
  };
}

class Preparation {
  private readonly options: PrepareOptions;
  private readonly target: Side;
  private readonly source: Side | undefined;

  constructor(options: PrepareOptions, target: Side, source: Side | undefined) {
    this.options = options;
    this.target = target;
    this.source = source;
  }

  private mapping(section: Section, name: 'User' | 'Group'): Mapping {
    const type = this.target.types[name];
    return toMapping(section, type, this.source?.types[name] ?? type);
  }

  /** The rows of a file, or of the source's resources of a type. */
  private async rows(from: string | undefined, columns: readonly string[], scim: () => Rows): Promise<Rows> {
    const place = this.options.file.source;
    if (place.kind === 'scim') return scim();
    const file = from ?? '';
    if (place.kind === 'jsonl') return jsonlRows(place.folder, file, columns);
    const rows = await csvRows(place.folder, file, place.delimiter);
    checkColumns(rows, columns);
    return rows;
  }

  private async open(section: Section, mapping: Mapping, hasMembers: boolean, more: readonly string[] = []) {
    const columns = [...columnsOfSection(section, mapping), ...more];
    return this.rows(section.from, columns, () => {
      const { client, name, types, count } = this.source as Side;
      const type = types[mapping.type.endpoint === '/Groups' ? 'Group' : 'User'];
      const size = hasMembers ? Math.min(count, WITH_MEMBERS) : count;
      return scimRows(client, name, type, section, { count: size, hasMembers });
    });
  }

  private async readTarget(
    mapping: Mapping,
    section: Section | undefined,
    hasMembers: boolean,
  ): Promise<TargetSet> {
    const { client, count, name } = this.target;
    return readTarget(
      client,
      {
        ...{ mapping, hasMembers, managed: section?.managed },
        count: hasMembers ? Math.min(count, WITH_MEMBERS) : count,
      },
      (read, total) => {
        const of = total === undefined ? '' : ` of ${total}`;
        this.options.tell(`Reading ${name}: ${read}${of} ${mapping.type.endpoint.slice(1)}`);
      },
    );
  }

  async plan(): Promise<Plan> {
    const { file } = this.options;
    const { users, groups } = file;
    const members = groups?.members ?? (file.source.kind === 'scim' && groups !== undefined);
    const inFile = typeof members === 'object' ? members : undefined;
    const userMapping = users && this.mapping(users, 'User');
    const groupMapping = groups && this.mapping(groups, 'Group');
    const by = this.byOf(inFile, userMapping);
    // All files are opened before anything is asked for: a misspelt column is told at once.
    const userRows = users && userMapping && (await this.open(users, userMapping, false));
    const inGroups = inFile?.from === undefined ? inFile?.member : undefined;
    const groupRows =
      groups &&
      groupMapping &&
      (await this.open(groups, groupMapping, members !== false, inGroups === undefined ? [] : [inGroups]));
    const memberRows = inFile?.from === undefined ? undefined : await this.memberRows(inFile);

    const readUsers = userRows && userMapping && (await readSource(userRows, userMapping, users.where));
    const byTarget = userMapping ?? (members === false ? undefined : by.mapping);
    const userTarget = byTarget && (await this.readTarget(byTarget, users, false));
    const userSource =
      readUsers &&
      userTarget &&
      withoutLockouts({
        ...{ mapping: userMapping, missing: users.missing, source: readUsers, target: userTarget },
      });
    const userPlan =
      userSource &&
      userTarget &&
      userMapping &&
      planType({
        ...{ mapping: userMapping, missing: users.missing, source: userSource, target: userTarget },
        referred: (text) => this.referred(userSource, userMapping, text),
      });
    if (!groups || !groupMapping || !groupRows) return { ...(userPlan && { users: userPlan }) };

    const namesOf = members === false ? undefined : (row: Row) => memberNames(row, inFile);
    const hasOwn = memberRows === undefined;
    const groupSource = await readSource(groupRows, groupMapping, groups.where, hasOwn ? namesOf : undefined);
    const groupTarget = await this.readTarget(groupMapping, groups, members !== false);
    const groupPlan = planType({
      ...{ mapping: groupMapping, missing: groups.missing, source: groupSource, target: groupTarget },
      referred: () => undefined,
    });
    const plans = { ...(userPlan && { users: userPlan }), groups: groupPlan };
    if (members === false || !userTarget || !byTarget) return plans;
    const sides: Sides = {
      mapping: byTarget,
      target: userTarget,
      ...(userSource && { source: userSource }),
    };
    const groupSides = { mapping: groupMapping, source: groupSource, target: groupTarget };
    const byKey = userFinder(sides, by.find(byTarget));
    const find = this.source ? memberFinder(userSource, groupSource, byKey) : byKey;
    const wanted = memberRows
      ? await readMemberships(
          memberRows,
          { group: inFile?.group ?? '', member: inFile?.member ?? '' },
          groupSides,
          find,
        )
      : membershipsOfGroups(groupSource, find);
    const memberships: MembershipPlan = planMemberships({
      ...{ users: sides, groups: groupSides, wanted },
      actions: (userPlan as TypePlan | undefined)?.actions ?? [],
      isNested: this.source !== undefined,
    });
    return { ...plans, memberships };
  }

  private memberRows({ from, group = '', member }: MembersSection): Promise<Rows> {
    return this.rows(from, [group, member], () => {
      throw new Error('Memberships of a SCIM service are in its groups.');
    });
  }

  /** The attribute that memberships name users by. */
  private byOf(members: MembersSection | undefined, users: Mapping | undefined) {
    const type = this.target.types.User;
    const place = members?.place ?? this.options.file.groups?.place;
    const path = members?.by ?? users?.match.mapped.path ?? 'externalId';
    const mapping = place && toLookUp(type, path, place);
    const find = (used: Mapping) => {
      const wanted = mapping?.match.mapped.path;
      const found = used.attributes.find(({ mapped }) => mapped.path === wanted);
      if (found || !place) return found ?? used.match;
      throw place.wrong(`must have "by": an attribute that "users" maps, which ${path} is not.`);
    };
    // Told before anything is read.
    if (members && users) find(users);
    return { mapping, find };
  }

  private referred(source: SourceSet, mapping: Mapping, text: string): string | undefined {
    return this.source ? source.byId.get(text) : foldKey(mapping.match, text);
  }
}

/** Members by their ids at the source. Where users are not synced, those at the target have them as keys. */
function memberFinder(
  users: SourceSet | undefined,
  groups: SourceSet,
  byKey: (key: string) => Resolved,
): (id: string) => Resolved {
  return (id) => {
    const user = users?.byId.get(id);
    if (user !== undefined) {
      if (users?.byKey.has(user))
        return { kind: 'user', folded: user, name: users.byKey.get(user)?.key ?? id };
      return { problem: `the user ${id} has a row that is wrong.` };
    }
    const group = groups.byId.get(id);
    if (group !== undefined && groups.byKey.has(group)) {
      return { kind: 'group', folded: group, name: groups.byKey.get(group)?.key ?? id };
    }
    // Who doesn't count at the source is no member here.
    return users ? 'excluded' : byKey(id);
  };
}

/** The members that a group's row names. */
function memberNames(row: Row, members: MembersSection | undefined): readonly string[] {
  const value = row.value(members?.member ?? '');
  const list =
    typeof value === 'string' && members?.separator !== undefined
      ? value.split(members.separator)
      : Array.isArray(value)
        ? value
        : [value];
  return list.flatMap((one) => keyOf(typeof one === 'string' ? one.trim() : one) ?? []);
}

/** Reads source and target, and plans. Nothing is written. */
export async function preparePlan(options: PrepareOptions): Promise<Plan> {
  const target = await sideOf(options.target, true);
  const source = options.source && (await sideOf(options.source, false));
  return new Preparation(options, target, source).plan();
}
