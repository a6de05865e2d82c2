import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { accountTotals, INVENTORY_ACCOUNT } from './accounts.queries.ts';
import { type AsOf, onHandOf } from './as-of.queries.ts';
import type { PositionFilter } from './filter.ts';
import { type HistoryPage, type Place, readPage, type Source, seqsBelow } from './history.ts';
import { type MovementStep, movementSource } from './movement-history.ts';
import { showMovements } from './movements.queries.ts';
import { type CodeFilter, resolveFilter, type ShownItem } from './resolve.queries.ts';
import type { MovementAnswer } from './schemas.ts';
import { type ValueStep, valueSource } from './value-history.ts';
import { entryChange, explain, moneyChange, unitChange } from './why.ts';

/** Where a page of an explanation goes on: a place, and the figure below it. */
export interface WhyCursor extends Place {
  readonly balance: bigint;
}

export interface WhyRequest {
  readonly asOf: AsOf | undefined;
  readonly after: WhyCursor | undefined;
  readonly limit: number;
}

/** One fact as an explanation shows it. */
export interface WhyItem {
  readonly id: string;
  readonly type: 'movement' | 'value';
  readonly kind: string;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly document: { type: string; number: string } | null;
  readonly item: string;
  readonly from: string;
  readonly to: string;
  readonly change: string;
  readonly balance: string;
  readonly cause: string | null;
  readonly commandId: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
}

export interface Why {
  readonly of: 'units' | 'money';
  readonly unit: string;
  readonly figure: string;
  readonly opening: string;
  readonly items: WhyItem[];
  readonly next: WhyCursor | null;
}

function occurredTo(asOf: AsOf | undefined): number | undefined {
  return asOf?.by === 'occurred' ? asOf.at : undefined;
}

function recordedTo(asOf: AsOf | undefined): number | null {
  return asOf?.by === 'recorded' ? asOf.at : null;
}

/** Explains what lies in the positions of an item, narrowed by place, lot and owner. */
export async function whyItem(
  tx: Tx,
  context: Context,
  codes: CodeFilter & { readonly item: string },
  request: WhyRequest,
): Promise<Why> {
  const { filter, item } = await resolveFilter(tx, codes);
  if (!item) throw new Error('the item was resolved to nothing');
  const narrowed = codes.location === undefined ? { ...filter, onHandOnly: true } : filter;
  return whyUnits(tx, context, narrowed, item, request);
}

/** Explains what lies in one position. @throws Problem not-found */
export async function whyPosition(
  tx: Tx,
  context: Context,
  key: { readonly journal: number; readonly seq: number },
  request: WhyRequest,
): Promise<Why> {
  const { rows } = await tx.query<ShownItem>(
    `SELECT i.item_id AS "itemId", i.sku, i.quantity_scale AS "quantityScale",
       i.base_unit AS "baseUnit"
     FROM ledger.position p JOIN catalog.item i ON i.item_id = p.item_id
     WHERE p.journal = $1 AND p.position_id = $2`,
    [key.journal, key.seq],
  );
  const [item] = rows;
  if (!item) throw new Problem(notFound, `There is no position ${key.journal}-${key.seq}.`);
  const filter = { journal: key.journal, itemId: item.itemId, positionId: key.seq };
  return whyUnits(tx, context, filter, item, request);
}

async function whyUnits(
  tx: Tx,
  context: Context,
  filter: PositionFilter,
  item: ShownItem,
  request: WhyRequest,
): Promise<Why> {
  const { asOf, after, limit } = request;
  const below = await seqsBelow(tx, after, recordedTo(asOf));
  const query = { filter, occurredTo: occurredTo(asOf), crossing: true };
  const source = movementSource(tx, query, filter.journal ?? 0, 1);
  const page = await readPage(tx, [source], below, limit);
  const closing = after ? after.balance : await onHandOf(tx, filter, asOf);
  const figure = after ? await onHandOf(tx, filter, asOf) : closing;
  const { explained, opening } = explain(page.rows, closing, unitChange);
  const shown = await showMovements(tx, page.rows, currencyDigits(context.config.currency));
  const write = (units: bigint) => formatDecimal(units, item.quantityScale);
  return {
    of: 'units',
    unit: item.baseUnit,
    figure: write(figure),
    opening: write(opening),
    items: shown.map((movement, i) => {
      const { change, balance } = explained[i]!;
      return showMovement(movement, write(change), write(balance));
    }),
    next: page.next && { ...page.next, balance: opening },
  };
}

