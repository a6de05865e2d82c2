import { z } from 'zod';
import { instant, pageOf } from '../../platform/http.ts';
import { prose, text } from '../../platform/text.ts';
import { RUN_STATES } from './run.ts';

/** A word that something is filtered by; empty where that may be asked for. */
export const filterText = z
  .string()
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
export const sku = text(64).describe('SKU of an item');
export const siteCode = text(40).describe('code of a site');
export const groupCode = text(64).describe('code of a group of items');
export const documentNumber = text(40);
/** A day that is near enough for days to be counted from it, on either side. */
const isNear = (value: string) => value >= '1970-01-01' && value < '2200-01-01';
export const date = z.iso.date().refine(isNear, 'is not between 1970 and 2200');
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .describe('makes a repeat harmless: the same key and body answer the same again'),
});

const figure = z.number().nullable();

/** How good forecasts were. */
export const figuresAnswer = z.object({
  days: z.number().describe('days judged; of an item at a site older ones count less'),
  wape: figure.describe('sum of absolute errors over sum of demand'),
  bias: figure.describe('sum of errors over sum of demand; positive: too much'),
  rmsse: figure.describe('root mean squared scaled error'),
  pinball: figure.describe('scaled pinball loss over all quantiles'),
  pinballShare: figure.describe('pinball loss for each unit of demand'),
  coverage80: figure.describe('share of days inside the 80 % interval'),
  coverage90: figure,
  coverage95: figure,
  naiveWape: figure.describe('the same as wape, of the seasonal naive forecast'),
});

export const runBody = z.strictObject({
  tier: z
    .enum(['auto', 'fast', 'full'])
    .default('auto')
    .describe('auto: methods are selected anew for new, drifting and due series'),
  origin: date.optional().describe('the last day whose demand is seen; by default yesterday'),
  seed: z.int().min(0).max(2_147_483_647).default(1).describe('when which series is due'),
});

export const runAnswer = z.object({
  number: z.string(),
  state: z.enum(RUN_STATES),
  stage: z.enum(['history', 'series', 'sums']),
  origin: date,
  seed: z.number(),
  tier: z.enum(['auto', 'fast', 'full']),
  parts: z.number(),
  partsDone: z.number(),
  series: z.number(),
  seriesDone: z.number(),
  progress: z.number().describe('0 to 1'),
  workers: z.array(z.string()).describe('who is working on it now'),
  result: z
    .looseObject({
      series: z.number(),
      tiers: z.object({ rolled: z.number(), fast: z.number(), full: z.number() }),
      classes: z.record(z.string(), z.number()),
      drifting: z.number(),
      overridden: z.number(),
      scoredDays: z.number(),
    })
    .nullable(),
  reason: z.string().nullable().describe('why it failed'),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
});
export type RunAnswer = z.output<typeof runAnswer>;
export const runPage = pageOf(runAnswer);

const weeks = z.array(z.number());

/** One forecast in a list. */
export const forecastLine = z.object({
  item: z.string(),
  site: z.string(),
  owner: z.string(),
  origin: date,
  method: z.string(),
  class: z.string(),
  marks: z.array(z.string()),
  meanPerDay: z.number().describe('mean of the next 8 weeks, units a day'),
  weeks: weeks.describe('mean of each of the next 26 weeks'),
  weeks90: weeks.describe('their 90 % quantile'),
  isDrifting: z.boolean(),
  driftedOn: date.nullable(),
  overridden: z.boolean(),
  wape: figure,
  bias: figure,
  rmsse: figure,
  pinball: figure,
});
export type ForecastLine = z.output<typeof forecastLine>;
export const forecastPage = pageOf(forecastLine);

/** All that is known of one forecast. */
export const forecastAnswer = forecastLine.omit({ weeks90: true }).extend({
  run: z.string(),
  tier: z.enum(['rolled', 'fast', 'full']),
  selectedOn: date.nullable().describe('origin at which the method was selected'),
  days: z.array(z.number()).describe('mean of each of the next 56 days'),
  levels: z.array(z.number()).describe('the probabilities of the quantiles'),
  dayQuantiles: z.array(z.array(z.number())).describe('for each level, of the next 7 days'),
  weekQuantiles: z.array(z.array(z.number())).describe('for each level, of the next 26 weeks'),
  statisticalWeeks: weeks.describe('weeks without what planners say'),
  leadTime: z
    .object({ dayVariance: z.number(), growth: z.number(), correlation: z.number() })
    .describe('demand of n days has about the variance dayVariance * n ^ growth'),
  accuracy: figuresAnswer,
  overrides: z.array(z.string()).describe('numbers of the overrides in it'),
  explanation: z.looseObject({ summary: z.string() }).nullable(),
  history: z.object({
    from: date,
    days: z.array(z.number().nullable()).describe('demand of the last days; null: not known'),
  }),
});

