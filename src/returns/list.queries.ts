import type { Tx } from '../platform/database.ts';
import { REFURBISHMENT_SELECT, type RefurbishmentRow } from './goods.queries.ts';
import { RMA_SELECT } from './rma.queries.ts';
import type { Rma } from './rma.ts';

/** What a list of returns can be filtered by. */
export interface ReturnFilters {
  readonly state?: string | undefined;
  readonly owner?: string | undefined;
  readonly salesOrder?: string | undefined;
  readonly customer?: string | undefined;
  readonly channel?: string | undefined;
  readonly site?: string | undefined;
  readonly item?: string | undefined;
  readonly reason?: string | undefined;
  readonly trackingNumber?: string | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
}

const ANY_LINE = `EXISTS (SELECT FROM returns.rma_line l JOIN catalog.item i
  ON i.item_id = l.item_id WHERE l.rma_id = r.rma_id AND`;

const WHERE: Readonly<Record<keyof ReturnFilters, string>> = {
  state: 'r.state = ?',
  owner: 'o.code = ?',
  salesOrder: 'r.sales_order = ?',
  customer: 'r.customer = ?',
  channel: 'r.channel = ?',
  site: 's.code = ?',
  item: `${ANY_LINE} i.sku = ?)`,
  reason: `${ANY_LINE} l.reason = ?)`,
  trackingNumber: 'r.tracking_number = ?',
  createdFrom: 'r.created_at >= ?::timestamptz',
  createdTo: 'r.created_at < ?::timestamptz',
};

interface Page {
  readonly after: number | undefined;
  readonly limit: number;
}

/** Returns, the newest first. */
export async function selectReturns(tx: Tx, filters: ReturnFilters, page: Page): Promise<Rma[]> {
  const named = (Object.keys(WHERE) as (keyof ReturnFilters)[]).map(
    (name) => [filters[name], WHERE[name]] as const,
  );
  return listNewest<Rma>(tx, RMA_SELECT, 'r.rma_id', named, page);
}

/** Refurbishments, the newest first. */
export async function listRefurbishments(
  tx: Tx,
  filters: { readonly state?: string | undefined; readonly item?: string | undefined },
  page: Page,
): Promise<RefurbishmentRow[]> {
  const named = [
    [filters.state, 'f.state = ?'],
    [filters.item, 'i.sku = ?'],
  ] as const;
  return listNewest<RefurbishmentRow>(tx, REFURBISHMENT_SELECT, 'f.refurbishment_id', named, page);
}

async function listNewest<Row extends object>(
  tx: Tx,
  select: string,
  id: string,
  filters: readonly (readonly [value: unknown, where: string])[],
  page: Page,
): Promise<Row[]> {
  const parameters: unknown[] = [];
  const conditions = ['true'];
  for (const [value, where] of [...filters, [page.after, `${id} < ?`] as const]) {
    if (value === undefined) continue;
    parameters.push(value);
    conditions.push(where.replaceAll('?', `$${parameters.length}`));
  }
  parameters.push(page.limit);
  const { rows } = await tx.query<Row>(
    `${select} WHERE ${conditions.join(' AND ')} ORDER BY ${id} DESC LIMIT $${parameters.length}`,
    parameters,
  );
  return rows;
}
