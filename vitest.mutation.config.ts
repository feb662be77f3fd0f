// The tests that judge mutants of the protocol: those of pure functions, with small and repeatable batteries. The
// provider's would kill some more, and take most of the time.
import { defineConfig, mergeConfig } from 'vitest/config';
import { resolve } from './vitest.config.ts';

export default mergeConfig(
  { resolve },
  defineConfig({
    test: {
      include: ['packages/scimkit/test/{protocol,dialect,schema}/*.test.ts'],
      env: { SCIMKIT_SEED: '1', SCIMKIT_RUNS: '60' },
      // A worker for each file would take longer than its tests.
      isolate: false,
    },
  }),
);
