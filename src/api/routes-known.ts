import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../platform/http.ts';
import { notFound, Problem } from '../platform/problems.ts';
import { methodNotAllowed, sendProblem } from './problem-handler.ts';

interface KnownRoute {
  readonly pattern: RegExp;
  readonly method: string;
}

function toPattern(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:[A-Za-z0-9_]+/g, '[^/]+').replace(/\*/g, '.*')}/?$`);
}

/**
 * Watches which routes are added, refuses one under /v1 that does not say who may call it, and
 * answers what matches none: 405 with Allow where another method does, else 404.
 */
export function watchRoutes(app: App): void {
  const known: KnownRoute[] = [];
  app.addHook('onRoute', ({ url, method, config }) => {
    if (url.startsWith('/v1/') && config?.scope === undefined) {
      throw new Error(`route ${method} ${url} declares no scope`);
    }
    for (const one of [method].flat()) known.push({ pattern: toPattern(url), method: one });
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0] ?? '';
    const allowed = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (allowed.length === 0 || allowed.includes(request.method)) {
      return sendProblem(new Problem(notFound, `Nothing is at ${path}.`), request, reply);
    }
    const methods = [...new Set(allowed)].sort();
    reply.header('allow', methods.join(', '));
    const detail = `${request.method} is not among ${methods.join(', ')}.`;
    return sendProblem(new Problem(methodNotAllowed, detail), request, reply);
  });
}
