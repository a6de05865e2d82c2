/**
 * GTINs (GS1 General Specifications, section 7.9 for the check digit): 8, 12, 13 or 14 digits in
 * print, always 14 here, with zeros in front, so that one trade item has one form.
 */

const PRINTED = /^(\d{8}|\d{12}|\d{13}|\d{14})$/;

/** The check digit for the digits before it: weights 3, 1, 3, ... from the right. */
export function gtinCheckDigit(payload: string): number {
  let sum = 0;
  for (let index = 0; index < payload.length; index += 1) {
    const weight = (payload.length - index) % 2 === 1 ? 3 : 1;
    sum += Number(payload[index]) * weight;
  }
  return (10 - (sum % 10)) % 10;
}

/** Whether the text is a GTIN of any length with a right check digit. */
export function isGtin(text: string): boolean {
  return PRINTED.test(text) && gtinCheckDigit(text.slice(0, -1)) === Number(text.at(-1));
}

/** A valid GTIN with 14 digits. Leading zeros do not touch the check digit. */
export function normaliseGtin(text: string): string {
  return text.padStart(14, '0');
}
