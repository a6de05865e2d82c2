import { hashText } from '../platform/random.ts';

/**
 * The check digit of a GS1 key (GS1 General Specifications, section 7.9): weights 3, 1, 3, ...
 * from the right.
 */
export function checkDigit(payload: string): string {
  let sum = 0;
  for (let index = 0; index < payload.length; index += 1) {
    const weight = (payload.length - index) % 2 === 1 ? 3 : 1;
    sum += Number(payload[index]) * weight;
  }
  return String((10 - (sum % 10)) % 10);
}

/** GS1 prefix 952 is kept for demonstrations and examples: no real article has such a number. */
const DEMO_PREFIX = '952';

/** A GTIN-13 of brand (0 to 9999) and article (0 to 99999). */
export function gtin13(brand: number, article: number): string {
  const payload = `${DEMO_PREFIX}${pad(brand, 4)}${pad(article, 5)}`;
  return payload + checkDigit(payload);
}

/** The GTIN-14 of a pack of the article: an indicator digit (1 to 8) before its GTIN-13. */
export function gtin14(indicator: number, gtin: string): string {
  const payload = `${indicator}${gtin.slice(0, 12)}`;
  return payload + checkDigit(payload);
}

/** A serial shipping container code (SSCC), which serves as the LPN of a pallet. */
export function sscc(serial: number): string {
  const payload = `0${DEMO_PREFIX}0001${pad(serial, 9)}`;
  return payload + checkDigit(payload);
}

/** A number with zeros in front. */
export function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

/**
 * The command id of the n-th command of a seed: a UUID (RFC 9562, version 8). The ordinal stands
 * first, so that ids rise with time and the unique index stays dense.
 */
export function commandIdOf(seed: string, ordinal: number): string {
  const head = ordinal.toString(16).padStart(12, '0');
  const a = hashText(`a${seed}`).toString(16).padStart(8, '0');
  const b = hashText(`b${seed}`).toString(16).padStart(8, '0');
  const tail = `${a}${b}`;
  return [
    head.slice(0, 8),
    head.slice(8),
    `8${tail.slice(0, 3)}`,
    `8${tail.slice(3, 6)}`,
    `${tail.slice(6)}00`,
  ].join('-');
}
