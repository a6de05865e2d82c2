import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http.ts';
import { text } from '../../platform/text.ts';

/** The wire form of what-if scenarios. */

export const DAYS_MAX = 182;
export const PATHS_MAX = 1_000;
const ITEMS_MAX = 50;

const code = text(64);
const share = z.number().min(0.5).max(0.9999);
const factor = z.number().min(0).max(20);
const isSane = (value: string) => value >= '1970-01-01' && value < '2200-01-01';
const day = z.iso.date().refine(isSane, 'is not between 1970 and 2200');
const stretch = { from: day, to: day.describe('the last day of it') };

export const changeBody = z
  .strictObject({
    serviceTarget: share.optional().describe('another service target, as 0.99'),
    leadTimeDays: z.number().int().min(0).max(365).optional().describe('always so many days'),
    leadTimeFactor: factor.optional().describe('every lead time times this'),
    demandFactor: factor.optional().describe('demand of every day times this'),
    promotion: z
      .strictObject({
        ...stretch,
        uplift: z.number().min(0.01).max(50).optional().describe('demand times this'),
        priceFactor: z
          .number()
          .min(0.05)
          .max(2)
          .optional()
          .describe('price times this; the uplift follows from the elasticity of the item'),
      })
      .optional(),
    supplierFailure: z
      .strictObject(stretch)
      .optional()
      .describe('nothing arrives in these days; what would, comes the day after'),
    unforeseen: z.boolean().optional().describe('nobody plans for it beforehand'),
  })
  .describe('what is changed; all else stays as it is');
export type ChangeBody = z.output<typeof changeBody>;

export const whatIfBody = z.strictObject({
  name: text(200).optional(),
  items: z.array(code).min(1).max(ITEMS_MAX),
  sites: z.array(code).min(1).max(ITEMS_MAX).optional().describe('all sites by default'),
  days: z.number().int().min(7).max(DAYS_MAX).default(91),
  paths: z.number().int().min(10).max(PATHS_MAX).default(200).describe('futures to draw'),
  seed: text(64).default('what-if').describe('the same seed draws the same futures'),
  change: changeBody,
});
export type WhatIfBody = z.output<typeof whatIfBody>;

const statistic = z.number();
const money = z.string().describe('a decimal in the house currency');
export const caseAnswer = z.object({
  demandUnits: statistic,
  lostUnits: statistic,
  fillRate: statistic,
  stockoutDays: statistic.describe('days of an item at a site on which demand met too little'),
  stockoutChance: statistic.describe('share of futures with such a day, mean over the places'),
  averageUnits: statistic,
  averageValue: money,
  orders: statistic,
  orderedUnits: statistic,
  holdingCost: money,
  orderingCost: money,
  shortageCost: money,
  totalCost: money,
  weekOnHand: z.array(statistic),
  weekShort: z.array(statistic),
});
export type CaseAnswer = z.output<typeof caseAnswer>;

const levels = { reorderPoint: statistic, orderUpTo: statistic };
const placeAnswer = z.object({
  item: z.string(),
  site: z.string(),
  base: caseAnswer.extend(levels),
  changed: caseAnswer.extend(levels),
});
export type PlaceAnswer = z.output<typeof placeAnswer>;

export const resultAnswer = z.object({
  from: z.string().describe('the first simulated day'),
  currency: z.string(),
  base: caseAnswer,
  changed: caseAnswer,
  places: z.array(placeAnswer),
});
export type ResultAnswer = z.output<typeof resultAnswer>;

const headAnswer = z.object({
  number: z.string(),
  name: z.string(),
  createdAt: z.string(),
  request: z.looseObject({}),
});
export const whatIfAnswer = headAnswer.extend({ result: resultAnswer });
export type WhatIfAnswer = z.output<typeof whatIfAnswer>;
export const whatIfPage = pageOf(headAnswer);
export const whatIfList = z.object({ ...pageQuery, name: text(200).optional() });
export const whatIfParams = z.object({
  number: z
    .string()
    .max(40)
    .regex(/^[!-~]+$/),
});
