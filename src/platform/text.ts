import { z } from 'zod';

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
