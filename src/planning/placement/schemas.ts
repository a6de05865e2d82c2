import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http.ts';
import { text } from '../../platform/text.ts';
import { PLACEMENT_STATES } from './states.ts';

/** The wire form of placements. */

/** Items that one request may place; more of them would keep it waiting too long. */
export const ITEMS_MAX = 5_000;
const SITES_MAX = 30;

const code = text(64);
const isSane = (value: string) => value >= '1970-01-01' && value < '2200-01-01';
const day = z.iso.date().refine(isSane, 'is not between 1970 and 2200');
const volume = z.number().min(0).max(1e7);
const amount = z.number().min(0).max(1e6);
const cost = (usual: number, what: string) => amount.default(usual).describe(what);

const siteBody = z.strictObject({
  site: code,
  roomM3: volume.describe('cubic metres that these items may take at the end of a week'),
  inboundM3PerWeek: volume.describe('cubic metres that its docks may take in a week'),
  overflowPrice: cost(50, 'of a cubic metre beyond the room, a week'),
  inboundCostM3: cost(20, 'of a cubic metre from the supplier to the site'),
});

export const placementBody = z.strictObject({
  name: text(200).optional(),
  from: day.describe('the first day of the peak'),
  until: day.describe('its last day; at most 26 weeks from today'),
  level: z
    .number()
    .min(0.5)
    .max(0.99)
    .default(0.9)
    .describe('the quantile of regional demand to be served in the peak; before it, the mean'),
  items: z.array(code).min(1).max(ITEMS_MAX).optional(),
  group: code.optional().describe('the items of a group instead; by default all with a forecast'),
  sites: z.array(siteBody).min(1).max(SITES_MAX),
  costs: z
    .strictObject({
      deliverUnit: cost(3, 'of a unit to a customer of its own region'),
      deliverOtherUnit: cost(6, 'of a unit to a customer of another region'),
      transferM3: cost(15, 'of a cubic metre between two sites with a lane'),
    })
    .prefault({}),
});
export type PlacementBody = z.output<typeof placementBody>;

const statistic = z.number();
const money = z.string().describe('a decimal in the house currency');

const siteWeek = z.object({
  site: z.string(),
  week: z.number().int(),
  from: z.string().describe('the first day of the week'),
  roomM3: statistic,
  roomLimitM3: statistic,
  roomPrice: money.describe('what one cubic metre more of room would be worth that week'),
  inboundM3: statistic,
  inboundLimitM3: statistic,
  inboundPrice: money.describe('what one cubic metre more of dock would be worth that week'),
  missingUnits: statistic.describe('demand of the region that nobody meets'),
});
export type SiteWeek = z.output<typeof siteWeek>;

const flow = z.object({
  kind: z.enum(['purchase', 'transfer']),
  item: z.string(),
  supplier: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string(),
  week: z.number().int().describe('in which it arrives; a transfer leaves the week before'),
  arrivesFrom: z.string().describe('the first day of that week'),
  orderBy: z.string().describe('the day on which it must be ordered or sent'),
  quantity: z.string(),
  m3: statistic,
  why: z.string(),
});
export type Flow = z.output<typeof flow>;

const document = z.object({ type: z.string(), number: z.string() });

export const resultAnswer = z.object({
  currency: z.string(),
  weeks: z.number().int(),
  items: z.number().int(),
  itemsWithoutVolume: z.array(z.string()).describe('taken as one litre a unit'),
  cost: money,
  bound: money.describe('no plan costs less'),
  gap: statistic,
  seconds: statistic,
  siteWeeks: z.array(siteWeek),
  flows: z.array(flow),
});
export type ResultAnswer = z.output<typeof resultAnswer>;

const head = z.object({
  number: z.string(),
  name: z.string(),
  state: z.enum(PLACEMENT_STATES),
  createdAt: z.string(),
  decidedAt: z.string().nullable(),
  expiresOn: z.string().describe('from this day on nobody accepts it any more'),
  reason: z.string().nullable(),
  documents: z.array(document),
  request: z.looseObject({}),
});
export const placementAnswer = head.extend({ result: resultAnswer });
export type PlacementAnswer = z.output<typeof placementAnswer>;
export const placementPage = pageOf(head);
export const placementList = z.object({
  ...pageQuery,
  state: z.enum(PLACEMENT_STATES).optional(),
});
export const placementParams = z.object({
  number: z
    .string()
    .max(40)
    .regex(/^[!-~]+$/),
});
export const acceptBody = z.strictObject({
  days: z
    .number()
    .int()
    .min(1)
    .max(182)
    .default(7)
    .describe('flows that must be ordered or sent within so many days become documents'),
});
export const rejectBody = z.strictObject({ reason: text(1000) });
