import { z } from 'zod';
import { text } from '../../platform/text.ts';

/** The wire form of elasticities and of what prices do. */

const code = text(64);
const statistic = z.number();
const money = z.string().describe('a decimal in the house currency');

export const elasticityQuery = z
  .object({ item: code.optional(), group: code.optional() })
  .refine(({ item, group }) => (item === undefined) !== (group === undefined), {
    message: 'needs either item or group',
    path: ['item'],
  });

const estimate = z.object({
  value: statistic,
  standardError: statistic,
  low: statistic.describe('with high, the interval in which it lies 90 times of 100'),
  high: statistic,
});

export const elasticityAnswer = z.object({
  item: z.string().nullable(),
  group: z.string().nullable(),
  elasticity: estimate.nullable().describe('null where history does not say'),
  pooled: estimate.nullable().describe('over the whole group'),
  series: z.number().int(),
  weeks: z.number().int(),
  priceVariation: statistic.describe('deviation of the logarithm of price in the history'),
  remark: z.string(),
});
export type ElasticityAnswer = z.output<typeof elasticityAnswer>;

export const effectQuery = z.object({
  item: code,
  newPrice: z
    .string()
    .regex(/^(?=.*[1-9])\d{1,9}(\.\d{1,4})?$/)
    .describe('a decimal above 0 in the house currency'),
  days: z.coerce.number().int().min(1).max(182).default(28),
  extraUplift: z.coerce
    .number()
    .min(0.01)
    .max(50)
    .optional()
    .describe('what else lifts demand meanwhile, as 1.2 for a place at the front'),
  elasticity: z.coerce
    .number()
    .min(-20)
    .max(5)
    .optional()
    .describe('one of your own instead of what history says'),
});
export type EffectQuery = z.output<typeof effectQuery>;

const units = z.object({ expected: statistic, low: statistic, high: statistic });
const amounts = z.object({ expected: money, low: money, high: money });

export const effectAnswer = z.object({
  item: z.string(),
  days: z.number().int(),
  currency: z.string(),
  missing: z
    .array(z.string())
    .describe('what is not known: price, unitCost, forecast, elasticity; then effect is null'),
  price: money.nullable().describe('the average of the last sales'),
  newPrice: money,
  unitCost: money.nullable().describe("of the ledger's cost pools"),
  demandBefore: statistic.nullable().describe('forecast over these days at the present price'),
  effect: z
    .object({
      revenueBefore: money,
      marginBefore: money,
      uplift: units.describe('demand at the new price over demand at the present one'),
      demand: units,
      revenue: amounts,
      margin: amounts,
      marginChange: amounts,
      breakEvenUplift: statistic.nullable().describe('null: no uplift would be enough'),
      breakEvenElasticity: statistic.nullable(),
      chanceOfGain: statistic.describe('probability that the margin becomes greater'),
    })
    .nullable(),
  basis: elasticityAnswer,
});
export type EffectAnswer = z.output<typeof effectAnswer>;
