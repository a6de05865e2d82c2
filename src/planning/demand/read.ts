import type { Queryable } from '../../platform/database.ts';
import { currencyDigits } from '../../platform/money.ts';
import { readSettings } from '../../platform/settings.ts';
import { type BuildOptions, buildSeries, type DemandRow } from './build.ts';
import { type ItemLink, inherit, readLinks } from './links.ts';
import { type MarkedDays, readMarkedDays } from './marks.queries.ts';
import { readPolicy } from './policy.queries.ts';
import type { DemandSeries, SeriesKey, SeriesRange } from './types.ts';

interface Row extends DemandRow {
  readonly item_id: number;
  readonly site_id: number;
  readonly owner_id: number;
}

/** Series a batch. */
const BATCH_DEFAULT = 500;
/** Years of a series that one statement is sure to hold. */
const YEARS_MAX = 100;
const NO_KEY: SeriesKey = { itemId: 0, siteId: 0, ownerId: 0 };
const ITEM_ID_MAX = 2_147_483_647;

/** Everything that reading needs beside the rows themselves; read once. */
interface Surroundings {
  readonly options: BuildOptions;
  readonly marks: ReadonlyMap<number, readonly MarkedDays[]>;
  readonly links: ReadonlyMap<number, ItemLink>;
}

async function readSurroundings(db: Queryable, range: SeriesRange): Promise<Surroundings> {
  const { policy } = await readPolicy(db);
  const { currency } = await readSettings(db);
  const marks = new Map<number, MarkedDays[]>();
  for (const mark of await readMarkedDays(db)) {
    const own = marks.get(mark.itemId);
    if (own) own.push(mark);
    else marks.set(mark.itemId, [mark]);
  }
  const { throughDay, daysMax } = range;
  return {
    options: { throughDay, daysMax, policy, currencyDigits: currencyDigits(currency) },
    marks,
    links: new Map((await readLinks(db)).map((link) => [link.itemId, link])),
  };
}

async function readRows(
  db: Queryable,
  range: SeriesRange,
  after: SeriesKey,
  limit: number,
): Promise<Row[]> {
  const { rows } = await db.query<Row>({
    name: 'planning-demand-rows',
    text: `SELECT item_id, site_id, owner_id, year, scale, orders, issues, returns, imported,
      available
    FROM planning.demand
    WHERE (item_id, site_id, owner_id) > ($1, $2, $3) AND item_id >= $4 AND item_id < $5
      AND ($6::integer[] IS NULL OR site_id = ANY($6))
      AND ($7::integer[] IS NULL OR owner_id = ANY($7))
    ORDER BY item_id, site_id, owner_id, year LIMIT $8`,
    values: [
      after.itemId,
      after.siteId,
      after.ownerId,
      range.itemIdFrom ?? 0,
      range.itemIdBefore ?? ITEM_ID_MAX,
      range.siteIds ?? null,
      range.ownerIds ?? null,
      limit,
    ],
  } as never);
  return rows;
}

/** Rows of one series each, in order. */
function groupRows(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    const last = group?.[0];
    const isSame =
      last?.item_id === row.item_id &&
      last.site_id === row.site_id &&
      last.owner_id === row.owner_id;
    if (isSame) group!.push(row);
    else groups.push([row]);
  }
  return groups;
}

function keyOf(row: Row): SeriesKey {
  return { itemId: row.item_id, siteId: row.site_id, ownerId: row.owner_id };
}

function build(group: readonly Row[], { options, marks }: Surroundings): DemandSeries | undefined {
  const key = keyOf(group[0]!);
  const own = marks.get(key.itemId) ?? [];
  const concerned = own.filter(({ siteId }) => siteId === 0 || siteId === key.siteId);
  return buildSeries(key, group, concerned, options);
}

/** Series of the predecessors of items, by item, site and owner. */
async function readPredecessors(
  db: Queryable,
  surroundings: Surroundings,
  items: readonly number[],
): Promise<DemandSeries[]> {
  const wanted = new Set<number>();
  let next = items;
  while (next.length > 0) {
    const found = next.flatMap((item) => surroundings.links.get(item)?.predecessorId ?? []);
    next = found.filter((item) => !wanted.has(item));
    for (const item of next) wanted.add(item);
  }
  if (wanted.size === 0) return [];
  const { rows } = await db.query<Row>(
    `SELECT item_id, site_id, owner_id, year, scale, orders, issues, returns, imported, available
     FROM planning.demand WHERE item_id = ANY($1) ORDER BY item_id, site_id, owner_id, year`,
    [[...wanted]],
  );
  return groupRows(rows).flatMap((group) => build(group, surroundings) ?? []);
}

/**
 * Reads demand series in order of item, site and owner, a batch at a time. An item that took over
 * from another has the other's history before its own. Series of which nothing is known up to
 * `throughDay` are left out. `db` is a transaction of any role; row-level security decides what
 * it sees. A few hundredths of a millisecond a series and year.
 */
export async function* readSeries(
  db: Queryable,
  range: SeriesRange,
): AsyncGenerator<DemandSeries[]> {
  const surroundings = await readSurroundings(db, range);
  const limit = Math.max((range.batch ?? BATCH_DEFAULT) * 2, YEARS_MAX);
  let after = range.after ?? NO_KEY;
  for (;;) {
    const rows = await readRows(db, range, after, limit);
    const groups = groupRows(rows);
    // The last series may go on in the next statement, unless this was the last one.
    if (rows.length === limit) groups.pop();
    const last = groups.at(-1);
    if (!last) return;
    after = keyOf(last[0]!);
    const series = groups.flatMap((group) => build(group, surroundings) ?? []);
    const items = [...new Set(groups.map((group) => group[0]!.item_id))];
    const linked = items.filter((item) => surroundings.links.has(item));
    const before = await readPredecessors(db, surroundings, linked);
    const whole = inherit(series, before, {
      links: surroundings.links,
      keys: groups.map((group) => keyOf(group[0]!)),
      range,
    });
    if (whole.length > 0) yield whole;
    if (rows.length < limit) return;
  }
}
