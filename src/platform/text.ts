import { z } from 'zod';

/** A count with its noun: '1 error', '1,200 errors'; `many` where the plural is not with an s. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** Text of one line that PostgreSQL can keep: no control characters, no lone surrogates. */
export const text = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u);

/** The same, with line breaks and tabs, which may stand in prose. */
export const prose = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u);
