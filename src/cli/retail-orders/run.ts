import { formatUnitCost } from '../../platform/money.ts';
import { CliError, EXIT } from '../exit.ts';
import type { ApiAnswer, InProcessApi } from '../in-process-api.ts';
import type { RefusedLine, RetailLine } from '../retail/line.ts';
import type { PlannedItem } from '../retail/plan.ts';
import { BIN, SITE } from '../retail/reference.ts';
import type { OrderEvent, RetailEvent, ReturnEvent } from './plan.ts';

/** What became of the documents of one kind. */
export interface Done {
  documents: number;
  /** Of them, what an earlier run had made. */
  alreadyThere: number;
  lines: number;
  units: bigint;
  /** Units times the price in the file; minor units times 10^4. */
  price: bigint;
}

export interface RetailRun {
  readonly orders: Done;
  /** Parcels that left. */
  shipments: number;
  readonly returns: Done;
  /** Of the returns, those that are of a sales order of this file. */
  returnsOfOrder: number;
  readonly refused: RefusedLine[];
  openingUnits: bigint;
}

export const CHANNEL = 'REGISTER';

function nothing(): Done {
  return { documents: 0, alreadyThere: 0, lines: 0, units: 0n, price: 0n };
}

function count(done: Done, lines: readonly RetailLine[], wasThere: boolean): void {
  done.documents += 1;
  if (wasThere) done.alreadyThere += 1;
  for (const { quantity, unitPrice } of lines) {
    done.lines += 1;
    done.units += quantity;
    done.price += quantity * unitPrice;
  }
}

/** A refusal that is a fact about the file; anything else is for the user to hear at once. */
function explain(answer: ApiAnswer): string {
  const { title, detail, type } = answer.body;
  if (answer.status >= 500 || type === '/problems/outcome-unknown') {
    const advice = 'Run the command again: what is done is not done twice.';
    throw new CliError(EXIT.failed, `${detail ?? title ?? answer.status} ${advice}`);
  }
  if (type === '/problems/idempotency-key-reused' || type === '/problems/command-id-reused') {
    throw new CliError(
      EXIT.refused,
      'This file was imported before in another way. Run it as it was run the first time.',
    );
  }
  return detail ?? title;
}

interface Work {
  readonly api: InProcessApi;
  readonly hash: string;
  readonly digits: number;
  readonly run: RetailRun;
}

function refuse({ run }: Work, lines: readonly RetailLine[], detail: string): void {
  for (const { line, cells } of lines) {
    run.refused.push({ line, reason: 'refused-by-ledger', detail, cells });
  }
}

function keyOf(work: Work, number: string, step: string): string {
  return `retail-orders:${work.hash.slice(0, 16)}:${number}:${step}`;
}

async function placeOrder(work: Work, event: OrderEvent): Promise<void> {
  const { api, digits, run } = work;
  const { number, customer, country, lines, invoice } = event;
  const body = {
    number,
    channel: CHANNEL,
    ...(customer === '' ? {} : { customer }),
    channelReference: number,
    notes: `Invoice ${invoice}`,
    shipTo: { name: customer === '' ? 'Counter' : `Customer ${customer}`, city: '-', country },
    lines: lines.map(({ sku, quantity, unitPrice }) => ({
      item: sku,
      quantity: `${quantity}`,
      unitPrice: formatUnitCost(unitPrice, digits),
      site: SITE,
    })),
  };
  const captured = await api.call('POST /v1/sales-orders', body, keyOf(work, number, 'capture'));
  if (captured.status >= 300) {
    refuse(work, lines, explain(captured));
    return;
  }
  count(run.orders, lines, captured.body.replayed);
  await shipOrder(work, event);
}

async function shipOrder(work: Work, { number, occurredAt }: OrderEvent): Promise<void> {
  const { api, run } = work;
  const path = `/v1/sales-orders/${encodeURIComponent(number)}`;
  const order = await api.done(`GET ${path}`);
  if (order.state !== 'shipped') {
    await api.done(`POST ${path}/release`, {}, keyOf(work, number, 'release'));
    const query = `salesOrder=${encodeURIComponent(number)}`;
    const { items } = await api.done(`GET /v1/fulfilment-requests?${query}`);
    for (const request of items as { number: string; state: string }[]) {
      if (request.state === 'shipped') continue;
      await api.done(
        `POST /v1/fulfilment-requests/${encodeURIComponent(request.number)}/ship`,
        { occurredAt: new Date(occurredAt).toISOString() },
        keyOf(work, request.number, 'ship'),
      );
    }
  }
  run.shipments += 1;
}

