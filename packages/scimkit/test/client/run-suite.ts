// Runs the client's suite against a service provider, on whatever runtime this is started with. Prints the outcome as JSON.
import process from 'node:process';
import { runSuite } from './suite.ts';

const [origin = '', token = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await runSuite({ origin, token }))}\n`, () => process.exit(0));
