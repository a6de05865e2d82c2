import { parentPort } from 'node:worker_threads';
import { type ReckonTask, reckonTask } from './task.ts';

/** The thread that plays scenarios and places stock, so that the server goes on answering. */
parentPort?.on('message', async (task: ReckonTask) => {
  parentPort?.postMessage(await reckonTask(task));
});
