import type { Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import type { Answer } from '../../platform/idempotency.ts';
import { formatUnitCost } from '../../platform/money.ts';
import { Problem } from '../../platform/problems.ts';
import { divideRounded, formatDecimal } from '../../platform/quantity.ts';
import { addWaiting, reservePart } from './apply.ts';
import { cancelUnits, openUnits } from './cancel.ts';
import { type ChangeRequest, changeOrder, requireVersion } from './change.ts';
import {
  lineOf,
  note,
  type OrderDraft,
  partsOfLine,
  quantityText,
  stateConflict,
} from './draft.ts';
import { type FullOrder, type LineRow, loadOrder, type OrderRow } from './order.queries.ts';
import { CLOSED_STATES } from './order.ts';
import { type Promised, promiseAll, TRIES_MAX, type Wish } from './promise.ts';
import { failures, prepareCodes, type ResolvedLine, resolveLine } from './resolve.ts';
import type { EditBody, EditLine } from './schemas.ts';
import { digitsOf, type OrderService, promising } from './service.ts';
import { abandonGroups, closeGroups, openGroups } from './steps.ts';
import { unitsIn } from './view.ts';

/** What an edit does to one line: its figures afterwards, and the units that it lacks. */
interface LineEdit {
  readonly line: number;
  readonly given: EditLine;
  readonly isNew: boolean;
  readonly resolved: ResolvedLine;
  /** Units more than are kept now: they must be promised first. */
  readonly more: bigint;
}

/** Units of a line that were not cancelled. */
function keptUnits(full: Pick<FullOrder, 'parts'>, line: number): bigint {
  const own = full.parts.filter((part) => part.line === line);
  return own.reduce((sum, { quantity }) => sum + quantity, 0n) - unitsIn(own, 'cancelled');
}

function requireOpen(order: OrderRow): void {
  if (!CLOSED_STATES.has(order.state)) return;
  const { state } = order;
  throw new Problem(stateConflict, `The sales order is ${state} already.`, { state });
}

/** Checks the lines of an edit against the order as it is. @throws Problem invalid-request. */
async function planLines(
  service: OrderService,
  full: FullOrder,
  edits: readonly EditLine[],
): Promise<LineEdit[]> {
  const { order, lines } = full;
  const { fail, problem } = failures();
  const given = edits.map((edit, i) => {
    const known = lines.find(({ line }) => line === edit.line);
    const path = `lines.${i}`;
    if (edit.line !== undefined && !known) fail(`${path}.line`, 'is not there', 'a line');
    if (edit.line === undefined && edit.item === undefined) fail(`${path}.item`, 'is missing');
    if (edit.line === undefined && edit.drop) fail(`${path}.drop`, 'is for existing lines');
    if (!known && edit.quantity === undefined) fail(`${path}.quantity`, 'is missing');
    if (known && edit.item !== undefined && edit.item !== known.item) {
      fail(`${path}.item`, 'cannot change; drop the line and add another', known.item, edit.item);
    }
    return { edit, known, path };
  });
  const wrong = problem();
  if (wrong) throw wrong;
  await prepareCodes(service, [
    {
      channel: order.channel,
      owner: order.owner,
      lines: given.map(({ edit, known }) => asCapture(full, edit, known)),
    },
  ]);
  let next = Math.max(...lines.map(({ line }) => line));
  const { ownerId, owner, isHouse, currency } = order;
  const planned = given.flatMap(({ edit, known, path }): LineEdit[] => {
    if (!known) next += 1;
    const line = known?.line ?? next;
    const resolved = resolveLine(service, asCapture(full, edit, known), {
      ...{ line, path, currency, fail },
      owner: { ownerId, code: owner, isHouse },
    });
    if (!resolved) return [];
    const kept = known ? keptUnits(full, line) : 0n;
    const isLess = edit.drop || resolved.quantity <= kept;
    const more = isLess ? 0n : resolved.quantity - kept;
    return [{ line, given: edit, isNew: !known, resolved, more }];
  });
  const bad = problem();
  if (bad) throw bad;
  return planned;
}

/** An edited line as if it were captured: what is not given is what the line has. */
function asCapture(full: FullOrder, edit: EditLine, known: LineRow | undefined) {
  const kept = known ? keptUnits(full, known.line) : 0n;
  const one = known ? 10n ** BigInt(known.quantityScale) : 1n;
  const quantity = known ? formatDecimal(kept > 0n ? kept : one, known.quantityScale) : '1';
  const digits = digitsOf(full.order.currency);
  return {
    item: edit.item ?? known?.item ?? '',
    quantity: edit.quantity ?? quantity,
    unitPrice: edit.unitPrice ?? (known ? formatUnitCost(known.unitPrice, digits) : '0'),
    discount: edit.discount ?? '0',
    tax: edit.tax ?? '0',
    site: edit.site,
  };
}

/** What must be promised before the edit can be written; undefined where nothing is. */
function wishOf(
  service: OrderService,
  principal: Principal,
  full: FullOrder,
  body: EditBody,
  edits: readonly LineEdit[],
  groupIds: readonly string[],
): Wish {
  const { order, lines } = full;
  const channel = service.channels.channelById(order.channelId)!;
  const free = [...groupIds];
  return {
    principal,
    channel,
    owner: { ownerId: order.ownerId, code: order.owner, isHouse: order.isHouse },
    priority: body.priority ?? order.priority,
    document: { type: 'sales_order', number: order.number },
    shipTo: body.shipTo ?? order.shipTo,
    serviceLevel: body.serviceLevel ?? order.serviceLevel,
    requestedAt: order.requestedAt,
    splitAllowed: (body.shipmentPolicy ?? order.shipmentPolicy) === 'partial',
    partly: (body.backorder ?? order.backorder) === 'allow',
    lines: edits
      .filter(({ more }) => more > 0n)
      .map(({ line, resolved, more }) => ({
        ...resolved,
        line,
        quantity: more,
        site: resolved.site ?? siteOf(lines.find((each) => each.line === line)),
      })),
    nextGroupId: () => free.shift()!,
  };
}

function siteOf(line: LineRow | undefined): Wish['lines'][number]['site'] {
  if (!line || line.siteId === null) return null;
  return { siteId: line.siteId, code: line.site ?? '' };
}

/**
 * Edits a sales order. What it asks for in addition is reserved first; what it no longer needs is
 * released right after the commit; nothing that stays is without a reservation for a moment.
 * @throws Problem not-found, precondition-failed, invalid-request, state-conflict,
 * insufficient-availability.
 */
export async function editOrder(
  service: OrderService,
  request: ChangeRequest,
  number: string,
  body: EditBody,
): Promise<Answer> {
  const { database } = service.context;
  const { principal } = request;
  const full = await readAs(database, principal.scope, (tx) => loadOrder(tx, number, false));
  requireVersion(full as OrderDraft, request.version);
  requireOpen(full.order);
  const edits = await planLines(service, full, body.lines ?? []);
  const write = (promised: Promised | undefined, groupIds: readonly string[]) =>
    changeOrder(
      service,
      // What was reserved fits the sales order as it was read, and no other.
      { ...request, version: full.order.version },
      number,
      async (draft, tx) => {
        requireOpen(draft.order);
        await closeGroups(tx, groupIds);
        editHead(draft, body);
        for (const edit of edits) editLine(draft, edit, promised, service.context.clock());
        note(draft, 'edited', { details: { fields: Object.keys(body) } });
      },
    );
  if (edits.every(({ more }) => more === 0n)) return write(undefined, []);
  const { ownerId } = full.order;
  const groupIds = await openGroups(service, Array(TRIES_MAX).fill({ ownerId, number }));
  try {
    return await promising(service, async (tx) => {
      const wish = wishOf(service, principal, full, body, edits, groupIds);
      const [promised] = await promiseAll(service, tx, [wish]);
      if (promised instanceof Problem) throw promised;
      return write(promised, groupIds);
    });
  } catch (error) {
    await abandonGroups(service, groupIds);
    throw error;
  }
}

function editHead(draft: OrderDraft, body: EditBody): void {
  const { order } = draft;
  const { requestedAt, promisedAt, lines: _, ...plain } = body;
  const given = Object.fromEntries(
    Object.entries(plain).filter(([, value]) => value !== undefined),
  );
  Object.assign(order, given);
  if (requestedAt !== undefined) order.requestedAt = requestedAt ? new Date(requestedAt) : null;
  if (promisedAt !== undefined) order.promisedAt = promisedAt ? new Date(promisedAt) : null;
}

function editLine(
  draft: OrderDraft,
  edit: LineEdit,
  promised: Promised | undefined,
  at: Date,
): void {
  const { given, line, resolved, more } = edit;
  if (given.drop) {
    const open = openUnits(draft, line);
    if (open > 0n) cancelUnits(draft, line, open);
    note(draft, 'cancelled', { line, details: { quantity: quantityText(draft, line, open) } });
    return;
  }
  const row = edit.isNew ? addLine(draft, resolved) : lineOf(draft, line)!;
  const kept = keptUnits(draft, line);
  if (!edit.isNew) checkShipped(draft, edit, more);
  if (more > 0n) {
    if (!edit.isNew) enlarge(row, more);
    const { siteId, site, itemId } = row;
    const waiting = addWaiting(draft, { line, itemId, siteId, site }, more, at);
    const shares = (promised?.shares ?? []).filter((share) => share.line === line);
    reservePart(draft, waiting, shares, row.quantityScale);
  }
  const fewer = given.quantity === undefined ? 0n : kept - resolved.quantity;
  if (!edit.isNew && fewer > 0n) cancelUnits(draft, line, fewer);
  editPrices(draft, row, edit);
  editSite(draft, row, edit);
  draft.changedLines.add(row);
  note(draft, edit.isNew ? 'line_added' : 'line_edited', { line, details: { ...given } });
}

/** What was billed for units that have left must stay true of the line. */
function checkShipped(draft: OrderDraft, { given, line }: LineEdit, more: bigint): void {
  const prices = given.unitPrice ?? given.discount ?? given.tax;
  if (more === 0n && prices === undefined) return;
  const left = unitsIn(partsOfLine(draft, line), 'shipped', 'shipping');
  if (left === 0n) return;
  const detail = `Line ${line} has shipped in part: add another line for more units.`;
  throw new Problem(stateConflict, detail, { line });
}

function addLine(draft: OrderDraft, resolved: ResolvedLine): LineRow {
  const row: LineRow = {
    line: resolved.line,
    itemId: resolved.itemId,
    item: resolved.item,
    quantityScale: resolved.quantityScale,
    tracksSerial: false,
    siteId: resolved.site?.siteId ?? null,
    site: resolved.site?.code ?? null,
    quantity: resolved.quantity,
    unitPrice: resolved.unitPrice,
    discount: 0n,
    tax: 0n,
  };
  draft.lines.push(row);
  return row;
}

/** More units at the same discount and tax a unit. */
function enlarge(row: LineRow, more: bigint): void {
  const after = row.quantity + more;
  row.discount = divideRounded(row.discount * after, row.quantity);
  row.tax = divideRounded(row.tax * after, row.quantity);
  row.quantity = after;
}

/** Discount and tax are given for the units that are kept; the line carries them for all. */
function editPrices(draft: OrderDraft, row: LineRow, { given, resolved }: LineEdit): void {
  if (given.unitPrice !== undefined) row.unitPrice = resolved.unitPrice;
  const kept = keptUnits(draft, row.line);
  if (kept === 0n) return;
  if (given.discount !== undefined) {
    row.discount = divideRounded(resolved.discount * row.quantity, kept);
  }
  if (given.tax !== undefined) row.tax = divideRounded(resolved.tax * row.quantity, kept);
}

/** Another site is where the line waits from now on; what is reserved elsewhere stays. */
function editSite(draft: OrderDraft, row: LineRow, { given, resolved, isNew }: LineEdit): void {
  if (isNew || given.site === undefined || !resolved.site) return;
  row.siteId = resolved.site.siteId;
  row.site = resolved.site.code;
  for (const part of partsOfLine(draft, row.line)) {
    if (part.state !== 'backordered') continue;
    part.siteId = row.siteId;
    part.site = row.site;
    draft.changedParts.add(part);
  }
}
