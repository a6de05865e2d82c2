import { pino } from 'pino';
import { systemClock } from '../../src/platform/clock.ts';
import { type Config, loadConfig } from '../../src/platform/config.ts';
import type { Context } from '../../src/platform/context.ts';
import type { Database } from '../../src/platform/database.ts';
import { createMetrics } from '../../src/platform/metrics.ts';

/** The context that a server would have, on a test database and silent. */
export function testContext(
  database: Database,
  overrides: Partial<Omit<Context, 'config'>> & { config?: Partial<Config> } = {},
): Context {
  const { config, ...rest } = overrides;
  return {
    // A busy machine is no reason to shed a test's requests.
    config: { ...loadConfig({ ONHAND_DATA: '/', EVENT_LOOP_DELAY_MS_MAX: '600000' }), ...config },
    database,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
    ...rest,
  };
}
