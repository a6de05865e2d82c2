/**
 * Which positions a read is about. Every member narrows; none means every position that the
 * caller may see.
 */
export interface PositionFilter {
  /** An item is in one journal only; every index leads with it. */
  readonly journal?: number;
  readonly itemId?: number;
  /** Several items, and the journals that they are in. */
  readonly items?: { readonly journals: readonly number[]; readonly itemIds: readonly number[] };
  readonly siteId?: number;
  readonly locationId?: number;
  /** A lot code may stand for lots of several items. */
  readonly lotIds?: readonly bigint[];
  readonly ownerId?: number;
  readonly dispositionId?: number;
  readonly handlingUnitId?: number;
  readonly positionId?: number;
  /** Only what is on hand: real positions, without those in transit. */
  readonly onHandOnly?: boolean;
  /** Only positions outside the books, whose location is an account of its own. */
  readonly unpooledOnly?: boolean;
  /** Only positions whose units carry the house's money. */
  readonly pooledOnly?: boolean;
}

/** Adds a value to a statement's parameters and answers its placeholder. */
export type Bind = (value: unknown) => string;

/** A list of parameters and the function that adds to it. */
export function parameterList(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

/**
 * The filter as SQL over a position row. Virtual locations other than those in transit hold no
 * units, and a position knows neither, so "on hand" asks the location.
 * @param position alias of ledger.position.
 * @param location alias of its network.location.
 */
export function filterSql(
  filter: PositionFilter,
  bind: Bind,
  position: string,
  location: string,
): string {
  const conditions: string[] = [];
  const equal = (column: string, value: unknown): void => {
    if (value !== undefined) conditions.push(`${position}.${column} = ${bind(value)}`);
  };
  equal('journal', filter.journal);
  equal('item_id', filter.itemId);
  if (filter.items) {
    conditions.push(`${position}.journal = ANY(${bind(filter.items.journals)}::integer[])`);
    conditions.push(`${position}.item_id = ANY(${bind(filter.items.itemIds)}::integer[])`);
  }
  equal('site_id', filter.siteId);
  equal('location_id', filter.locationId);
  equal('owner_id', filter.ownerId);
  equal('disposition_id', filter.dispositionId);
  equal('handling_unit_id', filter.handlingUnitId);
  equal('position_id', filter.positionId);
  if (filter.lotIds) conditions.push(`${position}.lot_id = ANY(${bind(filter.lotIds)}::bigint[])`);
  if (filter.onHandOnly) conditions.push(`${position}.is_real AND NOT ${location}.is_virtual`);
  if (filter.unpooledOnly) conditions.push(`${position}.cost_pool_id IS NULL`);
  if (filter.pooledOnly) conditions.push(`${position}.cost_pool_id IS NOT NULL`);
  return conditions.length === 0 ? 'true' : `(${conditions.join(' AND ')})`;
}

/** Whether the filter names nothing, so that every movement matches. */
export function isEverything(filter: PositionFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}
