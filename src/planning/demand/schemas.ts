import { z } from 'zod';
import { pageOf } from '../../platform/http.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { MARK } from './types.ts';

/** Shapes of the answers about demand history. */

const MARK_NAMES = Object.keys(MARK) as [keyof typeof MARK, ...(keyof typeof MARK)[]];

/** Names of the bits of {@link MARK}. */
export function markNames(bits: number): (keyof typeof MARK)[] {
  return MARK_NAMES.filter((name) => (bits & MARK[name]) !== 0);
}

/** A quantity as it is kept, exact again. */
export function exactText(value: number, scale: number): string {
  return formatDecimal(BigInt(Math.round(value * 10 ** scale)), scale);
}

/** A number that JSON can carry. */
export function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

const decimal = z.string().describe('a decimal');

export const periodAnswer = z.object({
  from: z.string().describe('first day of the period'),
  days: z.number().int().describe('days of it that history covers'),
  ordered: decimal.describe('ordered less what counts as returned'),
  lostEstimate: z.number().describe('estimated to be lost because nothing was available'),
  demand: z.number().nullable().describe('what is forecast from; null where nothing is known'),
  isCensored: z.boolean().describe('nothing was available on some of its days'),
  unavailableDays: z.number().int(),
  partlyAvailableDays: z.number().int(),
  price: z.number().nullable().describe('average net price of one base unit, house currency'),
  marks: z.array(z.enum(MARK_NAMES)),
  discount: z.number().describe('highest discount of a promotion, as a share'),
  promotions: z.array(z.string()),
  holidays: z.array(z.string()),
  events: z.array(z.string()),
  signals: z.record(z.string(), z.number()).describe('mean of each signal that concerns it'),
});

export const historyAnswer = z.object({
  item: z.string(),
  site: z.string(),
  owner: z.string(),
  group: z.string().nullable(),
  region: z.string().nullable(),
  bucket: z.enum(['day', 'week']),
  predecessor: z.string().nullable().describe('the item that this one took over from'),
  periods: z.array(periodAnswer),
});

export const seriesAnswer = z.object({
  item: z.string(),
  site: z.string(),
  owner: z.string(),
  group: z.string().nullable(),
  region: z.string().nullable(),
  firstDay: z.string(),
  lastSoldOn: z.string().nullable(),
  days: z.number().int(),
  ordered: decimal.describe('over the days asked for'),
  lostEstimate: z.number(),
  unavailableDays: z.number().int(),
  excludedDays: z.number().int(),
  spikes: z.number().int().describe('outliers and one-offs'),
});
export const seriesPage = pageOf(seriesAnswer);

export const runAnswer = z.object({
  rollUpId: z.number().int(),
  kind: z.enum(['incremental', 'rebuild']),
  state: z.enum(['queued', 'running', 'completed', 'failed']),
  factsDone: z.number().describe('facts of the ledger read'),
  factsTotal: z.number().describe('facts there were to read when it began'),
  salesOrderChanges: z.number().describe("entries of sales orders' trails looked at"),
  error: z.string().nullable(),
  requestedAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
export const runPage = pageOf(runAnswer);

export const policyAnswer = z.object({
  returnDays: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .describe('a return so many days after the sale or sooner reduces its day; 0: never'),
  countsCancelled: z
    .boolean()
    .describe('whether units cancelled before they shipped count as demand'),
  lostDaysMax: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .describe('days without availability in a row for which lost sales are estimated'),
  partlyLostShare: z
    .number()
    .min(0)
    .max(1)
    .describe('share of a day that sold out, or was refilled, that counts as without'),
  outlierFactor: z
    .number()
    .int()
    .min(2)
    .max(1000)
    .describe('a day so many times the usual is out of the ordinary'),
  version: z.number().int(),
});
export const policyPatch = policyAnswer.omit({ version: true }).partial().strict();
