import { z } from 'zod';
import type { Authenticator } from '../platform/auth/index.ts';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { forbidden, Problem } from '../platform/problems.ts';
import { DISK_FREE_PERCENT_MIN, diskFreePercent, readinessChecks } from './health.ts';

const DISK_CHECK_EVERY_MS = 5_000;

const readiness = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

/**
 * PostgreSQL stops hard when its disk is full, so writes are refused before that. The answer is
 * kept in memory and renewed every few seconds.
 */
function watchDisk(app: App, context: Context): void {
  let free = 100;
  const look = async () => {
    free = await diskFreePercent(context.config.dataFolder).catch(() => 100);
  };
  const timer = setInterval(look, DISK_CHECK_EVERY_MS);
  timer.unref();
  app.addHook('onReady', look);
  app.addHook('onClose', async () => clearInterval(timer));
  app.overload.watch('disk', () =>
    free >= DISK_FREE_PERCENT_MIN
      ? undefined
      : { reason: `Only ${free} % of the disk is free.`, retryAfterSeconds: 30 },
  );
}

/** Liveness, readiness and metrics. */
export function systemRoutes(app: App, context: Context): void {
  watchDisk(app, context);
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
  });
  const open = { scope: 'public' as const };
  app.get(
    '/healthz',
    {
      config: open,
      schema: {
        tags: ['system'],
        summary: 'Whether the process lives; it does not ask the database',
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      config: open,
      schema: {
        tags: ['system'],
        summary: 'Whether traffic may be sent here: database, durability, disk, schema',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const checks = await readinessChecks(context);
      if (draining) checks.push({ name: 'draining', ok: false, detail: 'the server is stopping' });
      const ready = checks.every((check) => check.ok);
      return reply.code(ready ? 200 : 503).send({ ready, checks });
    },
  );
}

/** Prometheus metrics: open on this machine, elsewhere with a key that has system:read. */
export function metricsRoute(app: App, context: Context, authenticator: Authenticator): void {
  app.get(
    '/metrics',
    { config: { scope: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const isForwarded = 'x-forwarded-for' in request.headers || 'forwarded' in request.headers;
      const isLocal = ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(request.ip);
      if (!isLocal || isForwarded) {
        const principal = await authenticator.authenticate(request.headers.authorization);
        if (!principal.scopes.has('system:read')) {
          throw new Problem(forbidden, 'The key lacks the scope system:read.');
        }
      }
      return reply.type(context.metrics.contentType).send(await context.metrics.metrics());
    },
  );
}
