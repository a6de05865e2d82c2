import { runLoad } from '../support/http-load.ts';
import { bodyOf, randomItems } from './orders-bench.ts';

/** What the load generator, a process of its own, is told. */
export interface Load {
  readonly port: number;
  readonly key: string;
  readonly kind: 'empty' | 'capture';
  readonly connections: number;
  readonly seconds: number;
  readonly items: number;
}

const PATHS = { empty: '/v1/bench/empty', capture: '/v1/sales-orders' };

if (process.argv[2]) {
  const load: Load = JSON.parse(process.argv[2]);
  const body = () =>
    load.kind === 'empty' ? '{}' : JSON.stringify(bodyOf(randomItems(load.items)));
  const result = await runLoad({ ...load, path: PATHS[load.kind], body });
  process.stdout.write(JSON.stringify(result));
}
