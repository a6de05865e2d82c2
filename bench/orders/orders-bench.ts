import { pino } from 'pino';
import { openLedger } from '../../src/ledger/index.ts';
import { createCaptureDesk } from '../../src/outbound/orders/capture-desk.ts';
import type { CaptureBody } from '../../src/outbound/orders/schemas.ts';
import { createOrderService } from '../../src/outbound/orders/service.ts';
import { SYSTEM } from '../../src/platform/auth/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { loadConfig } from '../../src/platform/config.ts';
import type { Context } from '../../src/platform/context.ts';
import { newId } from '../../src/platform/ids.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { Problem } from '../../src/platform/problems.ts';
import { type Bench, openBench, settle } from '../ledger/bench-database.ts';
import type { Options } from '../support/report.ts';

export const LINES = 3;

/** A database with stock of many items, and a channel to buy through. */
export async function openOrdersBench(options: Options, name: string): Promise<Bench> {
  const bench = await openBench(options, options.quick ? 4_000 : 20_000, name);
  await bench.admin.query(
    `INSERT INTO outbound.channel (code, name, priority, service_level, shipment_policy,
       backorder, handling_hours)
     VALUES ('WEB', 'Web shop', 50, 'standard', 'partial', 'refuse', 24)`,
  );
  await settle(bench.admin);
  return bench;
}

export function contextOf(bench: Bench): Context {
  return {
    config: { ...loadConfig({ ONHAND_DATA: '/' }), laneQueueMax: 1_000_000 },
    database: bench.database,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
  };
}

const shipTo = { name: 'Ada', lines: ['1 Main St'], city: 'Berlin', country: 'DE' };

/** A sales order of some lines of one unit each. */
export function bodyOf(items: readonly number[]): CaptureBody {
  return {
    channel: 'WEB',
    shipTo,
    shippingCharge: '4.90',
    holds: [],
    attachments: [],
    lines: items.map((item) => ({
      ...{ item: `SKU-${item}`, quantity: '1', site: 'SITE' },
      ...{ unitPrice: '12.50', discount: '0', tax: '2.38' },
    })),
  };
}

/** Captures in process, as the route does after it has read the request. */
export interface Counter {
  /** One sales order; false where it was refused for want of units. */
  capture(items: readonly number[]): Promise<boolean>;
  close(): Promise<void>;
}

export async function openCounter(bench: Bench): Promise<Counter> {
  const context = contextOf(bench);
  const ledger = await openLedger({ context, sweepMs: 0 });
  const desk = createCaptureDesk(createOrderService(context, ledger));
  return {
    capture: async (items) => {
      const request = { principal: SYSTEM, orderId: newId(), body: bodyOf(items) };
      const answer = await desk.capture(request);
      if (!(answer instanceof Problem)) return true;
      if (answer.type.name === 'insufficient-availability') return false;
      throw answer;
    },
    close: async () => {
      await desk.drain();
      await ledger.drain();
    },
  };
}

/** Different items, as many as a sales order has lines. */
export function randomItems(count: number): number[] {
  const items = new Set<number>();
  while (items.size < LINES) items.add(1 + Math.floor(Math.random() * count));
  return [...items];
}
