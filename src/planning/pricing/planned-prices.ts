import type { Context, Principal } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { createDocument, editDocument, type Stored } from '../../platform/documents/index.ts';
import { plannedPriceStore } from '../demand/index.ts';
import { selectPlannedPrices } from './pricing.queries.ts';

/** What a planner says of a price to come; see `POST /v1/planning/planned-prices`. */
export interface PriceWish {
  readonly code: string;
  readonly item: string;
  readonly site?: string | undefined;
  /** Days, YYYY-MM-DD; without the last one it holds from then on. */
  readonly fromDay: string;
  readonly toDay?: string | undefined;
  /** Net of a base unit, a decimal in the house currency. */
  readonly price: string;
  readonly currency?: string | undefined;
}

function shown({ values }: Stored) {
  return {
    code: String(values.code),
    item: String(values.item),
    site: values.site as string | null,
    fromDay: String(values.fromDay),
    toDay: values.toDay as string | null,
    price: String(values.price),
    currency: String(values.currency),
    active: values.active === true,
  };
}
export type ShownPrice = ReturnType<typeof shown>;

/** Plans a price. @throws Problem invalid-request with every wrong field, conflict. */
export async function planPrice(
  context: Context,
  principal: Principal,
  wish: PriceWish,
): Promise<ShownPrice> {
  const given = { currency: context.config.currency, ...wish };
  return writeAs(context.database, principal.scope, async (tx) =>
    shown(await createDocument(tx, plannedPriceStore, given, context.clock())),
  );
}

/** Calls a planned price off; what it did to forecasts is gone the next night. */
export async function cancelPlannedPrice(
  context: Context,
  principal: Principal,
  code: string,
): Promise<ShownPrice> {
  const edit = { address: { key: { code } }, patch: { active: false }, version: undefined };
  return writeAs(context.database, principal.scope, async (tx) =>
    shown(await editDocument(tx, plannedPriceStore, edit, context.clock())),
  );
}

/** Planned prices that are not past, by first day; of one item or of all. */
export async function listPlannedPrices(
  context: Context,
  principal: Principal,
  filter: { readonly item?: string | undefined; readonly limit: number },
): Promise<ShownPrice[]> {
  const today = context.clock().toISOString().slice(0, 10);
  return readAs(context.database, principal.scope, (tx) =>
    selectPlannedPrices(tx, { item: filter.item ?? null, today, limit: filter.limit }),
  );
}
