// Carries a plan out: users, then groups, then who is in them. What fails does not stop the rest.
import type { ResourceType } from 'scimkit';
import {
  addMembers,
  type PatchOperation,
  removeMembers,
  RequestError,
  type ResourceClient,
  type ResourceInput,
  ScimError,
  type ScimClient,
} from 'scimkit/client';
import type { Plan } from './ceiling.ts';
import type { Gate } from './gate.ts';
import type { JsonObject } from './json-place.ts';
import { isSame, type Operation, toInput, toOperations } from './mapped-path.ts';
import type { Mapping } from './mapping.ts';
import type { Member, MembershipChange } from './memberships.ts';
import type { Action, AttributeChange, TypePlan } from './plan.ts';
import { failureOf, type Step, Tally } from './report.ts';
import { resourceReader, selectionOf } from './target.ts';

/** Members in one request at most. */
const PART = 500;

/** So many requests in a row without an answer: there is nobody any more. It is sooner sure of a broken connection. */
const DEAF = 10;
const BROKEN = 2;

/** What a run is given. */
export interface RunOptions {
  readonly client: ScimClient;
  /** The same with one attempt for each request: what is asked once a request has tried all of its own in vain. */
  readonly brisk: ScimClient;
  readonly gate: Gate;
  /** Whether somebody asked to stop; what is under way is finished. */
  readonly isStopped: () => string | undefined;
  readonly onProgress: (done: number, failed: number) => void;
}

/** What a run came to. */
export interface RunResult {
  readonly tally: Tally;
  /** Why it ended before its end. */
  readonly stopped?: string;
}

type Kind = 'users' | 'groups';

class Run {
  private readonly options: RunOptions;
  private readonly plan: Plan;
  readonly tally: Tally;
  private fatal: string | undefined;
  private deaf = 0;
  private broken = 0;
  /** What has a reference that could not be written yet. */
  private readonly deferred = new Set<Action>();
  private readonly ids: Record<Kind, Map<string, string>>;

  constructor(plan: Plan, options: RunOptions) {
    this.plan = plan;
    this.options = options;
    this.tally = new Tally(plan, options.onProgress);
    this.ids = { users: new Map(plan.users?.ids), groups: new Map(plan.groups?.ids) };
  }

  get stopped(): string | undefined {
    return this.fatal ?? this.options.isStopped();
  }

  private get client(): ScimClient {
    const { client, brisk, gate } = this.options;
    return this.deaf > 0 && gate.silence ? brisk : client;
  }

  private hear(): void {
    this.deaf = 0;
    this.broken = 0;
  }

  private each<Task>(tasks: readonly Task[], work: (task: Task) => Promise<void>): Promise<void> {
    return this.options.gate.each(tasks, work, () => this.stopped !== undefined);
  }

  /** Takes an error down; one that all others would have too ends the run. */
  private note(error: unknown): void {
    const isUnauthorized =
      (error instanceof ScimError && error.status === 401) ||
      (error instanceof RequestError && error.reason === 'unauthorized');
    if (isUnauthorized) this.fatal = `the target refuses the credential: ${(error as Error).message}`;
    const { silence } = this.options.gate;
    // A creation in doubt is one whose answer was lost, and that could not be looked up.
    const reasons = ['network', 'timeout', ...(silence ? ['unknownOutcome'] : [])];
    if (!(error instanceof RequestError) || !reasons.includes(error.reason)) {
      this.hear();
      return;
    }
    this.deaf++;
    this.broken = silence === 'network' ? this.broken + 1 : 0;
    if (this.deaf >= DEAF || this.broken >= BROKEN)
      this.fatal = `the target does not answer any more: ${(error as Error).message}`;
  }

  async run(): Promise<void> {
    const { users, groups, memberships } = this.plan;
    if (users) await this.type('users', users);
    if (groups) await this.type('groups', groups, ['create', 'update', 'reactivate', 'deactivate']);
    if (memberships) await this.each(memberships.changes, (change) => this.members(change));
    if (groups) await this.type('groups', groups, ['delete']);
  }

