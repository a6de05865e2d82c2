import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** One registry a process, with the runtime's own metrics (event loop lag, heap, collections). */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'onhand_' });
  return registry;
}

/** Duration of HTTP requests in seconds by method, route pattern and status. */
export function httpDurations(registry: Registry): Histogram<'method' | 'route' | 'status'> {
  return new Histogram({
    name: 'onhand_http_request_seconds',
    help: 'Duration of HTTP requests by route pattern',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
}
