import type { Place } from './history.ts';
import type { MovementStep } from './movement-history.ts';
import type { ValueStep } from './value-history.ts';

/** Pure part of `why`: what each fact did to the figure, and the balances between the facts. */

/** A fact on the way from nothing to the figure, newest first. */
export interface Explained<Step extends Place> {
  readonly step: Step;
  /** Signed. */
  readonly change: bigint;
  /** The figure right after it. */
  readonly balance: bigint;
}

/** What a movement did to the units of the positions asked about: nothing when both are. */
export function unitChange(step: MovementStep): bigint {
  const entered = step.toMatches ? step.quantity : 0n;
  const left = step.fromMatches ? step.quantity : 0n;
  return entered - left;
}

/** What a movement did to the money of the positions asked about. */
export function moneyChange(step: MovementStep): bigint {
  const entered = step.toMatches ? step.value : 0n;
  const left = step.fromMatches ? step.value : 0n;
  return entered - left;
}

/** What a value entry did to an account; 0 is all cost pools together. */
export function entryChange(account: number, step: ValueStep): bigint {
  const entered = (step.toLocationId ?? 0) === account ? step.amount : 0n;
  const left = (step.fromLocationId ?? 0) === account ? step.amount : 0n;
  return entered - left;
}

/**
 * Lays the balances beside the facts, newest first.
 * @param closing the figure after the newest of them.
 */
export function explain<Step extends Place>(
  steps: readonly Step[],
  closing: bigint,
  changeOf: (step: Step) => bigint,
): { explained: Explained<Step>[]; opening: bigint } {
  let balance = closing;
  const explained = steps.map((step) => {
    const change = changeOf(step);
    const row = { step, change, balance };
    balance -= change;
    return row;
  });
  return { explained, opening: balance };
}
