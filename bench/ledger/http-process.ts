import { newId } from '../../src/platform/ids.ts';
import { runLoad } from '../support/http-load.ts';
import { BINS } from './bench-database.ts';

export type { LoadResult } from '../support/http-load.ts';

/** What the load generator, a process of its own, is told. */
export interface Load {
  readonly port: number;
  readonly key: string;
  readonly kind: 'empty' | 'single' | 'bulk';
  readonly connections: number;
  readonly seconds: number;
  readonly items: number;
  readonly perRequest: number;
}

const PATHS = { empty: '/v1/bench/empty', single: '/v1/movements', bulk: '/v1/movements/bulk' };

let turn = 0;

/** A receipt or a shipment of the house's goods, by codes, as callers know them. */
function line(items: number): object {
  turn += 1;
  const item = `SKU-${1 + Math.floor(Math.random() * items)}`;
  const bin = `BIN-${1 + Math.floor(Math.random() * BINS)}`;
  const base = { item, lot: 'LOT', quantity: String(1 + Math.floor(Math.random() * 9)) };
  if (turn % 2 === 0) return { kind: 'receipt', ...base, to: bin, value: '25.00' };
  return { kind: 'shipment', ...base, from: bin };
}

function body(load: Load): string {
  if (load.kind === 'empty') return '{}';
  if (load.kind === 'single') return JSON.stringify({ lines: [line(load.items)] });
  const commands = Array.from({ length: load.perRequest }, () => ({
    id: newId(),
    lines: [line(load.items)],
  }));
  return JSON.stringify({ commands });
}

if (process.argv[2]) {
  const load: Load = JSON.parse(process.argv[2]);
  const path = PATHS[load.kind];
  const result = await runLoad({ ...load, path, body: () => body(load) });
  process.stdout.write(JSON.stringify(result));
}
