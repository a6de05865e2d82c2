/** Places after the point beyond which a float is noise. */
const PLACES_MAX = 12;

/**
 * A figure for people, with `places` digits after the point, and with more where so few would
 * hide what it is: 12.5, 0.04 and 0.0001 rather than 0.00. Quantities and amounts that are
 * exact have texts of their own; this is for statistics.
 * @param significant digits that are shown at least.
 */
export function showFigure(value: number, places: number, significant = 3): string {
  if (value === 0 || !Number.isFinite(value)) return value.toFixed(places);
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const needed = Math.min(PLACES_MAX, Math.max(places, significant - 1 - magnitude));
  const text = value.toFixed(needed);
  if (needed === places) return text;
  const shortest = text.length - (needed - places);
  let end = text.length;
  while (end > shortest && text[end - 1] === '0') end -= 1;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
}

/** The same as a number, for answers in JSON. */
export function roundFigure(value: number, places: number): number {
  return Number(showFigure(value, places));
}

/** A share in percent; one that is not quite all of it never reads as 100 %. */
export function showPercent(share: number, places: number): string {
  const rest = Math.abs(100 * (1 - share));
  const isClose = rest > 10 ** -PLACES_MAX && rest < 0.5 * 10 ** -places;
  const needed = isClose ? Math.min(PLACES_MAX, Math.ceil(-Math.log10(rest))) : places;
  return `${isClose ? (share * 100).toFixed(needed) : showFigure(share * 100, places)} %`;
}
