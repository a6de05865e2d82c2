import { parentPort } from 'node:worker_threads';
import { buffersOf } from './batch.ts';
import { answerTask, type Task } from './task.ts';

/** The thread that forecasts, so that the process goes on answering. It is a program of its own. */
parentPort?.on('message', (task: Task) => {
  const answer = answerTask(task);
  parentPort?.postMessage(answer, task.kind === 'batch' ? buffersOf(answer) : []);
});
