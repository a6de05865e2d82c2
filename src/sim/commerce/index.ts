import type { DemoCatalogue } from '../catalogue/index.ts';
import type { ApiClient } from '../posting/client.ts';
import { seedOpeningEntries } from './books.ts';
import { seedBuying } from './buying.ts';
import { createDesk } from './client.ts';
import { seedSelling } from './selling.ts';

/** How many documents a demo gets. */
export interface CommerceScale {
  readonly purchaseOrders: number;
  readonly salesOrders: number;
}

/**
 * Gives the demo its documents: suppliers and purchase orders, sales orders and returns, in every
 * stage of their lives, and the entries that open the books.
 * @param end when the demo's history ends, in milliseconds.
 * @throws ApiError
 */
export async function seedCommerce(
  client: ApiClient,
  catalogue: DemoCatalogue,
  options: { readonly seed: string; readonly scale: CommerceScale; readonly end: number },
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const { seed, scale, end } = options;
  const desk = createDesk(client, seed);
  const total = scale.purchaseOrders + scale.salesOrders;
  let done = 0;
  const onDone = () => {
    done += 1;
    onProgress(done, total);
  };
  await seedOpeningEntries(desk);
  const today = new Date(end).toISOString().slice(0, 10);
  await seedBuying(desk, catalogue, { seed, today, orders: scale.purchaseOrders }, onDone);
  await seedSelling(desk, catalogue, { seed, orders: scale.salesOrders }, onDone);
}
