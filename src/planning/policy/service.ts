/** By value or velocity: A carries most of it, C the long tail. */
export type AbcClass = 'A' | 'B' | 'C';
/** By how well demand can be forecast: X well, Z hardly. */
export type XyzClass = 'X' | 'Y' | 'Z';

/** What an item is classed by. */
export interface ValuedItem {
  readonly id: string;
  /** Sales value or margin a year (or lines, for a class by velocity). */
  readonly value: number;
}

/** Borders between classes: cumulated shares for ABC, variations for XYZ. */
export const CLASS_BORDERS = { a: 0.8, b: 0.95, x: 0.5, y: 1 } as const;

/**
 * ABC by cumulated share of value (Pareto; Dickie 1951): items in order of value, the one that
 * crosses a border still belongs before it. Equal values fall in the order of their ids, so that
 * the classes do not depend on the order of the list. A value that is no number or not above 0
 * is C.
 */
export function abcClasses(items: readonly ValuedItem[]): Map<string, AbcClass> {
  const worth = ({ value }: ValuedItem) => (value > 0 && Number.isFinite(value) ? value : 0);
  const sorted = [...items].sort((a, b) => worth(b) - worth(a) || (a.id < b.id ? -1 : 1));
  const total = sorted.reduce((sum, item) => sum + worth(item), 0);
  const classes = new Map<string, AbcClass>();
  let before = 0;
  for (const item of sorted) {
    const share = total > 0 && worth(item) > 0 ? before / total : 1;
    classes.set(item.id, share < CLASS_BORDERS.a ? 'A' : share < CLASS_BORDERS.b ? 'B' : 'C');
    before += worth(item);
  }
  return classes;
}

/**
 * XYZ by the standard deviation of a period's forecast error over its mean demand, not by the
 * variation of the demand: a strong season that is forecast well is no risk. What is no number
 * is Z.
 */
export function xyzClassOf(errorVariation: number): XyzClass {
  return errorVariation <= CLASS_BORDERS.x ? 'X' : errorVariation <= CLASS_BORDERS.y ? 'Y' : 'Z';
}
