import { loadItems } from '../../catalog/index.ts';
import { loadLocations, loadSites } from '../../network/index.ts';
import type { Principal } from '../../platform/context.ts';
import { type Database, readAs, type Tx, writeAs } from '../../platform/database.ts';
import { recordHistory } from '../../platform/history.ts';
import {
  conflict,
  type FieldError,
  invalidRequest,
  notFound,
  Problem,
  preconditionFailed,
} from '../../platform/problems.ts';
import { DecimalError, formatDecimal, parseDecimal } from '../../platform/quantity.ts';
import { loadOwners } from '../../sellers/index.ts';
import {
  insertTransfer,
  lockTransfer,
  type NewLine,
  selectLines,
  selectTransfer,
  selectTransfers,
  type TransferFilter,
  type TransferHead,
  updateDraft,
  writeLines,
} from './transfer.queries.ts';
import type { CreateBody, DraftLine, EditBody, TransferAnswer } from './transfer.schemas.ts';
import { inTransit, type TransferLine } from './transfer.ts';

const HOUSE = 'HOUSE';
const HOLDING_TYPES = ['fulfilment_centre', 'store'];

interface Ends {
  readonly ownerId: number;
  readonly fromSiteId: number;
  readonly toSiteId: number;
}

function refuse(errors: readonly FieldError[]): never {
  throw new Problem(invalidRequest, `${errors[0]?.path} ${errors[0]?.message}.`, { errors });
}

/** Finds owner and sites of a new transfer order. @throws Problem invalid-request */
async function findEnds(tx: Tx, body: CreateBody): Promise<Ends> {
  const errors: FieldError[] = [];
  const [owner] = await loadOwners(tx, [body.owner ?? HOUSE]);
  if (!owner) errors.push({ path: 'owner', message: 'does not exist', found: body.owner ?? HOUSE });
  const sites = await loadSites(tx, [body.from, body.to]);
  const find = (path: 'from' | 'to') => {
    const site = sites.find(({ code }) => code === body[path]);
    if (site?.active && HOLDING_TYPES.includes(site.type)) return site.siteId;
    const expected = 'the code of an active fulfilment centre or store';
    errors.push({ path, message: 'is no site that holds goods', expected, found: body[path] });
    return 0;
  };
  const [fromSiteId, toSiteId] = [find('from'), find('to')];
  if (body.from === body.to) {
    errors.push({ path: 'to', message: 'is where the goods are already', found: body.to });
  }
  if (errors.length > 0 || !owner) refuse(errors);
  return { ownerId: owner.ownerId, fromSiteId, toSiteId };
}

/** Checks the lines of a draft; every wrong field at once. @throws Problem invalid-request */
async function findLines(tx: Tx, ends: Ends, lines: readonly DraftLine[]): Promise<NewLine[]> {
  const errors: FieldError[] = [];
  const items = await loadItems(tx, [...new Set(lines.map(({ item }) => item))]);
  const byCode = new Map(items.map((item) => [item.sku, item]));
  const codes = lines.flatMap(({ from, to }) => [from, to]).filter((code) => code !== undefined);
  const locations = await loadLocations(tx, [...new Set(codes)]);
  const made = lines.map((line, i): NewLine | undefined => {
    const fail = (field: string, message: string, expected: string, found?: string) => {
      errors.push({ path: `lines.${i}.${field}`, message, expected, found: found ?? '' });
    };
    const item = byCode.get(line.item);
    if (!item || (item.ownerId !== null && item.ownerId !== ends.ownerId)) {
      fail('item', 'does not exist', 'the SKU of an item of that owner', line.item);
      return undefined;
    }
    for (const side of ['from', 'to'] as const) {
      const code = line[side];
      if (code === undefined) continue;
      const siteId = side === 'from' ? ends.fromSiteId : ends.toSiteId;
      const location = locations.find((each) => each.code === code);
      const isThere = location && !location.isVirtual && location.siteId === siteId;
      if (!isThere) fail(side, 'is no place of that site', 'the code of a bin of it', code);
    }
    if (!item.tracksLot && line.lot !== undefined) {
      fail('lot', 'is given for an item without lots', 'no lot', line.lot);
    }
    const quantity = readQuantity(line.quantity, item.quantityScale, fail);
    const { lot = null, serials = null, disposition, from = null, to = null } = line;
    if (serials && !item.tracksSerial) {
      fail('serials', 'are given for an item without serials', 'no serials');
    }
    return { itemId: item.itemId, quantity, lot, serials, disposition, from, to };
  });
  if (errors.length > 0) refuse(errors);
  return made.filter((line) => line !== undefined);
}

const QUANTITY_MAX = 10n ** 15n;

function readQuantity(
  text: string,
  scale: number,
  fail: (field: string, message: string, expected: string, found?: string) => void,
): bigint {
  try {
    const quantity = parseDecimal(text, scale);
    if (quantity > 0n && quantity <= QUANTITY_MAX) return quantity;
    fail('quantity', 'is out of range', 'more than zero, at most 10^15 units', text);
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    fail('quantity', error.message, `at most ${scale} digits after the point`, text);
  }
  return 0n;
}

