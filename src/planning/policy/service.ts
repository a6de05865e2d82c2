import { requirePositive } from './eoq.ts';
import type { ServiceTarget } from './types.ts';

/** By value or velocity: A carries most of it, C the long tail. */
export type AbcClass = 'A' | 'B' | 'C';
/** By how well demand can be forecast: X well, Z hardly. */
export type XyzClass = 'X' | 'Y' | 'Z';

/** What an item is classed by. */
export interface ClassifiedItem {
  readonly id: string;
  /** Sales value or margin a year (or lines, for a class by velocity). */
  readonly value: number;
  /** Standard deviation of the forecast error of a period over its mean demand. */
  readonly errorVariation: number;
}

/** Borders between classes: cumulated shares for ABC, variations for XYZ. */
export interface ClassBorders {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

/** 80 % and 95 % of the value; variation up to 0.5 and up to 1. */
export const CLASS_BORDERS: ClassBorders = { a: 0.8, b: 0.95, x: 0.5, y: 1 };

/** The class of an item, as `AX`. */
export interface ItemClass {
  readonly abc: AbcClass;
  readonly xyz: XyzClass;
}

/**
 * ABC by cumulated share of value (Pareto; Dickie 1951): items in order of value, the one that
 * crosses a border still belongs before it. XYZ by the variation of the forecast error, not of
 * the demand: a strong season that is forecast well is no risk. Equal values fall in the order of
 * their ids, so that the classes do not depend on the order of the list. A value that is no
 * number or not above 0 is C, a variation that is no number is Z.
 */
export function classify(
  items: readonly ClassifiedItem[],
  borders: ClassBorders = CLASS_BORDERS,
): Map<string, ItemClass> {
  const worth = ({ value }: ClassifiedItem) => (value > 0 && Number.isFinite(value) ? value : 0);
  const sorted = [...items].sort((a, b) => worth(b) - worth(a) || (a.id < b.id ? -1 : 1));
  const total = sorted.reduce((sum, item) => sum + worth(item), 0);
  const classes = new Map<string, ItemClass>();
  let before = 0;
  for (const item of sorted) {
    const share = total > 0 && worth(item) > 0 ? before / total : 1;
    const abc = share < borders.a ? 'A' : share < borders.b ? 'B' : 'C';
    const { errorVariation: variation } = item;
    const xyz = variation <= borders.x ? 'X' : variation <= borders.y ? 'Y' : 'Z';
    classes.set(item.id, { abc, xyz });
    before += worth(item);
  }
  return classes;
}

/** Service targets by class, as `AX`: what a house begins with and then changes. */
export type ServiceTable = Readonly<Record<`${AbcClass}${XyzClass}`, ServiceTarget>>;

const fillRate = (target: number): ServiceTarget => ({ kind: 'fill_rate', target });

/**
 * The usual beginning: high service where it is cheap (steady demand) or matters most (A), less
 * where a point of service costs much stock for little value (CZ).
 */
export const SERVICE_TABLE: ServiceTable = {
  AX: fillRate(0.99),
  AY: fillRate(0.98),
  AZ: fillRate(0.96),
  BX: fillRate(0.98),
  BY: fillRate(0.97),
  BZ: fillRate(0.94),
  CX: fillRate(0.97),
  CY: fillRate(0.94),
  CZ: fillRate(0.9),
};

/** The service target of an item: its own where it has one, else its class's. */
export function serviceTargetOf(
  { abc, xyz }: ItemClass,
  own: ServiceTarget | null = null,
  table: ServiceTable = SERVICE_TABLE,
): ServiceTarget {
  return own ?? table[`${abc}${xyz}`];
}

/**
 * The cycle service at which one unit more of safety stock costs as much as the shortages it
 * saves (Silver, Pyke & Thomas 2017, section 6.7.2, penalty per unit short): holding it costs h
 * a unit and year, it saves p with the chance of a shortage in each of d / Q cycles. 0 where even
 * the first unit does not pay.
 * @throws RangeError unless all figures are above 0.
 */
export function costOptimalCycleService(
  holdingPerUnitYear: number,
  penaltyPerUnit: number,
  quantity: number,
  demandPerYear: number,
): number {
  requirePositive({ holdingPerUnitYear, penaltyPerUnit, quantity, demandPerYear });
  return Math.max(0, 1 - (holdingPerUnitYear * quantity) / (penaltyPerUnit * demandPerYear));
}
