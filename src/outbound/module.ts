import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { channelRoutes } from './channels/channel.routes.ts';
import { fulfilmentRoutes } from './fulfilment/fulfilment.routes.ts';
import { actionRoutes } from './orders/action.routes.ts';
import { backorderRoutes } from './orders/backorders.routes.ts';
import { createCaptureDesk } from './orders/capture-desk.ts';
import { cartHoldRoutes } from './orders/cart-holds.routes.ts';
import { orderRoutes } from './orders/order.routes.ts';
import { keepSweeping } from './orders/sweep.ts';
import { promiseRoutes } from './promise/promise.routes.ts';
import { sourcing } from './sourcing/module.ts';
import { createSourcedOrders } from './sourcing/order-service.ts';
import { transferRoutes } from './transfers/transfer.routes.ts';

/** Everything that leaves, or moves between sites: routes, and the work behind them. */
export function outboundRoutes(app: App, context: Context, ledger: LedgerService): void {
  const service = createSourcedOrders(context, ledger);
  const desk = createCaptureDesk(service);
  channelRoutes(app, context);
  orderRoutes(app, service, desk);
  actionRoutes(app, service);
  cartHoldRoutes(app, service);
  backorderRoutes(app, service);
  fulfilmentRoutes(app, service);
  promiseRoutes(app, context, ledger);
  transferRoutes(app, context, ledger);
  sourcing(app, service);
  const stop = keepSweeping(service);
  // Closing runs the hooks from the last to the first, so this ends before the ledger does.
  app.addHook('onClose', async () => {
    await stop();
    await desk.drain();
  });
}
