import type { BatchInput, BatchOutput } from './batch.ts';
import { computeBatch } from './compute.ts';
import { type Cell, type Reconciled, reconcileLevels } from './reconcile.ts';

/** What a thread may be asked to do. */
export type Task =
  | { readonly kind: 'batch'; readonly input: BatchInput }
  | { readonly kind: 'levels'; readonly cells: readonly Cell[] };

/** Does a task, in whatever thread. */
export function answerTask(task: Task): BatchOutput | Reconciled {
  return task.kind === 'batch' ? computeBatch(task.input) : reconcileLevels(task.cells);
}
