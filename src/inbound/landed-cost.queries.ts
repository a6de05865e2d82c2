import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import type { By } from './inbound.ts';
import { amountAnswer } from './schemas.ts';
import { LANDED_COST_STATES, type LandedCostState } from './states.ts';

export const LANDED_COST_KINDS = ['freight', 'duty', 'insurance', 'handling', 'other'] as const;
export const LANDED_COST_BASES = ['value', 'weight', 'volume', 'quantity'] as const;
export type LandedCostBasis = (typeof LANDED_COST_BASES)[number];

/** The head of a landed cost. */
export interface LandedCost {
  readonly id: number;
  readonly number: string;
  readonly supplierId: number;
  readonly supplier: string;
  readonly reference: string | null;
  readonly kind: (typeof LANDED_COST_KINDS)[number];
  readonly basis: LandedCostBasis;
  readonly currency: string;
  readonly rate: string;
  readonly incurredOn: string;
  /** Minor units of the currency. */
  readonly amount: bigint;
  readonly taxAmount: bigint;
  /** House minor units. */
  readonly houseAmount: bigint;
  readonly state: LandedCostState;
  readonly reverses: string | null;
  readonly reversedBy: string | null;
  readonly note: string | null;
  readonly version: number;
  readonly createdAt: Date;
}

/** What one receipt line carries of it. */
export interface LandedCostPart {
  readonly part: number;
  readonly receiptId: number;
  readonly receipt: string;
  readonly receiptLine: number;
  readonly item: string;
  readonly site: string;
  readonly movement: string | null;
  readonly weight: string;
  /** House minor units. */
  readonly amount: bigint;
}

const SELECT = `SELECT c.landed_cost_id AS id, c.number, c.supplier_id AS "supplierId",
    s.code AS supplier, c.reference, c.kind, c.basis, c.currency, trim_scale(c.rate)::text AS rate,
    c.incurred_on::text AS "incurredOn", c.amount, c.tax_amount AS "taxAmount",
    c.house_amount AS "houseAmount", c.state, o.number AS reverses, b.number AS "reversedBy",
    c.note, c.version, c.created_at AS "createdAt"
  FROM inbound.landed_cost c JOIN inbound.supplier s ON s.supplier_id = c.supplier_id
  LEFT JOIN inbound.landed_cost o ON o.landed_cost_id = c.reverses_id
  LEFT JOIN inbound.landed_cost b ON b.reverses_id = c.landed_cost_id`;

export const landedCostList = { select: SELECT, id: 'c.landed_cost_id' } as const;

export async function findLandedCost(
  tx: Tx,
  number: string,
  lock = false,
): Promise<LandedCost | undefined> {
  if (lock) {
    await tx.query('SELECT FROM inbound.landed_cost WHERE number = $1 FOR UPDATE', [number]);
  }
  const { rows } = await tx.query<LandedCost>(`${SELECT} WHERE c.number = $1`, [number]);
  return rows[0];
}

export async function readParts(tx: Tx, landedCostId: number): Promise<LandedCostPart[]> {
  const { rows } = await tx.query<LandedCostPart>(
    `SELECT p.part, p.receipt_id AS "receiptId", r.number AS receipt,
       p.receipt_line AS "receiptLine", i.sku AS item, s.code AS site, l.movement,
       trim_scale(p.weight)::text AS weight, p.amount
     FROM inbound.landed_cost_part p
     JOIN inbound.receipt_line l ON l.receipt_id = p.receipt_id AND l.line = p.receipt_line
     JOIN inbound.receipt r ON r.receipt_id = p.receipt_id
     JOIN catalog.item i ON i.item_id = l.item_id JOIN network.site s ON s.site_id = l.site_id
     WHERE p.landed_cost_id = $1 ORDER BY p.part`,
    [landedCostId],
  );
  return rows;
}

export type NewLandedCost = Pick<
  LandedCost,
  | ('supplierId' | 'reference' | 'kind' | 'basis' | 'currency' | 'rate' | 'incurredOn')
  | ('amount' | 'taxAmount' | 'houseAmount' | 'state' | 'note')
> & { readonly reversesId: number | null };

