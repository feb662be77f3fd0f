// `scimkit sync` killed at random moments comes to the same end, and then has nothing more to write. SCIMKIT_RUNS is how
// many people there are; SCIMKIT_SEED repeats the moments.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { randomRun } from '../../packages/scimkit/test/random-run.ts';
import { cleanUp, run, scratch, serve, start } from '../serve/command.ts';
import { createCompany, expectedState, stateOf, writeCompany } from './company.ts';
import { proxyTo } from './proxy.ts';

afterAll(cleanUp);

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const { seed, runs: people } = randomRun('sync', 400);
const teams = Math.max(20, Math.floor(people / 100));
const kills = Math.min(10, Math.max(3, Math.floor(people / 2000)));

test(`${people} people in ${teams} teams: killed ${kills} times, and again after changes`, {
  timeout: 60_000 + people * 100,
}, async () => {
  const random = randomFrom(seed);
  const server = await serve([
    ...['--database', join(scratch, 'random.db'), '--durability', 'normal', '--create-token'],
    ...['--log-level', 'warn'],
  ]);
  const proxy = await proxyTo(server.baseUrl);
  const folder = join(scratch, 'random');
  mkdirSync(folder);
  const company = createCompany(people, teams);
  const file = writeCompany(folder, company);
  const args = ['sync', file, '--yes', '--quiet', '--base-url', proxy.baseUrl];
  const environment = { SCIM_TOKEN: server.token as string };

  /**
   * Kills a run at its nth write: one that is lost with it, one that is on its way and is carried out all the same, or one
   * that is carried out and not answered yet.
   */
  const killAt = async (n: number, moment: 'lost' | 'sent' | 'done'): Promise<boolean> => {
    const { child, exited } = start(args, environment);
    let count = 0;
    const isStruck = (method: string) => {
      const isIt = method !== 'GET' && ++count === n;
      if (isIt) child.kill('SIGKILL');
      return isIt;
    };
    proxy.hooks.before = ({ method }) => moment !== 'done' && isStruck(method) && moment === 'lost';
    proxy.hooks.after = ({ method }) => {
      if (moment === 'done') isStruck(method);
    };
    const code = await exited;
    proxy.hooks.before = () => false;
    proxy.hooks.after = () => {};
    // Null: a signal ended it.
    return code === null;
  };

  /** Kills so many runs, spread over what is to be written; then one comes to its end. */
  const toTheEnd = async (times: number, leastWrites: number): Promise<void> => {
    let killed = 0;
    for (let time = 0; time < times; time++) {
      const n = 1 + Math.floor((random() * leastWrites) / (times + 1));
      const moment = (['lost', 'sent', 'done'] as const)[Math.floor(random() * 3)] ?? 'sent';
      if (await killAt(n, moment)) killed++;
    }
    expect(killed).toBe(times);
    const last = await run(args, environment);
    expect(last).toMatchObject({ code: 0, stderr: '' });
    expect(await stateOf(server)).toEqual(expectedState(company));
  };
  const writesNothing = async (): Promise<void> => {
    proxy.forget();
    const again = await run(args, environment);
    expect(again).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(proxy.seen.length).toBeGreaterThan(0);
    expect(proxy.writes()).toEqual([]);
  };

  await toTheEnd(Math.ceil(kills / 2), people + teams);
  await writesNothing();

  // People change, come, go and change teams, each within the ceiling.
  let changes = 0;
  for (const person of company.people.values()) {
    const chance = random();
    if (chance < 0.1) person.title = `Other title ${Math.floor(random() * 1000)}`;
    else if (chance < 0.15) person.isActive = true;
    else if (chance < 0.19 && person.isActive) person.isActive = false;
    else if (chance < 0.25) company.teams.get(`team-${Math.floor(random() * teams)}`)?.add(person.id);
    else if (chance < 0.27) for (const members of company.teams.values()) members.delete(person.id);
    if (chance < 0.1) changes++;
  }
  for (let number = 0; number < people / 20; number++) {
    const id = `N${number}`;
    company.people.set(id, {
      ...{ id, email: `new${number}@example.com`, title: '', isActive: true, boss: 'E1' },
    });
    company.teams.get(`team-${number % teams}`)?.add(id);
  }
  writeCompany(folder, company);
  await toTheEnd(Math.floor(kills / 2), changes);
  await writesNothing();

  // The half of them gone is no change, but a mistake.
  const before = await stateOf(server);
  const half = [...company.people.keys()].filter((_, index) => index % 2 === 0);
  for (const id of half) company.people.delete(id);
  for (const members of company.teams.values()) for (const id of half) members.delete(id);
  for (const person of company.people.values()) if (!company.people.has(person.boss)) person.boss = '';
  writeCompany(folder, company);
  proxy.forget();
  const halved = await run(args, environment);
  expect(halved.code).toBe(3);
  expect(halved.stderr).toContain('--allow-removals');
  expect(proxy.writes()).toEqual([]);
  expect(await stateOf(server)).toEqual(before);
  await proxy.close();
});
