import type { BatchInput, BatchOutput } from './batch.ts';
import { computeBatch } from './compute.ts';
import { type ClassSums, type EvaluateInput, evaluateBatch } from './evaluate.ts';
import { type Cell, type Reconciled, reconcileLevels } from './reconcile.ts';

/** What a thread may be asked to do. */
export type Task =
  | { readonly kind: 'batch'; readonly input: BatchInput }
  | { readonly kind: 'levels'; readonly cells: readonly Cell[] }
  | { readonly kind: 'evaluate'; readonly input: EvaluateInput };
export type TaskAnswer = BatchOutput | Reconciled | ClassSums[];

/** Does a task, in whatever thread. */
export function answerTask(task: Task): TaskAnswer {
  switch (task.kind) {
    case 'batch':
      return computeBatch(task.input);
    case 'levels':
      return reconcileLevels(task.cells);
    case 'evaluate':
      return evaluateBatch(task.input);
  }
}