interface By {
  readonly actorId: number;
  readonly at: Date;
}

/**
 * Writes a draft; answers its number. `tx` is a writer's, of the house.
 * @throws Problem invalid-request with every wrong field.
 */
export async function createTransfer(tx: Tx, body: CreateBody, by: By): Promise<string> {
  const ends = await findEnds(tx, body);
  const lines = await findLines(tx, ends, body.lines);
  const { reference = null, notes = null } = body;
  const { transferOrderId, number } = await insertTransfer(tx, { ...ends, reference, notes }, by);
  await writeLines(tx, transferOrderId, ends.ownerId, lines);
  const document = { type: 'transfer_order', number };
  const { ownerId } = ends;
  await recordHistory(tx, [{ ownerId, document, action: 'created', toState: 'draft' }], by);
  return number;
}

/**
 * Changes a draft, at the version that the caller read.
 * @throws Problem not-found, conflict when it is no draft any more, precondition-failed,
 * invalid-request.
 */
export async function editTransfer(
  tx: Tx,
  number: string,
  body: EditBody,
  version: number,
  by: By,
): Promise<void> {
  const head = await lockTransfer(tx, number);
  if (!head) throw new Problem(notFound, `There is no transfer order ${number}.`);
  if (head.version !== version) {
    const extras = { version: head.version };
    throw new Problem(preconditionFailed, `${number} was changed since you read it.`, extras);
  }
  if (head.state !== 'draft') {
    const detail = `${number} is ${head.state}: only a draft can be edited.`;
    throw new Problem(conflict, detail, { state: head.state });
  }
  const { reference = head.reference, notes = head.notes } = body;
  if (body.lines) {
    const lines = await findLines(tx, head, body.lines);
    await writeLines(tx, head.transferOrderId, head.ownerId, lines);
  }
  await updateDraft(tx, head.transferOrderId, { reference, notes }, by.at);
  const document = { type: 'transfer_order', number };
  await recordHistory(tx, [{ ownerId: head.ownerId, document, action: 'edited' }], by);
}

function showLine(line: TransferLine): TransferAnswer['lines'][number] {
  const write = (units: bigint) => formatDecimal(units, line.quantityScale);
  return {
    line: line.line,
    item: line.item,
    quantity: write(line.quantity),
    lot: line.lot,
    serials: line.serials ? [...line.serials] : null,
    disposition: line.disposition,
    from: line.from,
    to: line.to,
    shipped: write(line.shipped),
    received: write(line.received),
    lost: write(line.lost),
    cancelled: write(line.cancelled),
    inTransit: write(inTransit(line)),
    reservation: line.reservation,
  };
}

/** Transfer orders with their lines, as every answer shows them. */
export async function showTransfers(
  tx: Tx,
  heads: readonly TransferHead[],
): Promise<TransferAnswer[]> {
  const lines = await selectLines(
    tx,
    heads.map(({ transferOrderId }) => transferOrderId),
  );
  const byOrder = new Map<number, TransferLine[]>();
  for (const line of lines) {
    const known = byOrder.get(line.transferOrderId);
    if (known) known.push(line);
    else byOrder.set(line.transferOrderId, [line]);
  }
  const at = (instant: Date | null) => instant?.toISOString() ?? null;
  return heads.map(({ transferOrderId, ownerId: _o, fromSiteId: _f, toSiteId: _t, ...head }) => ({
    ...head,
    expectedDispatchAt: at(head.expectedDispatchAt),
    expectedArrivalAt: at(head.expectedArrivalAt),
    releasedAt: at(head.releasedAt),
    shippedAt: at(head.shippedAt),
    receivedAt: at(head.receivedAt),
    createdAt: head.createdAt.toISOString(),
    updatedAt: head.updatedAt.toISOString(),
    lines: (byOrder.get(transferOrderId) ?? []).map(showLine),
  }));
}

/** One transfer order as its owner or the house sees it. @throws Problem not-found */
export function readTransfer(
  database: Database,
  principal: Pick<Principal, 'scope'>,
  number: string,
): Promise<TransferAnswer> {
  return readAs(database, principal.scope, async (tx) => {
    const head = await selectTransfer(tx, number);
    if (!head) throw new Problem(notFound, `There is no transfer order ${number}.`);
    const [shown] = await showTransfers(tx, [head]);
    return shown!;
  });
}

/** Drafts a transfer order of the house's making; answers it as it is then. */
export async function createTransferOrder(
  database: Database,
  principal: Pick<Principal, 'scope' | 'principalId'>,
  body: CreateBody,
  at: Date,
): Promise<TransferAnswer> {
  const by = { actorId: principal.principalId, at };
  const number = await writeAs(database, 'house', (tx) => createTransfer(tx, body, by));
  return readTransfer(database, principal, number);
}

/** Transfer orders that match, newest first. */
export function listTransferOrders(
  database: Database,
  principal: Pick<Principal, 'scope'>,
  filter: TransferFilter,
  limit: number,
): Promise<TransferAnswer[]> {
  return readAs(database, principal.scope, async (tx) =>
    showTransfers(tx, await selectTransfers(tx, filter, undefined, limit)),
  );
}
