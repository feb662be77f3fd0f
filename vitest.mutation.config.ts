// The tests that judge mutants of the protocol: those that run in process, with small and repeatable batteries.
import { defineConfig, mergeConfig } from 'vitest/config';
import { resolve } from './vitest.config.ts';

export default mergeConfig(
  { resolve },
  defineConfig({
    test: {
      include: ['packages/scimkit/test/{protocol,dialect,schema,provider}/*.test.ts'],
      env: { SCIMKIT_SEED: '1', SCIMKIT_RUNS: '60' },
    },
  }),
);
