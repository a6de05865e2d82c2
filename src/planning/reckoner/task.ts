import { setImmediate } from 'node:timers/promises';
import type { Prepared, Settled } from '../placement/facts.ts';
import { loadLinearSolver } from '../placement/highs.ts';
import { placeInTurns } from '../placement/place.ts';
import type { ResultAnswer } from '../placement/schemas.ts';
import { resultView } from '../placement/view.ts';
import {
  type Change,
  type FuturePlace,
  type PlaceWhatIf,
  playWhatIf,
  type WhatIfOptions,
} from '../whatif/what-if.ts';

/** A scenario to play: a change for each place. */
export interface PlayTask {
  readonly kind: 'play';
  readonly places: readonly FuturePlace[];
  readonly changes: readonly Change[];
  readonly options: WhatIfOptions;
}

/** Stock to place, and how long and how near to search. */
export interface PlaceTask {
  readonly kind: 'place';
  readonly prepared: Prepared;
  readonly settled: Settled;
  readonly currency: string;
  readonly msMax: number;
  readonly gapTarget: number;
}

/** What takes seconds of a processor and nothing else: plain data, so that a thread can do it. */
export type ReckonTask = PlayTask | PlaceTask;
export type Reckoned<Task extends ReckonTask> = Task extends PlayTask
  ? PlaceWhatIf[]
  : ResultAnswer;

/**
 * Does a task, with a pause between its steps so that whoever shares the thread gets a turn.
 * @param signal ends it at the next pause.
 * @throws the signal's reason.
 */
export async function reckonTask(
  task: ReckonTask,
  signal?: AbortSignal,
): Promise<PlaceWhatIf[] | ResultAnswer> {
  if (task.kind === 'place') return placed(task, signal);
  const played: PlaceWhatIf[] = [];
  for (const [i, place] of task.places.entries()) {
    signal?.throwIfAborted();
    played.push(playWhatIf(place, task.changes[i]!, task.options));
    await setImmediate();
  }
  return played;
}

async function placed(task: PlaceTask, signal?: AbortSignal): Promise<ResultAnswer> {
  const { prepared, settled, currency, msMax, gapTarget } = task;
  const found = await placeInTurns(
    prepared.problem,
    { solve: await loadLinearSolver(), now: () => performance.now(), msMax, gapTarget },
    signal,
  );
  return resultView(prepared, found, settled, currency);
}
