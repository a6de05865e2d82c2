import { parentPort } from 'node:worker_threads';
import { type BatchInput, buffersOf } from './batch.ts';
import { computeBatch } from './compute.ts';

/** The thread that forecasts batches, so that the process goes on answering. */
parentPort?.on('message', (input: BatchInput) => {
  const output = computeBatch(input);
  parentPort?.postMessage(output, buffersOf(output));
});
