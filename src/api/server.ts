import helmet from '@fastify/helmet';
import { fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { createAuthenticator, keyRoutes } from '../platform/auth/index.ts';
import type { Context } from '../platform/context.ts';
import { bindCursors } from '../platform/cursors.ts';
import type { App } from '../platform/http.ts';
import { newId } from '../platform/ids.ts';
import { addAuthentication, addObservation, addRateLimit, addShedding } from './hooks.ts';
import type { RouteModule } from './modules.ts';
import { addOpenApi, referenceRoutes } from './openapi.ts';
import { pageRoutes } from './pages.routes.ts';
import { handleError } from './problem-handler.ts';
import { watchRoutes } from './routes-known.ts';
import { metricsRoute, systemRoutes } from './system.routes.ts';

/** Socket idle time; streams must write more often than this, or lift it on their socket. */
const CONNECTION_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** A route that streams or imports sets its own `handlerTimeout`. */
const HANDLER_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

function createApp(context: Context): App {
  const app = fastify({
    loggerInstance: context.log,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: handleError,
    genReqId: () => newId(),
    bodyLimit: context.config.bodyLimitBytes,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // A command id has up to 255 characters, each of which may be written as three.
    routerOptions: { maxParamLength: 3 * 255 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(handleError);
  return app.withTypeProvider() as unknown as App;
}

/**
 * Builds the HTTP application: hooks, system routes, then each module's routes. It does not
 * listen yet. Closing it ends its own timers, but not the context's database.
 */
export async function buildServer(context: Context, modules: readonly RouteModule[]): Promise<App> {
  const app = createApp(context);
  const authenticator = createAuthenticator(context);
  app.addHook('onClose', () => authenticator.close());
  watchRoutes(app);
  // First of all hooks, so that refusals carry its headers too.
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  addObservation(app, context);
  addAuthentication(app, authenticator);
  await addShedding(app, context);
  await addRateLimit(app, context);
  bindCursors(app);
  await addOpenApi(app);
  systemRoutes(app, context);
  metricsRoute(app, context, authenticator);
  pageRoutes(app);
  referenceRoutes(app);
  keyRoutes(app, context, authenticator);
  for (const addRoutes of modules) await addRoutes(app, context);
  await app.ready();
  return app;
}
