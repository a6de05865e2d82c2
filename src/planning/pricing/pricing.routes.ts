import type { Context } from '../../platform/context.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import type { App } from '../../platform/http.ts';
import { elasticityOf, priceEffect } from './pricing.ts';
import { effectAnswer, effectQuery, elasticityAnswer, elasticityQuery } from './schemas.ts';

const tags = ['Planning'];

/** Elasticities and what prices do, at /v1/planning/elasticity and /v1/planning/price-effect. */
export function pricingRoutes(app: App, context: Context): void {
  app.get(
    '/v1/planning/elasticity',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'How demand of an item or group follows its price, with its uncertainty',
        querystring: elasticityQuery,
        response: { 200: elasticityAnswer },
      },
    },
    (request) => {
      requireHouse(request.principal);
      return elasticityOf(context, request.principal, request.query);
    },
  );
  app.get(
    '/v1/planning/price-effect',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'What another price would do to demand, revenue and margin',
        querystring: effectQuery,
        response: { 200: effectAnswer },
      },
    },
    (request) => {
      requireHouse(request.principal);
      return priceEffect(context, request.principal, request.query);
    },
  );
}
