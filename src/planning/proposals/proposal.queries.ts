import type { Tx } from '../../platform/database.ts';
import { currencyDigits, formatMoney, formatUnitCost } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { inactiveOf, inactiveText, type Parts } from './inactive.ts';
import type { ProposalAnswer, ProposalHead, ProposalWarning } from './proposal.schemas.ts';
import type { ProposalState } from './states.ts';

/** A proposal as it lies in the database. */
export interface Proposal extends Parts {
  readonly id: number;
  readonly kind: 'purchase' | 'transfer';
  readonly state: ProposalState;
  readonly run: number;
  readonly supplierId: number | null;
  readonly siteId: number;
  readonly currency: string;
  readonly amount: bigint;
  readonly waitingCost: bigint;
  readonly orderOn: string;
  readonly expectedOn: string;
  readonly expiresOn: string;
  /** Whether a rate for its currency holds before it expires. */
  readonly hasRate: boolean;
  readonly unpriced: bigint;
  readonly summary: string;
  readonly why: Record<string, unknown>;
  readonly reason: string | null;
  readonly quietUntil: string | null;
  readonly documentType: string | null;
  readonly documentNumber: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly decidedAt: Date | null;
}

export interface ProposalLine {
  readonly proposalId: number;
  readonly line: number;
  readonly itemId: number;
  readonly item: string;
  readonly scale: number;
  readonly quantity: bigint;
  readonly proposedQuantity: bigint;
  readonly unitPrice: bigint | null;
  readonly amount: bigint;
  readonly expectedOn: string;
  readonly why: Record<string, unknown>;
  readonly summary: string;
}

export const SELECT_PROPOSAL = `SELECT p.proposal_id AS id, p.number, p.kind, p.state,
    p.run_id AS run, p.supplier_id AS "supplierId", u.code AS supplier, f.code AS "from",
    p.site_id AS "siteId", s.code AS site, p.currency, p.amount, p.waiting_cost AS "waitingCost",
    p.order_on::text AS "orderOn", p.expected_on::text AS "expectedOn",
    p.expires_on::text AS "expiresOn", p.summary, p.why, p.reason,
    (SELECT count(*) FROM planning.proposal_line l WHERE l.proposal_id = p.proposal_id
      AND l.quantity > 0) AS "lineCount",
    (SELECT count(*) FROM planning.proposal_line l WHERE l.proposal_id = p.proposal_id
      AND l.quantity > 0 AND l.unit_price IS NULL) AS unpriced,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('line', l.line, 'item', i.sku) ORDER BY l.line),
        '[]') FROM planning.proposal_line l JOIN catalog.item i ON i.item_id = l.item_id
      WHERE l.proposal_id = p.proposal_id AND l.quantity > 0 AND NOT i.active) AS "inactiveItems",
    u.active AS "supplierActive", f.active AS "fromActive", s.active AS "siteActive",
    EXISTS (SELECT FROM platform.exchange_rate r WHERE r.currency = p.currency
      AND r.valid_on <= p.expires_on) AS "hasRate",
    p.quiet_until::text AS "quietUntil", p.document_type AS "documentType",
    p.document_number AS "documentNumber", p.version, p.created_at AS "createdAt",
    p.updated_at AS "updatedAt", p.decided_at AS "decidedAt"
  FROM planning.proposal p
  JOIN network.site s ON s.site_id = p.site_id
  LEFT JOIN network.site f ON f.site_id = p.from_site_id
  LEFT JOIN inbound.supplier u ON u.supplier_id = p.supplier_id`;

/** One proposal; with `lock`, nobody else decides it meanwhile. */
export async function findProposal(
  tx: Tx,
  number: string,
  lock = false,
): Promise<Proposal | undefined> {
  if (lock) {
    // What a row holds is only certain once it is locked.
    await tx.query('SELECT 1 FROM planning.proposal WHERE number = $1 FOR UPDATE', [number]);
  }
  const { rows } = await tx.query<Proposal>(`${SELECT_PROPOSAL} WHERE p.number = $1`, [number]);
  return rows[0];
}

export async function readLines(tx: Tx, proposalId: number): Promise<ProposalLine[]> {
  const { rows } = await tx.query<ProposalLine>(
    `SELECT l.proposal_id AS "proposalId", l.line, l.item_id AS "itemId", i.sku AS item,
       i.quantity_scale AS scale, l.quantity, l.proposed_quantity AS "proposedQuantity",
       l.unit_price AS "unitPrice", l.amount, l.expected_on::text AS "expectedOn", l.why, l.summary
     FROM planning.proposal_line l JOIN catalog.item i ON i.item_id = l.item_id
     WHERE l.proposal_id = $1 ORDER BY l.line`,
    [proposalId],
  );
  return rows;
}

/** What would be refused when somebody approves it, told while there is time to mend it. */
function warningsOf(houseCurrency: string, row: Proposal): ProposalWarning[] {
  const { kind, state, currency, hasRate, unpriced, supplier } = row;
  if (state !== 'draft' && state !== 'edited') return [];
  const warnings: ProposalWarning[] = [];
  const inactive = inactiveOf(row);
  if (inactive.length > 0) {
    warnings.push({ code: 'not_active', message: inactiveText(row, inactive) });
  }
  if (kind !== 'purchase') return warnings;
  if (currency !== houseCurrency && !hasRate) {
    const message =
      `There is no exchange rate for ${currency}, so it cannot be approved, and what it costs in ` +
      `${houseCurrency} is not known: post the rate to /v1/exchange-rates.`;
    warnings.push({ code: 'exchange_rate_missing', message });
  }
  if (unpriced > 0n) {
    const lines = unpriced === 1n ? '1 line has no price' : `${unpriced} lines have no price`;
    const message =
      `${lines} of ${supplier}, so it cannot be approved: post it to /v1/supplier-prices, then ` +
      'plan again or PATCH the proposal.';
    warnings.push({ code: 'price_missing', message });
  }
  return warnings;
}

