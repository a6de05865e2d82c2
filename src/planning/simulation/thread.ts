import { parentPort } from 'node:worker_threads';
import type { Part } from './in-threads.ts';
import { simulateItem } from './simulate.ts';
import { makeWorld } from './world.ts';

/** The thread that simulates every so-manieth item of a world. It is a program of its own. */
parentPort?.on('message', ({ options, first, step }: Part) => {
  const { items } = makeWorld(options);
  for (let index = first; index < items.length; index += step) {
    parentPort?.postMessage({ index, result: simulateItem(items[index]!, options) });
  }
});
