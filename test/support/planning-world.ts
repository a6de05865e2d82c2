import { writeDemand } from '../../src/planning/demand/index.ts';
import { runForecasts } from '../../src/planning/nightly/runs.ts';
import { createRandom } from '../../src/planning/random.ts';
import { inTransaction } from '../../src/platform/database.ts';
import { type BuyingWorld, createBuyingWorld } from './buying-world.ts';
import { testContext } from './context.ts';

const DAY_MS = 86_400_000;

// biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of every shape.
type Body = any;

/** A warehouse with suppliers, past demand and forecasts: all that planning begins with. */
export interface PlanningWorld extends BuyingWorld {
  readonly context: ReturnType<typeof testContext>;
  /** The day so many days from today, YYYY-MM-DD. */
  day(after: number): string;
  /** Past demand of an item at a site, up to yesterday: about so much a day, seeded. */
  history(item: string, site: string, perDay: number, options?: HistoryOptions): Promise<void>;
  /** Forecasts everything in this process. */
  forecast(): Promise<void>;
  /** Starts a run through the API and waits until it has ended; answers the run. */
  plan(body?: object): Promise<Body>;
  /** Open proposals with their lines, oldest first. */
  open(query?: string): Promise<Body[]>;
}

export interface HistoryOptions {
  readonly days?: number;
  readonly owner?: number;
  /** Net price of a day; `back` is 1 for yesterday. */
  readonly price?: number | ((back: number) => number);
  /** Demand of a day; `back` is 1 for yesterday. */
  readonly demand?: (back: number, usual: number) => number;
}

/** Makes the world; lanes lead from N to S and back. */
export async function createPlanningWorld(): Promise<PlanningWorld> {
  const world = await createBuyingWorld();
  const context = testContext(world.database);
  const today = Math.floor(context.clock().getTime() / DAY_MS);
  const day = (after: number) => new Date((today + after) * DAY_MS).toISOString().slice(0, 10);
  for (const [from, to] of [
    ['N', 'S'],
    ['S', 'N'],
  ]) {
    const hours = { transitHoursMin: 12, transitHoursTypical: 24, transitHoursMax: 48 };
    await world.done('POST /v1/lanes', { from, to, mode: 'truck', ...hours });
  }
  const get = async (path: string): Promise<Body> => (await world.house(`GET ${path}`)).body;
  return {
    ...world,
    context,
    day,
    async history(item, site, perDay, options = {}) {
      const { days = 200, owner = 1, price = 10, demand = (_, usual) => usual } = options;
      const { rows } = await world.admin.query<{ item: number; site: number; scale: number }>(
        `SELECT i.item_id AS item, s.site_id AS site, i.quantity_scale AS scale
         FROM catalog.item i, network.site s WHERE i.sku = $1 AND s.code = $2`,
        [item, site],
      );
      const { item: itemId, site: siteId, scale } = rows[0]!;
      const random = createRandom('planning-world', `${item} ${site}`);
      const quantities = Float64Array.from({ length: days }, (_, i) =>
        demand(days - i, Math.round(perDay * (0.6 + 0.8 * random.next()))),
      );
      const priceOf = typeof price === 'number' ? () => price : price;
      const prices = Float64Array.from({ length: days }, (_, i) => priceOf(days - i));
      const series = { itemId, siteId, ownerId: owner, scale, firstDay: today - days };
      await inTransaction(world.database.poster, (tx) =>
        writeDemand(tx, [{ ...series, quantities, prices }]),
      );
    },
    async forecast() {
      await runForecasts(context, { origin: day(-1) }, { threads: 1 });
    },
    async plan(body = {}) {
      const { run } = await world.done('POST /v1/planning/proposal-runs', body);
      for (;;) {
        const shown = await get(`/v1/planning/proposal-runs/${run}`);
        if (shown.state !== 'running') return shown;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async open(query = '') {
      const { items } = await get(`/v1/planning/proposals?state=draft${query}`);
      const numbers = items.map(({ number }: Body) => number).reverse();
      const all = [];
      for (const number of numbers) all.push(await get(`/v1/planning/proposals/${number}`));
      return all;
    },
  };
}
