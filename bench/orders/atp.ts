import type pg from 'pg';
import { createToPromiseReader } from '../../src/outbound/promise/reader.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type Bench, openBench, settle } from '../ledger/bench-database.ts';
import { median, type Options, progress, type Row, round, wanted } from '../support/report.ts';

const ID = 'orders.atp';
const REACH_MS = 20;
const ASKED = 1_000;
const SITES = 3;

/** Sites, purchase orders, transfers and backorders around the items of the bench's database. */
const SEED = [
  `INSERT INTO network.site (site_id, code, name, type, time_zone, cost_site_id)
    SELECT n, 'SITE-' || n, 'Site', 'fulfilment_centre', 'Europe/Berlin', n
    FROM generate_series(2, ${SITES}) AS n`,
  `INSERT INTO ledger.availability
      (availability_id, on_hand, reserved, last_seq, journal, item_id, site_id, owner_id)
    SELECT 10000000 + a.item_id * 10 + n, 500, a.item_id % 40, 0, a.journal, a.item_id, n, 1
    FROM ledger.availability a CROSS JOIN generate_series(2, ${SITES}) AS n
    WHERE a.site_id = 1 AND a.owner_id = 1`,
  `INSERT INTO inbound.supplier (code, name, currency, payment_terms_days,
      over_receipt_basis_points, under_receipt_basis_points, price_tolerance_basis_points,
      price_tolerance_amount, quantity_tolerance_basis_points, tax_tolerance_amount)
    VALUES ('SUP', 'Supplier', 'EUR', 30, 0, 0, 0, 0, 0, 0)`,
  `INSERT INTO inbound.purchase_order (owner_id, supplier_id, supplier_code, site_id, currency,
      rate, state, payment_terms_days, created_by, created_at, updated_at)
    SELECT 1, s.supplier_id, 'SUP', 1 + n % ${SITES}, 'EUR', 1, 'sent', 30, 1, now(), now()
    FROM inbound.supplier s CROSS JOIN generate_series(1, 2000) AS n`,
  `INSERT INTO inbound.purchase_order_line (purchase_order_id, line, owner_id, item_id, quantity,
      unit_price, amount, expected_on, over_receipt_basis_points, under_receipt_basis_points, state)
    SELECT 1 + i.item_id % 2000, 1 + i.item_id / 2000 + 100 * n, 1, i.item_id, 200, 100, 100,
      current_date + 3 + i.item_id % 30 + n * 7, 0, 0, 'sent'
    FROM catalog.item i CROSS JOIN generate_series(0, 1) AS n`,
  `INSERT INTO outbound.transfer_order (owner_id, from_site_id, to_site_id, state,
      expected_dispatch_at, expected_arrival_at, created_by, created_at, updated_at)
    SELECT 1, 1, 2, 'released', now(), now() + make_interval(days => 1 + n % 9), 1, now(), now()
    FROM generate_series(1, 500) AS n`,
  `INSERT INTO outbound.transfer_order_line (transfer_order_id, line, owner_id, item_id, quantity,
      disposition)
    SELECT 1 + i.item_id % 500, 1 + i.item_id / 500, 1, i.item_id, 50, 'sellable'
    FROM catalog.item i WHERE i.item_id % 4 = 0`,
  `INSERT INTO outbound.channel (code, name, priority, service_level, shipment_policy, backorder,
      handling_hours) VALUES ('WEB', 'Web', 50, 'standard', 'partial', 'allow', 24)`,
  `INSERT INTO outbound.sales_order (sales_order_id, number, owner_id, channel_id, state, is_held,
      priority, service_level, shipment_policy, backorder, ship_to, currency, shipping_charge,
      attachments, request_hash, captured, actor_id, created_at, updated_at)
    SELECT gen_random_uuid(), 'SO-' || n, 1, c.channel_id, 'backordered', false, 50, 'standard',
      'partial', 'allow', '{}', 'EUR', 0, '[]', decode(repeat('00', 32), 'hex'), '{}', 1, now(),
      now()
    FROM outbound.channel c CROSS JOIN generate_series(1, 4000) AS n`,
  `CREATE TEMP TABLE waiting AS
    SELECT o.sales_order_id, i.item_id, 1 + i.item_id / 4000 AS line
    FROM catalog.item i JOIN outbound.sales_order o ON o.number = 'SO-' || 1 + i.item_id % 4000
    WHERE i.item_id % 5 = 0`,
  `INSERT INTO outbound.sales_order_line (sales_order_id, line, owner_id, item_id, quantity,
      unit_price, discount, tax)
    SELECT sales_order_id, line, 1, item_id, 3, 0, 0, 0 FROM waiting`,
  `INSERT INTO outbound.line_part (sales_order_id, line, part, owner_id, item_id, channel_id,
      site_id, quantity, state, priority, ordered_at)
    SELECT w.sales_order_id, w.line, 1, 1, w.item_id, c.channel_id,
      CASE WHEN w.item_id % 2 = 0 THEN 1 END, 3, 'backordered', 50, now()
    FROM waiting w CROSS JOIN outbound.channel c`,
];