/** A proposal as a list shows it. */
export function showHead(houseCurrency: string, row: Proposal): ProposalHead {
  const { id: _i, supplierId: _u, siteId: _s, documentType, documentNumber, ...rest } = row;
  const { amount, waitingCost, lineCount, createdAt, updatedAt, decidedAt, ...others } = rest;
  const { hasRate: _r, unpriced: _p, inactiveItems: _n, ...shown } = others;
  const { supplierActive: _a, fromActive: _f, siteActive: _t, ...head } = shown;
  return {
    ...head,
    warnings: warningsOf(houseCurrency, row),
    lineCount: Number(lineCount),
    amount: formatMoney(amount, currencyDigits(row.currency)),
    waitingCostPerDay: formatMoney(waitingCost, currencyDigits(houseCurrency)),
    document:
      documentType !== null && documentNumber !== null
        ? { type: documentType, number: documentNumber }
        : null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    decidedAt: decidedAt?.toISOString() ?? null,
  };
}

/** A proposal with its lines. */
export function showProposal(
  houseCurrency: string,
  row: Proposal,
  lines: readonly ProposalLine[],
): ProposalAnswer {
  const digits = currencyDigits(row.currency);
  return {
    ...showHead(houseCurrency, row),
    lines: lines.map((line) => ({
      line: line.line,
      item: line.item,
      quantity: formatDecimal(line.quantity, line.scale),
      proposedQuantity: formatDecimal(line.proposedQuantity, line.scale),
      unitPrice: line.unitPrice === null ? null : formatUnitCost(line.unitPrice, digits),
      amount: formatMoney(line.amount, digits),
      expectedOn: line.expectedOn,
      summary: line.summary,
      why: line.why,
    })),
  };
}

/** Writes what an edit changed. */
export async function updateLines(tx: Tx, lines: readonly ProposalLine[]): Promise<void> {
  await tx.query(
    `UPDATE planning.proposal_line l SET quantity = c.quantity, unit_price = c.price,
       amount = c.amount, expected_on = c.expected_on
     FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[],
       $6::date[]) AS c(id, line, quantity, price, amount, expected_on)
     WHERE l.proposal_id = c.id AND l.line = c.line`,
    [
      lines.map(({ proposalId }) => proposalId),
      lines.map(({ line }) => line),
      lines.map(({ quantity }) => quantity),
      lines.map(({ unitPrice }) => unitPrice),
      lines.map(({ amount }) => amount),
      lines.map(({ expectedOn }) => expectedOn),
    ],
  );
}

/** What a decision or an edit writes into the head. */
export interface HeadPatch {
  readonly state: ProposalState;
  readonly supplierId?: number | null;
  readonly currency?: string;
  readonly amount?: bigint;
  readonly orderOn?: string;
  readonly expectedOn?: string;
  readonly expiresOn?: string;
  readonly summary?: string;
  readonly reason?: string;
  readonly quietUntil?: string;
  readonly documentType?: string;
  readonly documentNumber?: string;
  readonly decidedAt?: Date;
  readonly decidedBy?: number;
}

export async function updateHead(tx: Tx, id: number, patch: HeadPatch, at: Date): Promise<void> {
  await tx.query(
    `UPDATE planning.proposal SET state = $2, supplier_id = coalesce($3, supplier_id),
       currency = coalesce($4, currency), amount = coalesce($5, amount),
       order_on = coalesce($6, order_on), expected_on = coalesce($7, expected_on),
       reason = coalesce($8, reason), quiet_until = coalesce($9, quiet_until),
       document_type = $10, document_number = $11, decided_at = $12, decided_by = $13,
       version = version + 1, updated_at = $14, expires_on = coalesce($15, expires_on),
       summary = coalesce($16, summary)
     WHERE proposal_id = $1`,
    [
      id,
      patch.state,
      patch.supplierId ?? null,
      patch.currency ?? null,
      patch.amount ?? null,
      patch.orderOn ?? null,
      patch.expectedOn ?? null,
      patch.reason ?? null,
      patch.quietUntil ?? null,
      patch.documentType ?? null,
      patch.documentNumber ?? null,
      patch.decidedAt ?? null,
      patch.decidedBy ?? null,
      at,
      patch.expiresOn ?? null,
      patch.summary ?? null,
    ],
  );
}

/** A supplier that a proposal may be moved to, with its setting. */
export interface ChosenSupplier {
  readonly supplierId: number;
  readonly currency: string;
  readonly active: boolean;
  readonly approveAs: 'draft' | 'submitted';
}

export async function findSupplier(tx: Tx, code: string): Promise<ChosenSupplier | undefined> {
  const { rows } = await tx.query<ChosenSupplier>(
    `SELECT u.supplier_id AS "supplierId", u.currency, u.active,
       coalesce(x.approve_as, 'submitted') AS "approveAs"
     FROM inbound.supplier u
     LEFT JOIN planning.supplier_setting x ON x.supplier_id = u.supplier_id AND x.active
     WHERE u.code = $1`,
    [code],
  );
  return rows[0];
}
