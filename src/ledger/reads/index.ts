import type { Context } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { availabilityRoutes } from './availability.routes.ts';
import { movementRoutes } from './movements.routes.ts';
import { promiseRoutes } from './promises.routes.ts';
import { stockRoutes } from './stock.routes.ts';
import { traceRoutes } from './traces.routes.ts';
import { valueRoutes } from './value.routes.ts';
import { whyRoutes } from './why.routes.ts';

export {
  type Availability,
  type AvailabilityReader,
  createAvailabilityReader,
} from './availability.ts';
export { type Coalescer, createCoalescer } from './coalesce.ts';
export { arraysOf, decodeBigints, decodeInt4 } from './columns.ts';
export { showMovements } from './movements.queries.ts';
export { readMovements } from './movements.routes.ts';
export type { MovementAnswer } from './schemas.ts';
export { STOCK_DIMENSIONS } from './stock.queries.ts';
export { readStock, type StockAnswer } from './stock.routes.ts';
export { type ExceptionAnswer, readExceptions } from './traces.routes.ts';
export type { Why, WhyItem } from './why.queries.ts';
export { readWhy } from './why.routes.ts';

/** Adds every route that only reads the ledger. */
export function readRoutes(app: App, context: Context): void {
  stockRoutes(app, context);
  availabilityRoutes(app, context);
  movementRoutes(app, context);
  promiseRoutes(app, context);
  traceRoutes(app, context);
  valueRoutes(app, context);
  whyRoutes(app, context);
}