  private async type(kind: Kind, plan: TypePlan, kinds?: readonly Action['kind'][]): Promise<void> {
    const actions = plan.actions.filter((action) => !kinds || kinds.includes(action.kind));
    const writes = actions.filter((action) => action.kind !== 'delete');
    const conflicts: Action[] = [];
    await this.each(writes, (action) => this.act(kind, plan, action, conflicts));
    await this.each(
      actions.filter((action) => action.kind === 'delete'),
      (action) => this.remove(kind, plan, action, conflicts),
    );
    // Who takes over a name that somebody else had can do so only after the other has another one.
    for (let waiting = conflicts; waiting.length > 0 && this.stopped === undefined; ) {
      const still: Action[] = [];
      await this.each(waiting, (action) => this.act(kind, plan, action, still));
      if (still.length < waiting.length) waiting = still;
      else {
        await this.each(still, (action) => this.act(kind, plan, action));
        break;
      }
    }
    await this.each(
      writes.filter((action) => this.deferred.has(action)),
      (action) => this.refer(kind, plan, action),
    );
  }

  /** Does one action. A conflict is put aside if there is a place for it. */
  private async act(kind: Kind, plan: TypePlan, action: Action, conflicts?: Action[]): Promise<void> {
    const step: Step = `${kind} ${action.kind}`;
    try {
      const id = await this.write(plan.mapping, action);
      this.hear();
      if (action.kind === 'create') this.ids[kind].set(action.folded, id);
      this.tally.succeed(step);
    } catch (error) {
      if (conflicts && error instanceof ScimError && error.status === 409) {
        this.hear();
        conflicts.push(action);
        return;
      }
      this.note(error);
      this.tally.fail({ step, ...describe(action), ...failureOf(error) });
    }
  }

  /** Deletes somebody; not if the name is for somebody new who is refused for another reason than the name. */
  private async remove(
    kind: Kind,
    plan: TypePlan,
    action: Action,
    conflicts: readonly Action[],
  ): Promise<void> {
    const { successor } = action;
    const isRefused =
      successor &&
      !this.ids[kind].has(successor.comes.folded) &&
      !conflicts.some(({ folded }) => folded === successor.comes.folded);
    if (!isRefused) return this.act(kind, plan, action);
    const detail = `${JSON.stringify(successor.comes.key)}, who has the same ${successor.path}, could not be created.`;
    this.tally.fail({ step: `${kind} ${action.kind}`, ...describe(action), detail });
  }

  private async write({ type, ...mapping }: Mapping, action: Action): Promise<string> {
    const resources = this.client.resources(type);
    const { id, kind, found } = action;
    // A reference to somebody who is yet to come is written when all are there.
    const changes = action.changes.flatMap((change) => {
      if (change.pending === undefined) return [change];
      const after = this.ids.users.get(change.pending);
      if (after === undefined) this.deferred.add(action);
      return after === undefined ? [] : [{ ...change, after }];
    });
    if (id === undefined) return this.create(resources, { type, ...mapping }, action, changes);
    if (kind === 'delete') await resources.delete(id);
    else
      await patch(
        resources,
        id,
        toOperations(type, changes, (selector) => found.get(selector) === 1),
      );
    return id;
  }

  /**
   * Creates a resource, once: where nothing at the target is unique, it is looked for first, and where something is, after
   * a conflict. A run that was killed may have had it created after this one has read what is there.
   */
  private async create(
    resources: ResourceClient<ResourceType>,
    mapping: Mapping,
    action: Action,
    changes: readonly AttributeChange[],
  ): Promise<string> {
    const isUnique = changes.some(
      ({ mapped }) => mapped.kind === 'single' && mapped.attribute.uniqueness !== 'none',
    );
    if (!isUnique) {
      const id = await adopt(resources, mapping, action, changes);
      if (id !== undefined) return id;
    }
    const input = toInput(changes) as ResourceInput<ResourceType>;
    try {
      const created = (await resources.create(input, { attributes: ['id'] })) as { readonly id: string };
      return created.id;
    } catch (error) {
      if (!isUnique || !(error instanceof ScimError) || error.status !== 409) throw error;
      const id = await adopt(resources, mapping, action, changes);
      if (id === undefined) throw error;
      return id;
    }
  }

