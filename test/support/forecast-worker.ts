import { openWorker, workAll } from '../../src/planning/nightly/runs.ts';
import { openDatabase } from '../../src/platform/database.ts';
import { testContext } from './context.ts';

/** A process that works on forecast runs until it is killed; told where by its arguments. */
const [connectionString = '', threadFile = ''] = process.argv.slice(2);
const context = testContext(openDatabase(connectionString));
const worker = openWorker(context, { threads: 1, threadFile, name: 'killed' });
while ((await workAll(worker)) >= 0) await new Promise((resolve) => setTimeout(resolve, 20));
