import type { Context } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { rollUpInTheBackground } from './background.ts';
import { driverRoutes } from './drivers.routes.ts';
import { historyRoutes } from './history.routes.ts';
import { rollUpRoutes } from './roll-up.routes.ts';

/** Demand history: its routes, and the roll-up in the background. */
export function demandRoutes(app: App, context: Context): void {
  const background = rollUpInTheBackground(context);
  historyRoutes(app, context);
  rollUpRoutes(app, context, background.wake);
  driverRoutes(app, context);
  app.addHook('onClose', background.stop);
}