  /** Writes the references to users who had no id before. */
  private async refer(kind: Kind, { mapping }: TypePlan, action: Action): Promise<void> {
    const id = this.ids[kind].get(action.folded);
    const step: Step = `${kind} ${action.kind}`;
    // Without an id its creation has failed, which is told already.
    if (id === undefined) return;
    try {
      const changes = action.changes.flatMap((change) => {
        if (change.pending === undefined) return [];
        const after = this.ids.users.get(change.pending);
        if (after !== undefined) return [{ ...change, after }];
        throw new Error(
          `${change.mapped.path}: the user ${JSON.stringify(change.after)} could not be created.`,
        );
      });
      const { type } = mapping;
      await patch(
        this.client.resources(type),
        id,
        toOperations(type, changes, (at) => action.found.get(at) === 1),
      );
    } catch (error) {
      this.note(error);
      this.tally.fail({ step, ...describe({ ...action, id }), ...failureOf(error) }, 0);
    }
  }

  private async members(change: MembershipChange): Promise<void> {
    const { type } = (this.plan.groups as TypePlan).mapping;
    const group = this.ids.groups.get(change.folded);
    const { label, where } = change;
    const place = describe({ key: change.group, label, where, ...(group !== undefined && { id: group }) });
    for (const [step, members] of [
      ['members remove', change.remove],
      ['members add', change.add],
    ] as const) {
      for (let from = 0; from < members.length && this.stopped === undefined; from += PART) {
        const part = members.slice(from, from + PART);
        const ids = part.map((member) => this.idOf(member)).filter((id) => id !== undefined);
        const lacking = part.filter((member) => this.idOf(member) === undefined);
        if (lacking.length > 0) {
          const names = lacking.slice(0, 5).map(({ name }) => JSON.stringify(name));
          const detail = `${names.join(', ')}${lacking.length > 5 ? ', ...' : ''} could not be created.`;
          this.tally.fail({ step, ...place, detail }, lacking.length);
        }
        if (ids.length === 0) continue;
        try {
          if (group === undefined) throw new Error('the group could not be created.');
          await this.options.gate.wait(() => this.stopped !== undefined);
          const groups = this.client.resources(type);
          await (step === 'members add' ? addMembers : removeMembers)(groups, group, ids, { size: PART });
          this.hear();
          this.tally.succeed(step, ids.length);
        } catch (error) {
          this.note(error);
          this.tally.fail({ step, ...place, ...failureOf(error) }, ids.length);
        }
      }
    }
  }

  private idOf(member: Member): string | undefined {
    if (member.kind === 'id') return member.id;
    return this.ids[member.kind === 'user' ? 'users' : 'groups'].get(member.folded);
  }
}

const describe = ({ key, label, where, id }: Pick<Action, 'key' | 'label' | 'where' | 'id'>) => ({
  ...{ key, ...(label !== undefined && { label }) },
  ...{ where, ...(id !== undefined && { id }) },
});

async function patch(
  resources: ResourceClient<ResourceType>,
  id: string,
  operations: readonly Operation[],
): Promise<void> {
  if (operations.length === 0) return;
  await resources.patch(id, operations as readonly PatchOperation<ResourceType>[], { attributes: ['id'] });
}

/** A resource with this key that has come meanwhile, brought to what is wanted. */
async function adopt(
  resources: ResourceClient<ResourceType>,
  mapping: Mapping,
  { key, folded }: Action,
  changes: readonly AttributeChange[],
): Promise<string | undefined> {
  const { type, match } = mapping;
  if (match.mapped.kind !== 'single') return undefined;
  const filter = { kind: 'compare', path: match.mapped.path, operator: 'eq', value: key } as const;
  const page = await resources.query({ filter, attributes: [...selectionOf(mapping)] });
  const toTarget = resourceReader(mapping, () => true);
  const found = (page.resources as readonly unknown[] as readonly JsonObject[])
    .map(toTarget)
    // Who knows no filters sends everything.
    .filter((resource) => resource.folded === folded);
  const [has] = found;
  if (!has) return undefined;
  if (found.length > 1) throw new Error(`there are ${found.length} with this ${match.mapped.path} by now.`);
  const differing = changes.flatMap((change) => {
    const before = has.values[mapping.attributes.indexOf(change.attribute)];
    const now = { ...change, before };
    const isSettled = change.attribute.isForCreation || isSame(type, now, change.attribute.ignoreCase);
    return isSettled ? [] : [now];
  });
  await patch(
    resources,
    has.id,
    toOperations(type, differing, (at) => has.found.get(at) === 1),
  );
  return has.id;
}

/** Carries a plan out. */
export async function runPlan(plan: Plan, options: RunOptions): Promise<RunResult> {
  const run = new Run(plan, options);
  await run.run();
  const { tally, stopped } = run;
  return { tally, ...(stopped !== undefined && { stopped }) };
}