async function takeBack(work: Work, event: ReturnEvent): Promise<void> {
  const { api, digits, run } = work;
  const { number, salesOrder, customer, lines, invoice } = event;
  const body = {
    ...(salesOrder === undefined
      ? { channel: CHANNEL }
      : // The shop has taken it back, whatever the policy would have said.
        { salesOrder, override: { note: `Cancellation ${invoice}`.slice(0, 200) } }),
    ...(customer === '' ? {} : { customer }),
    site: SITE,
    notes: `Cancellation ${invoice}`.slice(0, 200),
    lines: lines.map(({ line, orderLine }) => ({
      ...(orderLine === undefined
        ? { item: line.sku, paid: { unitPrice: formatUnitCost(line.unitPrice, digits) } }
        : { orderLine }),
      quantity: `${line.quantity}`,
      reason: 'changed_mind',
    })),
  };
  const made = await api.call('POST /v1/returns', body, keyOf(work, number, 'return'));
  if (made.status >= 300) {
    const given = lines.map(({ line }) => line);
    refuse(work, given, explain(made));
    return;
  }
  const path = `/v1/returns/${encodeURIComponent(made.body.number)}`;
  const now = await api.done(`GET ${path}`);
  const wasThere = now.state === 'completed';
  const given = lines.map(({ line }) => line);
  count(run.returns, given, wasThere);
  if (salesOrder !== undefined) run.returnsOfOrder += 1;
  if (!wasThere) await finishReturn(work, event, path, now);
}

/** Goods in, looked at, back on the shelf, money back: each step is done once by its key. */
async function finishReturn(
  work: Work,
  event: ReturnEvent,
  path: string,
  rma: { state: string },
): Promise<void> {
  const { api, digits } = work;
  const { number, lines } = event;
  if (rma.state === 'requested') {
    await api.done(`POST ${path}/authorise`, {}, keyOf(work, number, 'authorise'));
  }
  const scans = lines.map(({ line }, i) => ({
    ...{ item: line.sku, quantity: `${line.quantity}`, line: i + 1, location: BIN },
  }));
  await api.done(`POST ${path}/receipts`, { scans }, keyOf(work, number, 'receive'));
  const { receipts } = await api.done(`GET ${path}`);
  for (const [i, received] of receipts.entries()) {
    const { receipt, receiptLine, movement, line } = received;
    const { unitCost } = lines[line - 1] ?? lines[i]!;
    if (unitCost !== undefined) {
      const cost = { unitCost: formatUnitCost(unitCost, digits), reason: 'correction' };
      const key = keyOf(work, number, `cost-${i}`);
      await api.done(`POST /v1/movements/${movement}/revalue`, cost, key);
    }
    const inspection = { receipt, receiptLine, grade: 'good', outcome: { kind: 'restock' } };
    await api.done(`POST ${path}/inspections`, inspection, keyOf(work, number, `inspect-${i}`));
  }
  await api.done(`POST ${path}/refunds`, {}, keyOf(work, number, 'refund'));
}

async function open(work: Work, items: readonly PlannedItem[], at: number): Promise<void> {
  const { api, digits, hash, run } = work;
  const wanted = items.filter(({ opening }) => opening > 0n);
  for (let from = 0; from < wanted.length; from += OPENINGS_A_CALL) {
    const part = wanted.slice(from, from + OPENINGS_A_CALL);
    const commands = part.map(({ sku, opening, unitCost }) => ({
      id: `retail-orders:${hash}:opening:${sku}`,
      lines: [
        {
          ...{ kind: 'opening', item: sku, quantity: `${opening}`, to: BIN },
          unitCost: formatUnitCost(unitCost, digits),
          occurredAt: new Date(at).toISOString(),
        },
      ],
    }));
    const { outcomes } = await api.done('POST /v1/movements/bulk', { commands });
    for (const [i, outcome] of outcomes.entries()) {
      const { problem } = outcome;
      if (problem) explain({ status: problem.status, body: problem });
      if (outcome.status === 'committed') run.openingUnits += part[i]!.opening;
    }
  }
}

const OPENINGS_A_CALL = 500;

export interface RetailTask {
  readonly hash: string;
  readonly digits: number;
  readonly items: readonly PlannedItem[];
  readonly openingAt: number;
  readonly events: readonly RetailEvent[];
}

/**
 * Runs the documents of a file through the whole chain, one after another in time order.
 * @throws CliError where something other than the file is in the way.
 */
export async function runRetail(
  api: InProcessApi,
  task: RetailTask,
  report: (done: number, total: number) => void,
): Promise<RetailRun> {
  const run: RetailRun = {
    ...{ orders: nothing(), shipments: 0, returns: nothing(), returnsOfOrder: 0 },
    ...{ refused: [], openingUnits: 0n },
  };
  const { hash, digits, events } = task;
  const work: Work = { api, hash, digits, run };
  const known = await api.call(`GET /v1/channels/${CHANNEL}`);
  if (known.status === 404) {
    const channel = { code: CHANNEL, name: 'Register of the shop', sites: [SITE] };
    await api.done('POST /v1/channels', channel);
  }
  await open(work, task.items, task.openingAt);
  for (const [i, event] of events.entries()) {
    if (event.kind === 'order') await placeOrder(work, event);
    else await takeBack(work, event);
    report(i + 1, events.length);
  }
  return run;
}