/** An item over all its sites in a list. */
export const itemForecastLine = z.object({
  item: z.string(),
  owner: z.string(),
  origin: date,
  sites: z.number().describe('how many sites it is forecast for'),
  meanPerDay: z.number().describe('mean of the next 8 weeks, units a day'),
  weeks: weeks.describe('mean of each of the next 26 weeks: the sum over its sites'),
  isDrifting: z.boolean().describe('at one of its sites at least'),
  overridden: z.boolean(),
});

/** All that is known of an item over its sites. */
export const itemForecastAnswer = itemForecastLine.extend({
  days: z.array(z.number()).describe('mean of each of the next 56 days'),
  levels: z.array(z.number()).describe('the probabilities of the quantiles'),
  dayQuantiles: z.array(z.array(z.number())).describe('for each level, of the next 7 days'),
  weekQuantiles: z.array(z.array(z.number())).describe('for each level, of the next 26 weeks'),
  correlation: z.number().describe('how much the errors of its sites go together, 0 to 1'),
  bySite: z.array(z.object({ site: z.string(), class: z.string(), method: z.string(), weeks })),
  history: z.object({
    from: date,
    days: z.array(z.number().nullable()).describe('demand of the last days; null: not known'),
  }),
});

export const levelAnswer = z.object({
  level: z.enum(['total', 'region', 'site', 'group']),
  code: z.string(),
  origin: date,
  series: z.number(),
  method: z.string(),
  weeks: weeks.describe('reconciled: the sum of the forecasts below'),
  weekQuantiles: z.array(weeks),
  summedWeeks: weeks.describe('sum of the forecasts below before reconciliation'),
  ownWeeks: weeks.describe("forecast of this level's own history"),
  history: weeks.describe('demand of the last 104 weeks'),
});

export const accuracyAnswer = z.object({
  level: z.string(),
  code: z.string(),
  day: date.nullable(),
  demand: z.number(),
  figures: figuresAnswer,
});

const NOTE_MAX = 500;

export const overrideBody = z.strictObject({
  item: sku.optional(),
  group: groupCode.optional(),
  site: siteCode.optional().describe('by default all sites'),
  from: date,
  to: date,
  kind: z.enum(['absolute', 'percent']),
  value: z
    .number()
    .min(-100)
    .max(1e9)
    .describe('absolute: units a day; percent: 20 is a fifth more, -50 is half'),
  reason: prose(NOTE_MAX),
  expiresOn: date.optional().describe('no longer used from then on; by default a day after `to`'),
  confirmLarge: z
    .boolean()
    .optional()
    .describe('it is meant, although it is many times the forecast'),
});

export const overrideAnswer = z.object({
  number: z.string(),
  item: z.string().nullable(),
  group: z.string().nullable(),
  site: z.string().nullable(),
  from: date,
  to: date,
  kind: z.enum(['absolute', 'percent']),
  value: z.number(),
  reason: z.string(),
  expiresOn: date,
  timesForecast: figure.describe('units with it over those without, as it was made'),
  isLarge: z.boolean().describe('confirmed although many times the forecast'),
  actor: z.string().nullable(),
  createdAt: instant,
  undoneAt: instant.nullable(),
  undoneReason: z.string().nullable(),
  valueAdded: z
    .object({
      days: z.number().describe('days of series that were judged'),
      demand: z.number(),
      wapeWith: figure,
      wapeWithout: figure,
      biasWith: figure,
      biasWithout: figure,
      addedValue: figure.describe('share of the error that it took away; below 0: it added'),
    })
    .nullable(),
});
export const overridePage = pageOf(overrideAnswer);
export const undoBody = z.strictObject({ reason: prose(NOTE_MAX) });
