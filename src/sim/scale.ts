/** How large a demo is. */
export interface DemoScale {
  readonly items: number;
  /** Fulfilment centres, of the four there are. */
  readonly sites: number;
  /** Bins of all fulfilment centres together. */
  readonly bins: number;
  readonly suppliers: number;
  /** Days of history before now. */
  readonly days: number;
  /** Lines of sales orders on an average day, all sites together. */
  readonly orderLinesPerDay: number;
  /** Streams of requests that are posted side by side; those of one item are in one of them. */
  readonly lanes: number;
  /** Days of history that are posted together: the more, the fewer and larger the requests. */
  readonly daysAChunk: number;
  /** Purchase orders and sales orders, in every stage of their lives. */
  readonly purchaseOrders: number;
  readonly salesOrders: number;
}

/** The seed of every demo, so that all of them are the same. */
export const DEMO_SEED = 'onhand';

export type DemoScaleName = 'full' | 'small';

/** The demo that `npm start` shows, and one that tests seed in seconds. */
export const demoScale: Readonly<Record<DemoScaleName, DemoScale>> = {
  full: {
    items: 3_000,
    sites: 4,
    bins: 20_000,
    suppliers: 30,
    days: 90,
    orderLinesPerDay: 560,
    lanes: 4,
    daysAChunk: 2,
    purchaseOrders: 30,
    salesOrders: 120,
  },
  small: {
    items: 120,
    sites: 2,
    bins: 800,
    suppliers: 6,
    days: 30,
    orderLinesPerDay: 60,
    lanes: 2,
    daysAChunk: 3,
    purchaseOrders: 10,
    salesOrders: 24,
  },
};
