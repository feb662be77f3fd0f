// A company with people in teams, as CSV files and as a target must have it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Serving } from '../serve/command.ts';

interface Person {
  readonly id: string;
  email: string;
  title: string;
  isActive: boolean;
  /** The id of another person. */
  boss: string;
}

export interface Company {
  readonly people: Map<string, Person>;
  readonly teams: Map<string, Set<string>>;
}

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** The sync file of a company. */
export const SYNC_FILE = {
  source: { csv: '.' },
  users: {
    from: 'people.csv',
    match: 'externalId',
    map: {
      externalId: 'employee_id',
      userName: 'email',
      'emails[type eq "work"].value': 'email',
      title: 'title',
      active: { column: 'status', values: { active: true, left: false } },
      [`${ENTERPRISE}:manager.value`]: { column: 'boss', reference: true },
    },
    missing: 'deactivate',
  },
  groups: {
    from: 'teams.csv',
    match: 'externalId',
    map: { externalId: 'team', displayName: 'team' },
    missing: 'delete',
    members: { from: 'memberships.csv', group: 'team', member: 'employee_id' },
  },
};

/** A company of some size; each person is in three teams, and has a boss who was there before. */
export function createCompany(people: number, teams: number): Company {
  const company: Company = { people: new Map(), teams: new Map() };
  for (let team = 0; team < teams; team++) company.teams.set(`team-${team}`, new Set());
  for (let number = 0; number < people; number++) {
    const id = `E${number}`;
    company.people.set(id, {
      ...{
        id,
        email: `person${number}@example.com`,
        title: `Title ${number % 7}`,
        isActive: number % 50 !== 0,
      },
      // Some bosses come after those whose bosses they are.
      boss: number % 10 === 3 ? `E${people - 1}` : number === 0 ? '' : `E${Math.floor(number / 10)}`,
    });
    for (const step of [0, 1, 2]) company.teams.get(`team-${(number * 7 + step * 3) % teams}`)?.add(id);
  }
  return company;
}

/** Writes a company and its sync file into a folder; returns the sync file. */
export function writeCompany(
  folder: string,
  { people, teams }: Company,
  syncFile: object = SYNC_FILE,
): string {
  const rows = [...people.values()].map(({ id, email, title, isActive, boss }) =>
    [id, email, title, isActive ? 'active' : 'left', boss].join(),
  );
  writeFileSync(join(folder, 'people.csv'), ['employee_id,email,title,status,boss', ...rows, ''].join('\n'));
  writeFileSync(join(folder, 'teams.csv'), ['team', ...teams.keys(), ''].join('\n'));
  const members = [...teams].flatMap(([team, ids]) => [...ids].map((id) => `${team},${id}`));
  writeFileSync(join(folder, 'memberships.csv'), ['team,employee_id', ...members, ''].join('\n'));
  const file = join(folder, 'sync.json');
  writeFileSync(file, JSON.stringify(syncFile));
  return file;
}

interface Listed {
  readonly id: string;
  readonly externalId?: string;
  readonly userName?: string;
  readonly displayName?: string;
  readonly title?: string;
  readonly active?: boolean;
  readonly emails?: readonly { readonly value?: string }[];
  readonly members?: readonly { readonly value: string }[];
  readonly [ENTERPRISE]?: { readonly manager?: { readonly value?: string } };
}

/** All resources of an endpoint, asked for without the client that is under test. */
export async function listAll(server: Serving, endpoint: string): Promise<readonly Listed[]> {
  const all: Listed[] = [];
  for (;;) {
    const answer = await server.fetch(`${endpoint}?count=200&startIndex=${all.length + 1}`);
    const { Resources = [], totalResults } = (await answer.json()) as {
      readonly Resources?: readonly Listed[];
      readonly totalResults: number;
    };
    all.push(...Resources);
    if (Resources.length === 0 || all.length >= totalResults) return all;
  }
}

/** What the target has, in the words of the company: one line for each person and each team, in order. */
export async function stateOf(server: Serving): Promise<readonly string[]> {
  const [users, groups] = await Promise.all([listAll(server, '/Users'), listAll(server, '/Groups')]);
  const names = new Map(users.map(({ id, externalId = '?' }) => [id, externalId]));
  const lines = users.map(({ externalId, userName, title, active, emails, [ENTERPRISE]: more }) =>
    [
      ...[externalId, userName, emails?.map(({ value }) => value).join('+'), title, active],
      names.get(more?.manager?.value ?? ''),
    ].join(),
  );
  const teams = groups.map(({ externalId, displayName, members = [] }) =>
    [externalId, displayName, ...members.map(({ value }) => names.get(value) ?? '?').toSorted()].join(),
  );
  return [...lines, ...teams].toSorted();
}

/** What the target must have. */
export function expectedState({ people, teams }: Company): readonly string[] {
  const lines = [...people.values()].map(({ id, email, title, isActive, boss }) =>
    [id, email, email, title, isActive, boss === '' ? undefined : boss].join(),
  );
  const groups = [...teams].map(([team, members]) => [team, team, ...[...members].toSorted()].join());
  return [...lines, ...groups].toSorted();
}
