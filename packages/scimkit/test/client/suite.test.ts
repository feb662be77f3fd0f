import { afterAll, beforeAll, test } from 'vitest';
import { type Running, startPlace } from './place.ts';
import { suite } from './suite.ts';

let place: Running;
beforeAll(async () => {
  place = await startPlace();
});
afterAll(() => place.close());

test.each(suite)('%s', async (_name, run) => {
  await run({ origin: place.origin, token: 't-vitest' });
});