export async function insertLandedCost(
  tx: Tx,
  cost: NewLandedCost,
  parts: readonly Pick<LandedCostPart, 'receiptId' | 'receiptLine' | 'weight' | 'amount'>[],
  by: By,
): Promise<string> {
  const { rows } = await tx.query<{ id: number; number: string }>(
    `INSERT INTO inbound.landed_cost (supplier_id, reference, kind, basis, currency, rate,
       incurred_on, amount, tax_amount, house_amount, state, reverses_id, note, created_by,
       created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
     RETURNING landed_cost_id AS id, number`,
    [
      cost.supplierId,
      cost.reference,
      cost.kind,
      cost.basis,
      cost.currency,
      cost.rate,
      cost.incurredOn,
      cost.amount,
      cost.taxAmount,
      cost.houseAmount,
      cost.state,
      cost.reversesId,
      cost.note,
      by.actorId,
      by.at,
    ],
  );
  const made = rows[0]!;
  await tx.query(
    `INSERT INTO inbound.landed_cost_part
       (landed_cost_id, part, receipt_id, receipt_line, weight, amount)
     SELECT $1, k.n, k.receipt_id, k.line, k.weight, k.amount
     FROM unnest($2::integer[], $3::integer[], $4::numeric[], $5::bigint[]) WITH ORDINALITY
       k(receipt_id, line, weight, amount, n)`,
    [
      made.id,
      parts.map(({ receiptId }) => receiptId),
      parts.map(({ receiptLine }) => receiptLine),
      parts.map(({ weight }) => weight),
      parts.map(({ amount }) => amount),
    ],
  );
  return made.number;
}

export async function setLandedCostState(
  tx: Tx,
  id: number,
  state: LandedCostState,
  by: By,
): Promise<void> {
  await tx.query(
    `UPDATE inbound.landed_cost SET state = $2, version = version + 1, updated_at = $3
     WHERE landed_cost_id = $1`,
    [id, state, by.at],
  );
}

/** Grams and cubic millimetres of one base unit, as fractions; null where no pack tells. */
export interface Measures {
  readonly itemId: number;
  readonly weightNumerator: bigint | null;
  readonly volumeNumerator: bigint | null;
  readonly weightDenominator: bigint | null;
  readonly volumeDenominator: bigint | null;
}

/** What items weigh and how large they are, by their smallest pack that says so. */
export async function loadMeasures(tx: Tx, itemIds: readonly number[]): Promise<Measures[]> {
  const size = 'p.length_mm::bigint * p.width_mm * p.height_mm * p.base_quantity_denominator';
  const smallest = 'p.base_quantity_numerator::numeric / p.base_quantity_denominator';
  const first = (columns: string, condition: string) => `LATERAL (SELECT ${columns}
      FROM catalog.packaging p WHERE p.item_id = i.item_id AND ${condition}
      ORDER BY ${smallest} LIMIT 1)`;
  const { rows } = await tx.query<Measures>(
    `SELECT i.item_id AS "itemId", w.numerator AS "weightNumerator",
       w.denominator AS "weightDenominator", v.numerator AS "volumeNumerator",
       v.denominator AS "volumeDenominator"
     FROM catalog.item i
     LEFT JOIN ${first(
       `p.weight_g * p.base_quantity_denominator AS numerator,
        p.base_quantity_numerator AS denominator`,
       'p.weight_g > 0',
     )} w ON true
     LEFT JOIN ${first(
       `${size} AS numerator, p.base_quantity_numerator AS denominator`,
       'p.length_mm > 0 AND p.width_mm > 0 AND p.height_mm > 0',
     )} v ON true
     WHERE i.item_id = ANY($1)`,
    [itemIds],
  );
  return rows;
}

export const landedCostHead = z.object({
  number: z.string(),
  supplier: z.string(),
  reference: z.string().nullable(),
  kind: z.enum(LANDED_COST_KINDS),
  basis: z.enum(LANDED_COST_BASES),
  currency: z.string(),
  rate: z.string(),
  incurredOn: z.string(),
  amount: amountAnswer,
  taxAmount: amountAnswer,
  houseAmount: amountAnswer.describe('in the house currency; the parts add up to it'),
  state: z.enum(LANDED_COST_STATES),
  reverses: z.string().nullable(),
  reversedBy: z.string().nullable(),
  note: z.string().nullable(),
  version: z.number(),
  createdAt: z.string(),
});
export const landedCostAnswer = landedCostHead.extend({
  parts: z.array(
    z.object({
      receipt: z.string(),
      receiptLine: z.number(),
      item: z.string(),
      weight: z.string().describe('what its share was reckoned by'),
      amount: amountAnswer.describe('house currency'),
    }),
  ),
});
export type LandedCostAnswer = z.output<typeof landedCostAnswer>;

export function showLandedCostHead(
  cost: LandedCost,
  houseDigits: number,
): z.output<typeof landedCostHead> {
  const { id: _, supplierId: __, amount, taxAmount, houseAmount, ...shown } = cost;
  const digits = currencyDigits(cost.currency);
  return {
    ...shown,
    amount: formatMoney(amount, digits),
    taxAmount: formatMoney(taxAmount, digits),
    houseAmount: formatMoney(houseAmount, houseDigits),
    createdAt: cost.createdAt.toISOString(),
  };
}

export function showLandedCost(
  cost: LandedCost,
  parts: readonly LandedCostPart[],
  houseDigits: number,
): LandedCostAnswer {
  return {
    ...showLandedCostHead(cost, houseDigits),
    parts: parts.map(({ receipt, receiptLine, item, weight, amount }) => {
      return { receipt, receiptLine, item, weight, amount: formatMoney(amount, houseDigits) };
    }),
  };
}
