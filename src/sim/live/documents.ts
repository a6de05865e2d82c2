import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';
import type { DemoCatalogue } from '../catalogue/index.ts';
import { createBuyer } from '../commerce/buying.ts';
import { createDesk } from '../commerce/client.ts';
import { createSeller } from '../commerce/selling.ts';
import type { ApiClient } from '../posting/client.ts';
import { createRandom, type Random } from '../random.ts';

/** At speed 1: a sales order every few seconds, a purchase order for every so many of them. */
const SALES_ORDER_MS = 6_000;
const SALES_ORDERS_A_PURCHASE = 8;
/** What has waited longest is shipped, or arrives, once so many wait. */
const WAITING_SALES_ORDERS = 20;
const WAITING_PURCHASE_ORDERS = 12;
/** What is for sale is looked up again after so many sales orders. */
const FRESH_FOR = 200;

interface Office {
  /** Does one piece of work. */
  next(): Promise<void>;
}

async function openOffice(
  client: ApiClient,
  catalogue: DemoCatalogue,
  random: Random,
): Promise<Office | undefined> {
  const desk = createDesk(client, `live-${newId()}`);
  const today = () => systemClock().toISOString().slice(0, 10);
  const buyer = createBuyer(desk, catalogue, { random, today });
  let seller = await createSeller(desk, catalogue, random);
  if (!seller || !buyer) return undefined;
  const toShip: string[] = [];
  const toReceive: (() => Promise<void>)[] = [];
  let n = 0;
  return {
    async next() {
      n += 1;
      if (n % FRESH_FOR === 0) seller = (await createSeller(desk, catalogue, random)) ?? seller;
      const number = await seller?.sell(n);
      if (number !== undefined) toShip.push(number);
      const oldest = toShip.length > WAITING_SALES_ORDERS ? toShip.shift() : undefined;
      if (oldest !== undefined) await seller?.finish(oldest, `late-${oldest}`);
      if (n % SALES_ORDERS_A_PURCHASE > 0) return;
      const arrives = await buyer.buy(n / SALES_ORDERS_A_PURCHASE);
      if (arrives) toReceive.push(arrives);
      if (toReceive.length > WAITING_PURCHASE_ORDERS) await toReceive.shift()?.();
    },
  };
}

/**
 * The office of the demo: sales orders come in and are shipped or come back, purchase orders are
 * sent, arrive and are billed, all as documents. A refusal ends one piece of work, no more.
 * @throws the signal's reason, or what an API throws that is away.
 */
export async function workAtDocuments(
  client: ApiClient,
  catalogue: DemoCatalogue,
  options: {
    readonly speed: number;
    readonly signal: AbortSignal;
    readonly onError: (error: Error) => void;
  },
): Promise<void> {
  const { speed, signal, onError } = options;
  const random = createRandom(newId(), 'office');
  const office = await openOffice(client, catalogue, random);
  while (office && !signal.aborted) {
    const pause = (SALES_ORDER_MS / speed) * (0.5 + random.next());
    await sleep(pause, undefined, { signal });
    await office.next().catch((error: Error) => {
      if (!signal.aborted) onError(error);
    });
  }
}
