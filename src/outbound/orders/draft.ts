import type { Tx } from '../../platform/database.ts';
import { type HistoryEntry, recordHistory } from '../../platform/history.ts';
import { newId } from '../../platform/ids.ts';
import { declareProblem, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import {
  endRequests,
  type FullOrder,
  type LineRow,
  loadOrder,
  type OrderRow,
  type PartRow,
  writeHead,
  writeLines,
  writeParts,
} from './order.queries.ts';
import { lineStateOf, nextPartState, orderStateOf, type PartEvent } from './order.ts';
import { insertReleases, type ReleaseStep } from './steps.ts';

export const stateConflict = declareProblem({
  name: 'state-conflict',
  status: 409,
  title: 'Its state does not allow that',
  remedy: 'See `state`: read the document again, then decide.',
});

/** A locked sales order that is being changed; nothing is written before {@link writeDraft}. */
export interface OrderDraft {
  readonly order: OrderRow;
  readonly lines: LineRow[];
  readonly parts: PartRow[];
  readonly before: FullOrder;
  readonly changedLines: Set<LineRow>;
  readonly changedParts: Set<PartRow>;
  readonly entries: Omit<HistoryEntry, 'ownerId' | 'document'>[];
  /** What the ledger must be told after the commit. */
  readonly releases: ReleaseStep[];
}

/** Loads and locks a sales order. @throws Problem not-found. */
export async function openDraft(tx: Tx, number: string): Promise<OrderDraft> {
  const full = await loadOrder(tx, number, true);
  return {
    ...full,
    before: {
      order: { ...full.order },
      lines: full.lines.map((line) => ({ ...line })),
      parts: full.parts.map((part) => ({ ...part })),
    },
    changedLines: new Set(),
    changedParts: new Set(),
    entries: [],
    releases: [],
  };
}

export function lineOf(draft: OrderDraft, line: number): LineRow | undefined {
  return draft.lines.find((each) => each.line === line);
}

export function partsOfLine(draft: OrderDraft, line: number): PartRow[] {
  return draft.parts.filter((each) => each.line === line);
}

function nextPart(draft: OrderDraft, line: number): number {
  return Math.max(0, ...partsOfLine(draft, line).map(({ part }) => part)) + 1;
}

/** Adds a part to a line, such as units that were reserved for it. */
export function addPart(draft: OrderDraft, part: Omit<PartRow, 'part'>): PartRow {
  const added = { ...part, part: nextPart(draft, part.line) };
  draft.parts.push(added);
  draft.changedParts.add(added);
  return added;
}

/** The part itself where all its units are meant; else these units become one of their own. */
export function splitPart(draft: OrderDraft, part: PartRow, quantity: bigint): PartRow {
  if (quantity <= 0n || quantity > part.quantity) throw new Error('a part cannot be split so');
  draft.changedParts.add(part);
  if (quantity === part.quantity) return part;
  part.quantity -= quantity;
  const { part: _, ...same } = part;
  return addPart(draft, { ...same, quantity });
}

/** Writes down that the ledger must be given back what a part has reserved. */
function letGo(draft: OrderDraft, part: PartRow): void {
  if (part.journal === null || part.seq === null) return;
  draft.releases.push({
    stepId: newId(),
    ownerId: draft.order.ownerId,
    documentNumber: draft.order.number,
    journal: part.journal,
    seq: part.seq,
    quantity: part.quantity,
    quantityScale: lineOf(draft, part.line)!.quantityScale,
  });
  part.journal = null;
  part.seq = null;
}

/**
 * Lets an event happen to a part; what it lets go of is released after the commit.
 * @throws Problem state-conflict.
 */
export function moveOn(draft: OrderDraft, part: PartRow, event: PartEvent): void {
  const next = nextPartState(part.state, event);
  if (next === undefined) {
    const detail = `Line ${part.line} is ${part.state}: ${event} cannot happen to it.`;
    throw new Problem(stateConflict, detail, { line: part.line, state: part.state });
  }
  part.state = next;
  draft.changedParts.add(part);
  if (next === 'cancelled' || next === 'backordered') {
    letGo(draft, part);
    part.fulfilmentRequestId = null;
  }
  if (next === 'reserved') part.fulfilmentRequestId = null;
  // A backorder waits wherever the customer lets it.
  if (next === 'backordered') {
    const line = lineOf(draft, part.line)!;
    part.siteId = line.siteId;
    part.site = line.site;
  }
}

/** Adds to the trail; the states are filled in when it is written. */
export function note(
  draft: OrderDraft,
  action: string,
  more: Pick<HistoryEntry, 'line' | 'note' | 'details'> = {},
): void {
  draft.entries.push({ action, ...more });
}

/** A quantity of a line as text. */
export function quantityText(draft: OrderDraft, line: number, quantity: bigint): string {
  return formatDecimal(quantity, lineOf(draft, line)!.quantityScale);
}

function statesOf(full: Pick<FullOrder, 'parts'>, line: number | undefined): string | undefined {
  if (line === undefined) return orderStateOf(full.parts);
  const own = full.parts.filter((part) => part.line === line);
  return own.length === 0 ? undefined : lineStateOf(own);
}

/** Writes the change, its trail and its steps, and counts the version up. */
export async function writeDraft(
  tx: Tx,
  draft: OrderDraft,
  by: { readonly actorId: number; readonly at: Date },
): Promise<void> {
  const { order, before } = draft;
  order.state = orderStateOf(draft.parts);
  if (order.priority !== before.order.priority) {
    for (const part of draft.parts) draft.changedParts.add(part);
  }
  await writeLines(tx, order, [...draft.changedLines]);
  await writeParts(tx, order, [...draft.changedParts]);
  await writeHead(tx, order, by.at);
  await insertReleases(tx, draft.releases, by.at);
  const entries = draft.entries.map((entry) => ({
    ownerId: order.ownerId,
    document: { type: 'sales_order', number: order.number },
    ...entry,
    fromState: statesOf(before, entry.line),
    toState: statesOf(draft, entry.line),
  }));
  const wasAsked = before.parts.some(({ fulfilmentRequestId }) => fulfilmentRequestId !== null);
  const ended = wasAsked ? await endRequests(tx, order.orderId, by.at) : [];
  const requests = ended.map(({ number, from, to }) => ({
    ownerId: order.ownerId,
    document: { type: 'fulfilment_request', number },
    action: to,
    fromState: from,
    toState: to,
  }));
  await recordHistory(tx, [...entries, ...requests], by);
}