/** The same answer as many a shop gets it: one statement for each item, one after another. */
async function askEach(client: pg.Client, skus: readonly string[]): Promise<number> {
  const started = performance.now();
  for (const sku of skus) {
    await client.query(
      `SELECT a.site_id, a.on_hand - a.reserved
         + coalesce((SELECT sum(l.quantity - l.received) FROM inbound.purchase_order_line l
             JOIN inbound.purchase_order o USING (purchase_order_id)
             WHERE l.item_id = i.item_id AND o.site_id = a.site_id
               AND l.state IN ('approved', 'sent', 'confirmed', 'partly_received')), 0)
         + coalesce((SELECT sum(l.quantity - l.received) FROM outbound.transfer_order_line l
             JOIN outbound.transfer_order t USING (transfer_order_id)
             WHERE l.item_id = i.item_id AND t.to_site_id = a.site_id), 0)
         - coalesce((SELECT sum(p.quantity) FROM outbound.line_part p
             WHERE p.item_id = i.item_id AND p.state = 'backordered'), 0) AS promisable
       FROM catalog.item i JOIN ledger.availability a ON a.item_id = i.item_id AND a.journal = 0
       WHERE i.sku = $1`,
      [sku],
    );
  }
  return performance.now() - started;
}

async function seed(bench: Bench): Promise<void> {
  for (const statement of SEED) await bench.admin.query(statement);
  await settle(bench.admin);
}

/** Available-to-promise of 1,000 random items at once, at three sites each. */
export async function atpRows(options: Options): Promise<Row[]> {
  if (!wanted(options, ID)) return [];
  const bench = await openBench(options, options.quick ? 8_000 : 20_000, 'bench_orders_atp');
  try {
    await seed(bench);
    const { database, items } = bench;
    const read = createToPromiseReader(database, options.journals, systemClock);
    const pick = () =>
      Array.from({ length: ASKED }, () => `SKU-${1 + Math.floor(Math.random() * items)}`);
    const askAll = async (skus: readonly string[]): Promise<number> => {
      const started = performance.now();
      const found = await Promise.all([...new Set(skus)].map((sku) => read('house', sku)));
      const ms = performance.now() - started;
      if (found.some((each) => (each?.rows.length ?? 0) < SITES))
        throw new Error('rows are missing');
      return ms;
    };
    for (let i = 0; i < 10; i += 1) await askAll(pick());
    const [together, each]: [number[], number[]] = [[], []];
    for (let i = 0; i < (options.quick ? 10 : 30); i += 1) {
      const skus = pick();
      together.push(await askAll(skus));
      if (i % 5 === 0) each.push(await askEach(bench.admin, skus));
    }
    const [value, baseline] = [median(together), median(each)];
    progress(`  together ${value.toFixed(1)} ms, one by one ${baseline.toFixed(0)} ms`);
    return [
      {
        ...{ id: ID, value: round(value), unit: 'ms', baseline: round(baseline) },
        ...{ ratio: round(baseline / value), reach: `<= ${REACH_MS} ms`, pass: value <= REACH_MS },
        note:
          `${ASKED} random items of ${items} at ${SITES} sites each, with purchase orders, ` +
          'transfers and backorders by day; the baseline asks for one item after another and ' +
          'only sums them up',
      },
    ];
  } finally {
    await bench.close();
  }
}
