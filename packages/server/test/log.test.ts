import type { Exchange } from 'scimkit';
import { describe, expect, test } from 'vitest';
import type { Scope } from '../src/scope.ts';
import { createLog, logExchange } from '../src/log.ts';

const SCOPE = { tenant: 'acme', connection: 'default' };

const exchange: Exchange<Scope> = {
  request: { method: 'GET', url: 'http://x/scim/v2/Groups/1?count=1', headers: {} },
  response: { status: 200, headers: {} },
  auth: SCOPE,
  tenant: undefined,
  operations: [],
  notes: [],
  error: undefined,
  isComplete: true,
  reference: undefined,
  duration: 1.25,
};

describe('the line of a large answer', () => {
  test.each<[string, Partial<Exchange<Scope>>, Record<string, unknown>]>([
    ['that was sent', {}, { level: 30, msg: 'answered' }],
    ['whose client went away', { isComplete: false }, { level: 30, msg: 'answered', isComplete: false }],
    [
      'that failed in the middle',
      { isComplete: false, error: new Error('The disk is gone.') },
      { level: 50, msg: 'failed', isComplete: false, cause: expect.stringContaining('The disk is gone.') },
    ],
  ])('%s', (_what, more, expected) => {
    const lines: Record<string, unknown>[] = [];
    const log = createLog({ log: { write: (line) => lines.push(JSON.parse(line)) } });
    logExchange(log, { ...exchange, ...more });
    expect(lines).toEqual([expect.objectContaining({ ...expected, status: 200, path: '/scim/v2/Groups/1' })]);
    expect('isComplete' in (lines[0] ?? {})).toBe(more.isComplete === false);
  });
});
