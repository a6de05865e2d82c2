import type { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { parseRequest } from '../whatif/door.ts';
import { elasticityOf, priceEffect } from './pricing.ts';
import {
  type EffectAnswer,
  type ElasticityAnswer,
  effectQuery,
  elasticityQuery,
} from './schemas.ts';

/** How demand follows price, as `GET /v1/planning/elasticity` says. */
export function showElasticity(
  context: Context,
  principal: Principal,
  given: z.input<typeof elasticityQuery>,
): Promise<ElasticityAnswer> {
  return elasticityOf(context, principal, parseRequest(elasticityQuery, given));
}

/** What another price would do, as `GET /v1/planning/price-effect` says. */
export function showPriceEffect(
  context: Context,
  principal: Principal,
  given: z.input<typeof effectQuery>,
): Promise<EffectAnswer> {
  return priceEffect(context, principal, parseRequest(effectQuery, given));
}
