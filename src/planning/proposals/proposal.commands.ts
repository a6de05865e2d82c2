import { createPurchaseOrder } from '../../inbound/index.ts';
import { formatDay, parseDay } from '../../network/index.ts';
import { createTransfer } from '../../outbound/index.ts';
import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { recordHistory } from '../../platform/history.ts';
import {
  currencyDigits,
  extendedCost,
  formatUnitCost,
  parseUnitCost,
} from '../../platform/money.ts';
import {
  declareProblem,
  type FieldError,
  invalidRequest,
  notFound,
  Problem,
  preconditionFailed,
} from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { editedDays, editedQuantities, editedSummary } from './edit.ts';
import { readHouse, readPrices, readSupply } from './facts.queries.ts';
import { requireActive } from './inactive.ts';
import { priceAt, pricesOf } from './lot-size.ts';
import { groupBy } from './place.ts';
import {
  type ChosenSupplier,
  findProposal,
  findSupplier,
  type Proposal,
  type ProposalLine,
  readLines,
  showProposal,
  updateHead,
  updateLines,
} from './proposal.queries.ts';
import type { ApproveBody, EditBody, ProposalAnswer } from './proposal.schemas.ts';
import { OPEN_DAYS } from './run.queries.ts';
import { PROPOSAL } from './run.ts';
import { nextState, PROPOSAL_TRANSITIONS, type ProposalState } from './states.ts';

/** What people do to a proposal; each in one transaction of a writer of the house. */

export const proposalDecided = declareProblem({
  name: 'proposal-decided',
  status: 409,
  title: 'The proposal cannot be changed any more',
  remedy: 'See `state` and, where it was approved, `document`; the next run proposes anew.',
});

export const proposalPricesChanged = declareProblem({
  name: 'proposal-prices-changed',
  status: 409,
  title: "The supplier's prices are others than the proposal says",
  remedy: '`PATCH` the proposal, also with an empty body: it takes over the prices of today.',
});

export interface By {
  readonly actorId: number;
  readonly at: Date;
}

interface Locked {
  readonly proposal: Proposal;
  readonly lines: readonly ProposalLine[];
}

/** Locks a proposal. @throws Problem not-found, precondition-failed. */
async function lockProposal(tx: Tx, number: string, version: number | undefined): Promise<Locked> {
  const proposal = await findProposal(tx, number, true);
  if (!proposal) throw new Problem(notFound, `There is no proposal ${number}.`);
  if (version !== undefined && version !== proposal.version) {
    const detail = `${number} is at version ${proposal.version}, not ${version}.`;
    throw new Problem(preconditionFailed, detail, { version: proposal.version });
  }
  return { proposal, lines: await readLines(tx, proposal.id) };
}

