// The client against service providers that others wrote. What one of them can't do is written down, and must fail so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CASES } from './cases.ts';
import { hasPython, startScim2Server } from './scim2-server.ts';
import { type ForeignServer, startScimmy } from './scimmy.ts';

const token = 'a-token-of-some-length';

interface Foreign {
  readonly name: string;
  readonly start: (token: string) => Promise<ForeignServer>;
  readonly isThere: boolean;
  /** Cases that fail, and what is said then. */
  readonly cannot: Readonly<Record<string, RegExp>>;
}

const SERVERS: readonly Foreign[] = [
  {
    name: 'SCIMMY',
    start: startScimmy,
    isThere: true,
    // It looks into the addresses of users who have none.
    cannot: { 'a filter on the values of an attribute': /Cannot convert undefined or null to object/ },
  },
  { name: 'scim2-server', start: startScim2Server, isThere: hasPython, cannot: {} },
];

describe.each(SERVERS)('$name', ({ start, isThere, cannot }) => {
  let server: ForeignServer | undefined;
  beforeAll(async () => {
    if (isThere) server = await start(token);
  }, 120_000);
  afterAll(() => server?.close());

  test.runIf(isThere).each(Object.entries(CASES))('%s', async (name, run) => {
    const problem = cannot[name];
    const outcome = run({ baseUrl: server?.baseUrl ?? '', token });
    if (problem) await expect(outcome).rejects.toThrow(problem);
    else await outcome;
  });
});
