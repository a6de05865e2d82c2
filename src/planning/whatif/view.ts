import { roundFigure } from '../../platform/figures.ts';
import type { CaseAnswer, PlaceAnswer } from './schemas.ts';
import type { CaseResult, PlaceWhatIf } from './what-if.ts';

/**
 * Cases on the wire: statistics with three digits after the point or three that tell something,
 * money as decimals.
 */

const round = (value: number) => roundFigure(value, 3);

/** A case without its levels. */
export function caseView(result: CaseResult, digits: number): CaseAnswer {
  const money = (value: number) => value.toFixed(digits);
  return {
    demandUnits: round(result.demandUnits),
    lostUnits: round(result.lostUnits),
    fillRate: Math.round(result.fillRate * 1e6) / 1e6,
    stockoutDays: round(result.stockoutDays),
    stockoutChance: round(result.stockoutChance),
    averageUnits: round(result.averageUnits),
    averageValue: money(result.averageValue),
    orders: round(result.orders),
    orderedUnits: round(result.orderedUnits),
    holdingCost: money(result.holdingCost),
    orderingCost: money(result.orderingCost),
    shortageCost: money(result.shortageCost),
    totalCost: money(result.totalCost),
    weekOnHand: result.weekOnHand.map(round),
    weekShort: result.weekShort.map(round),
  };
}

/** A place with both cases and the levels that hold today. */
export function placeView({ item, site, base, changed }: PlaceWhatIf, digits: number): PlaceAnswer {
  const view = (result: CaseResult) => ({
    ...caseView(result, digits),
    reorderPoint: round(result.reorderPoint),
    orderUpTo: round(result.orderUpTo),
  });
  return { item, site, base: view(base), changed: view(changed) };
}

/** Several places together; chances are averaged, everything else adds up. */
export function sumOfCases(cases: readonly CaseResult[]): CaseResult {
  const sum = (of: (result: CaseResult) => number) =>
    cases.reduce((total, result) => total + of(result), 0);
  const weeks = (of: (result: CaseResult) => readonly number[]) =>
    (cases[0] ? of(cases[0]) : []).map((_, week) => sum((result) => of(result)[week] ?? 0));
  const demandUnits = sum((result) => result.demandUnits);
  const lostUnits = sum((result) => result.lostUnits);
  return {
    ...{ demandUnits, lostUnits },
    fillRate: demandUnits > 0 ? 1 - lostUnits / demandUnits : 1,
    stockoutDays: sum((result) => result.stockoutDays),
    stockoutChance: cases.length > 0 ? sum((result) => result.stockoutChance) / cases.length : 0,
    averageUnits: sum((result) => result.averageUnits),
    averageValue: sum((result) => result.averageValue),
    orders: sum((result) => result.orders),
    orderedUnits: sum((result) => result.orderedUnits),
    holdingCost: sum((result) => result.holdingCost),
    orderingCost: sum((result) => result.orderingCost),
    shortageCost: sum((result) => result.shortageCost),
    totalCost: sum((result) => result.totalCost),
    weekOnHand: weeks((result) => result.weekOnHand),
    weekShort: weeks((result) => result.weekShort),
    reorderPoint: sum((result) => result.reorderPoint),
    orderUpTo: sum((result) => result.orderUpTo),
  };
}