function showMovement(movement: MovementAnswer, change: string, balance: string): WhyItem {
  const { id, kind, reason, actor, document, item, commandId, occurredAt, recordedAt } = movement;
  const base = { id, kind, reason, actor, document, item, commandId, occurredAt, recordedAt };
  return {
    ...base,
    type: 'movement',
    from: movement.from.location,
    to: movement.to.location,
    change,
    balance,
    cause: movement.reverses,
  };
}

type Step = (MovementStep & { readonly entry?: never }) | (Place & { readonly entry: ValueStep });

/** Explains an account: `inventory`, or the code of a virtual location. */
export async function whyAccount(
  tx: Tx,
  context: Context,
  account: string,
  request: WhyRequest,
): Promise<Why> {
  const { asOf, after } = request;
  const inventory = account === 'inventory';
  const place = inventory ? {} : (await resolveFilter(tx, { location: account })).filter;
  const accountId = place.locationId ?? INVENTORY_ACCOUNT;
  const filter = inventory ? { pooledOnly: true } : { ...place, unpooledOnly: true };
  const page = await accountPage(tx, filter, accountId, request);
  const figure = (await accountTotals(tx, asOf)).get(accountId) ?? 0n;
  const change = (step: Step) =>
    step.entry ? entryChange(accountId, step.entry) : moneyChange(step as MovementStep);
  const { explained, opening } = explain(page.rows, after ? after.balance : figure, change);
  const digits = currencyDigits(context.config.currency);
  const movements = page.rows.filter((step) => !step.entry);
  const shown = new Map(
    (await showMovements(tx, movements, digits)).map((movement) => [movement.id, movement]),
  );
  const items = explained.map(({ step, change: amount, balance }) => {
    const figures = [formatMoney(amount, digits), formatMoney(balance, digits)] as const;
    if (step.entry) return showEntry(step.entry, ...figures);
    return showMovement(shown.get(`${step.journal}-${step.seq}`)!, ...figures);
  });
  return {
    of: 'money',
    unit: context.config.currency,
    figure: formatMoney(figure, digits),
    opening: formatMoney(opening, digits),
    items,
    next: page.next && { ...page.next, balance: opening },
  };
}

async function accountPage(
  tx: Tx,
  filter: PositionFilter,
  accountId: number,
  { asOf, after, limit }: WhyRequest,
): Promise<HistoryPage<Step>> {
  const below = await seqsBelow(tx, after, recordedTo(asOf));
  const query = { filter, occurredTo: occurredTo(asOf), crossing: true, paid: true };
  const sources: Source<Step>[] = [...below.keys()].flatMap((journal) => {
    const entries = valueSource(tx, accountId, journal, occurredTo(asOf));
    return [
      movementSource(tx, query, journal, 1),
      {
        journal,
        read: async (from, most) => {
          const found = await entries.read(from, most);
          const rows = found.rows.map((entry) => ({
            journal,
            seq: entry.seq,
            recordedAt: entry.recordedAt,
            entry,
          }));
          return { rows, examinedTo: found.examinedTo };
        },
      },
    ];
  });
  return readPage(tx, sources, below, limit);
}

function showEntry(entry: ValueStep, change: string, balance: string): WhyItem {
  const { reason, actor, document, item, commandId } = entry;
  return {
    id: `${entry.journal}-${entry.seq}`,
    type: 'value',
    kind: 'revaluation',
    reason,
    actor,
    document,
    item,
    from: entry.fromLocation ?? 'inventory',
    to: entry.toLocation ?? 'inventory',
    change,
    balance,
    cause: entry.causeSeq === null ? null : `${entry.journal}-${entry.causeSeq}`,
    commandId,
    occurredAt: new Date(entry.occurredAt).toISOString(),
    recordedAt: new Date(entry.recordedAt).toISOString(),
  };
}
