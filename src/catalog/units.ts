/** Base units in which quantities are kept. A pack of anything is not a unit but packaging. */
export const BASE_UNITS = [
  ...(['each', 'pair', 'set', 'roll', 'sheet'] as const),
  ...(['mg', 'g', 'kg', 't'] as const),
  ...(['ml', 'l', 'mm', 'cm', 'm', 'm2', 'm3'] as const),
] as const;