/** Where an action leads. @throws Problem proposal-decided. */
function requireNext(
  proposal: Proposal,
  action: 'edit' | 'approve' | 'reject',
  today: string,
): ProposalState {
  const next = nextState(PROPOSAL_TRANSITIONS, action, proposal.state);
  const { number, state, documentType, documentNumber } = proposal;
  const document = documentNumber && { type: documentType, number: documentNumber };
  if (next === undefined) {
    throw new Problem(proposalDecided, `${number} is ${state}.`, { number, state, document });
  }
  if (action !== 'reject' && proposal.expiresOn <= today) {
    const detail = `${number} was good until ${proposal.expiresOn}; run planning again.`;
    throw new Problem(proposalDecided, detail, { number, state: 'expired', document });
  }
  return next;
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

async function note(
  tx: Tx,
  proposal: Proposal,
  by: By,
  entry: {
    readonly action: string;
    readonly toState: ProposalState;
    readonly note?: string | undefined;
    readonly details?: Record<string, unknown>;
  },
): Promise<void> {
  const { ownerId } = await readHouse(tx);
  const document = { type: PROPOSAL, number: proposal.number };
  await recordHistory(tx, [{ ...entry, ownerId, document, fromState: proposal.state }], by);
}

/** The whole proposal. @throws Problem not-found. */
export async function readProposal(
  tx: Tx,
  houseCurrency: string,
  number: string,
): Promise<ProposalAnswer> {
  const proposal = await findProposal(tx, number);
  if (!proposal) throw new Problem(notFound, `There is no proposal ${number}.`);
  return showProposal(houseCurrency, proposal, await readLines(tx, proposal.id));
}

function refuseFields(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (first) throw new Problem(invalidRequest, `${first.path} ${first.message}.`, { errors });
}

/** The supplier that a proposal is moved to; it must sell every item of it. */
async function editedSupplier(
  tx: Tx,
  { proposal, lines }: Locked,
  code: string | undefined,
  errors: FieldError[],
): Promise<ChosenSupplier | undefined> {
  if (code === undefined) return undefined;
  const fail = (message: string, expected: string): undefined => {
    errors.push({ path: 'body.supplier', message, expected, found: code });
    return undefined;
  };
  if (proposal.kind !== 'purchase') {
    return fail('is given for a transfer', 'nothing: a transfer comes from a site');
  }
  const supplier = await findSupplier(tx, code);
  if (!supplier?.active) return fail('does not exist', 'the code of an active supplier');
  const sold = new Set(
    (await readSupply(tx))
      .filter(({ supplierId }) => supplierId === supplier.supplierId)
      .map(({ itemId }) => itemId),
  );
  const missing = lines.filter(({ itemId, quantity }) => quantity > 0n && !sold.has(itemId));
  if (missing.length === 0) return supplier;
  const items = missing.map(({ item }) => item).join(', ');
  return fail(`does not sell ${items}`, 'a supplier of every item of the proposal');
}

/**
 * Changes a proposal: quantities, days, the supplier. What is bought is priced anew.
 * @throws Problem not-found, precondition-failed, proposal-decided, invalid-request.
 */
export async function editProposal(
  tx: Tx,
  number: string,
  body: EditBody,
  version: number | undefined,
  by: By,
): Promise<void> {
  const locked = await lockProposal(tx, number, version);
  const { proposal, lines } = locked;
  const state = requireNext(proposal, 'edit', dayOf(by.at));
  const errors: FieldError[] = [];
  const quantities = editedQuantities(lines, body, errors);
  const supplier = await editedSupplier(tx, locked, body.supplier, errors);
  const changed = lines.map((line): ProposalLine => {
    const quantity = quantities.get(line.line) ?? line.quantity;
    return { ...line, quantity, expectedOn: body.expectedOn ?? line.expectedOn };
  });
  if (errors.length === 0 && changed.every(({ quantity }) => quantity === 0n)) {
    const message = 'leave nothing; reject the proposal instead';
    errors.push({ path: 'body.lines', message });
  }
  const { orderOn, expectedOn } = editedDays(proposal, body, dayOf(by.at), errors);
  refuseFields(errors);
  const priced = await priceLines(tx, proposal, supplier, changed, dayOf(by.at));
  await updateLines(tx, priced);
  const amount = priced.reduce((sum, line) => sum + line.amount, 0n);
  const { supplierId, currency } = supplier ?? {};
  const moved = supplierId === undefined ? {} : { supplierId, currency: currency! };
  const latest = formatDay(parseDay(orderOn) + OPEN_DAYS);
  const expiresOn = latest > proposal.expiresOn ? latest : proposal.expiresOn;
  const days = { orderOn, expectedOn, expiresOn };
  const summary = editedSummary({ ...proposal, ...moved, amount }, body.supplier, priced);
  await updateHead(tx, proposal.id, { state, amount, summary, ...days, ...moved }, by.at);
  const { note: text, ...details } = body;
  await note(tx, proposal, by, { action: 'edited', toState: state, note: text, details });
}

/** Prices lines by the breaks of their supplier that hold on the day; transfers keep their cost. */
async function priceLines(
  tx: Tx,
  proposal: Proposal,
  supplier: ChosenSupplier | undefined,
  lines: readonly ProposalLine[],
  day: string,
): Promise<ProposalLine[]> {
  const supplierId = supplier?.supplierId ?? proposal.supplierId;
  const digits = currencyDigits(supplier?.currency ?? proposal.currency);
  const rows = supplierId === null ? [] : await readPrices(tx, day);
  const byItem = groupBy(
    rows.filter((row) => row.supplierId === supplierId),
    ({ itemId }) => itemId,
  );
  return lines.map((line) => {
    const prices = pricesOf(byItem.get(line.itemId) ?? [], line.scale, digits);
    const unitPrice =
      supplierId === null ? line.unitPrice : (priceAt(prices, line.quantity) ?? null);
    const amount = extendedCost(line.quantity, line.scale, unitPrice ?? 0n);
    return { ...line, unitPrice, amount };
  });
}

/**
 * Rejects a proposal; its items are not proposed again for the site for a while.
 * @throws Problem not-found, precondition-failed, proposal-decided.
 */
export async function rejectProposal(
  tx: Tx,
  number: string,
  body: { readonly reason: string; readonly quietDays: number },
  version: number | undefined,
  by: By,
): Promise<void> {
  const { proposal } = await lockProposal(tx, number, version);
  const state = requireNext(proposal, 'reject', dayOf(by.at));
  const { reason, quietDays } = body;
  const quietUntil = formatDay(parseDay(dayOf(by.at)) + quietDays);
  const decided = { decidedAt: by.at, decidedBy: by.actorId };
  await updateHead(tx, proposal.id, { state, reason, quietUntil, ...decided }, by.at);
  const details = { quietUntil };
  await note(tx, proposal, by, { action: 'rejected', toState: state, note: reason, details });
}

/**
 * Approves a proposal. The purchase or transfer order is made in the same transaction in which
 * the proposal is marked as approved, so there is never one without the other, whatever dies in
 * between; of several people who approve at once, the row lock lets one win, and the others are
 * told what became of it.
 * @returns the document that was made.
 * @throws Problem not-found, precondition-failed, proposal-decided, proposal-inactive,
 * proposal-prices-changed, and what purchasing and transfers refuse: supplier-terms,
 * invalid-request, exchange-rate-missing.
 */
export async function approveProposal(
  context: Pick<Context, 'config'>,
  tx: Tx,
  number: string,
  body: ApproveBody,
  version: number | undefined,
  by: By,
): Promise<{ readonly type: string; readonly number: string }> {
  const locked = await lockProposal(tx, number, version);
  const { proposal } = locked;
  const state = requireNext(proposal, 'approve', dayOf(by.at));
  requireActive(proposal);
  const document =
    proposal.kind === 'purchase'
      ? await makePurchaseOrder(context, tx, locked, body, by)
      : await makeTransferOrder(tx, locked, by);
  await updateHead(
    tx,
    proposal.id,
    {
      state,
      documentType: document.type,
      documentNumber: document.number,
      decidedAt: by.at,
      decidedBy: by.actorId,
    },
    by.at,
  );
  const details = { document };
  await note(tx, proposal, by, { action: 'approved', toState: state, note: body.note, details });
  return document;
}

async function makePurchaseOrder(
  context: Pick<Context, 'config'>,
  tx: Tx,
  { proposal, lines }: Locked,
  body: ApproveBody,
  by: By,
) {
  const supplier = await findSupplier(tx, proposal.supplier ?? '');
  const submit = body.submit ?? supplier?.approveAs === 'submitted';
  const bought = lines.filter(({ quantity }) => quantity > 0n);
  const made = await createPurchaseOrder(
    context,
    tx,
    {
      supplier: proposal.supplier ?? '',
      site: proposal.site,
      currency: proposal.currency,
      reference: proposal.number,
      lines: bought.map(({ item, quantity, scale, expectedOn }) => ({
        ...{ item, quantity: formatDecimal(quantity, scale), expectedOn },
      })),
    },
    submit ? { overrideTerms: body.overrideTerms } : undefined,
    by,
  );
  requireSamePrices(proposal, bought, made.lines);
  return { type: 'purchase_order', number: made.number };
}

/**
 * Nobody approves one amount and buys for another: the prices that purchasing finds today must
 * be those that the proposal was shown with. @throws Problem proposal-prices-changed.
 */
function requireSamePrices(
  { number, currency }: Proposal,
  lines: readonly ProposalLine[],
  made: readonly { readonly unitPrice: string }[],
): void {
  const digits = currencyDigits(currency);
  const changed = lines.flatMap(({ line, item, unitPrice }, i) => {
    const found = made[i]!.unitPrice;
    if (unitPrice !== null && parseUnitCost(found, digits) === unitPrice) return [];
    const proposed = unitPrice === null ? null : formatUnitCost(unitPrice, digits);
    return [{ line, item, proposed, found }];
  });
  if (changed.length === 0) return;
  const detail = `${changed.length} of ${lines.length} prices of ${number} are others by now.`;
  throw new Problem(proposalPricesChanged, detail, { changed });
}

async function makeTransferOrder(tx: Tx, { proposal, lines }: Locked, by: By) {
  const number = await createTransfer(
    tx,
    {
      from: proposal.from ?? '',
      to: proposal.site,
      reference: proposal.number,
      lines: lines
        .filter(({ quantity }) => quantity > 0n)
        .map(({ item, quantity, scale }) => ({
          ...{ item, quantity: formatDecimal(quantity, scale), disposition: 'sellable' as const },
        })),
    },
    by,
  );
  return { type: 'transfer_order', number };
}
