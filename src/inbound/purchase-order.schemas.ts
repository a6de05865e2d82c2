import { z } from 'zod';
import {
  basisPoints,
  code,
  currency,
  day,
  LINES_MAX,
  level,
  lineNumber,
  money,
  note,
  price,
  quantity,
  text,
} from './schemas.ts';
import { INCOTERMS } from './supplier.ts';

/** Bodies of the requests that make and change purchase orders. */

const newLine = z.strictObject({
  item: code.describe('SKU'),
  quantity,
  level: level.optional(),
  unitPrice: price.optional().describe('without it, the price break of the supplier'),
  expectedOn: day.optional().describe('without it, today and the lead time that is stated'),
  taxBasisPoints: basisPoints.optional(),
  overReceiptBasisPoints: basisPoints.optional(),
  underReceiptBasisPoints: basisPoints.optional(),
});
export const createBody = z.strictObject({
  supplier: code,
  site: code.describe('where the goods are to be received'),
  owner: code.optional().describe('whose goods they will be; without it the house'),
  currency: currency.optional(),
  reference: text(80).optional(),
  notes: note.optional(),
  incoterm: z.enum(INCOTERMS).optional(),
  paymentTermsDays: z.number().int().min(0).max(3650).optional(),
  approvalLimit: money.optional().describe("can only lower the supplier's"),
  lines: z.array(newLine).min(1).max(LINES_MAX),
});
const lineChange = z.strictObject({
  line: lineNumber,
  quantity: quantity.optional(),
  unitPrice: price.optional(),
  expectedOn: day.optional(),
  cancel: z.boolean().optional(),
});
export const changeBody = z.strictObject({
  reference: text(80).optional(),
  notes: note.optional(),
  note: note.optional().describe('why; goes to the history'),
  lines: z.array(lineChange).max(LINES_MAX).optional(),
  addLines: z.array(newLine).max(100).optional(),
});
export const confirmationBody = z.strictObject({
  reference: text(80).optional(),
  lines: z.array(lineChange).max(LINES_MAX).optional(),
});
export const noteBody = z.strictObject({ note: note.optional() });
export const someBody = noteBody.extend({
  lines: z.array(lineNumber).min(1).max(LINES_MAX).optional(),
});
export const submitBody = noteBody.extend({ overrideTerms: z.boolean().optional() });
