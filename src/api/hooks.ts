import rateLimit from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import type { FastifyRequest } from 'fastify';
import type { Authenticator } from '../platform/auth/index.ts';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { httpDurations } from '../platform/metrics.ts';
import { createOverload } from '../platform/overload.ts';
import { forbidden, overloaded, Problem } from '../platform/problems.ts';
import { tooManyRequests } from './problem-handler.ts';

const SLOW_REQUEST_MS = 1_000;

/** Checks the key and its scope before anything of the body is read. */
export function addAuthentication(app: App, authenticator: Authenticator): void {
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    if (request.is404 || scope === undefined || scope === 'public') return;
    request.principal = await authenticator.authenticate(request.headers.authorization);
    if (request.principal.scopes.has(scope)) return;
    throw new Problem(forbidden, `The key lacks the scope ${scope}.`, { scope });
  });
}

function sheds(request: FastifyRequest): boolean {
  const { sheds: declared } = request.routeOptions.config;
  if (declared !== undefined) return declared;
  return !request.is404 && !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
}

/** Refuses work that could not be finished in time, cheaply and early. */
export async function addShedding(app: App, context: Context): Promise<void> {
  app.decorate('overload', createOverload());
  const shed = (name: string, reason: string, retryAfterSeconds: number) => {
    context.log.debug({ check: name, reason }, 'request shed');
    throw new Problem(overloaded, `${reason} Nothing was done.`, { retryAfterSeconds });
  };
  app.addHook('onRequest', async (request) => {
    const pressure = sheds(request) ? app.overload.pressure() : undefined;
    if (pressure) shed(pressure.name, pressure.reason, pressure.retryAfterSeconds);
  });
  await app.register(underPressure, {
    maxEventLoopDelay: context.config.eventLoopDelayMsMax,
    pressureHandler: (request, _reply, type) => {
      if (sheds(request)) shed(type, 'The server is busy.', 1);
    },
  });
}

/** Limits requests a minute by key, else by address; off unless configured. */
export async function addRateLimit(app: App, context: Context): Promise<void> {
  const { rateLimitPerMinute: max } = context.config;
  if (max === 0) return;
  await app.register(rateLimit, {
    max,
    timeWindow: 60_000,
    // The principal is known only for routes that need a key; the type cannot say so.
    keyGenerator: (request) =>
      (request.principal as typeof request.principal | undefined)
        ? `principal ${request.principal.principalId}`
        : request.ip,
    allowList: (request) => ['/healthz', '/readyz'].includes(request.url),
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem(tooManyRequests, `More than ${max} requests in a minute.`, {
        retryAfterSeconds: Math.ceil(ttl / 1000),
      }),
  });
}

/** Names each request, measures it, and logs those that failed or were slow. */
export function addObservation(app: App, context: Context): void {
  const durations = httpDurations(context.metrics);
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const { method } = request;
    const status = reply.statusCode;
    const durationMs = Math.round(reply.elapsedTime);
    durations.observe({ method, route, status }, reply.elapsedTime / 1000);
    const level = status >= 500 || durationMs >= SLOW_REQUEST_MS ? 'warn' : 'debug';
    request.log[level]({ method, route, status, durationMs }, 'request');
  });
}
