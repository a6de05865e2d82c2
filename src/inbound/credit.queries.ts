import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import type { By } from './inbound.ts';
import { amountAnswer } from './schemas.ts';
import { CREDIT_STATES, type CreditState } from './states.ts';

/** A supplier's credit note. Amounts in minor units of its currency. */
export interface Credit {
  readonly id: number;
  readonly number: string;
  readonly supplierId: number;
  readonly supplier: string;
  readonly reference: string;
  readonly currency: string;
  readonly rate: string;
  readonly creditedOn: string;
  readonly amount: bigint;
  readonly taxAmount: bigint;
  readonly state: CreditState;
  readonly supplierReturn: string | null;
  readonly supplierInvoice: string | null;
  /** House minor units of GRNI. */
  readonly settled: bigint;
  readonly note: string | null;
  readonly createdAt: Date;
}

export interface CreditLine {
  readonly line: number;
  readonly invoiceLine: number | null;
  readonly quantity: bigint | null;
  readonly amount: bigint;
}

const SELECT = `SELECT c.supplier_credit_id AS id, c.number, c.supplier_id AS "supplierId",
    s.code AS supplier, c.reference, c.currency, trim_scale(c.rate)::text AS rate,
    c.credited_on::text AS "creditedOn", c.amount, c.tax_amount AS "taxAmount", c.state,
    t.number AS "supplierReturn", v.number AS "supplierInvoice", c.settled, c.note,
    c.created_at AS "createdAt"
  FROM inbound.supplier_credit c JOIN inbound.supplier s ON s.supplier_id = c.supplier_id
  LEFT JOIN inbound.supplier_return t ON t.supplier_return_id = c.supplier_return_id
  LEFT JOIN inbound.supplier_invoice v ON v.supplier_invoice_id = c.supplier_invoice_id`;

export const creditList = { select: SELECT, id: 'c.supplier_credit_id' } as const;

export async function findCredit(tx: Tx, number: string): Promise<Credit | undefined> {
  const { rows } = await tx.query<Credit>(`${SELECT} WHERE c.number = $1`, [number]);
  return rows[0];
}

export async function readCreditLines(tx: Tx, creditId: number): Promise<CreditLine[]> {
  const { rows } = await tx.query<CreditLine>(
    `SELECT line, invoice_line AS "invoiceLine", quantity, amount
     FROM inbound.supplier_credit_line WHERE supplier_credit_id = $1 ORDER BY line`,
    [creditId],
  );
  return rows;
}

/** What was credited of an invoice before, by its line. */
export async function creditedBefore(tx: Tx, invoiceId: number): Promise<Map<number, bigint>> {
  const { rows } = await tx.query<{ line: number; amount: bigint }>(
    `SELECT l.invoice_line AS line, sum(l.amount)::bigint AS amount
     FROM inbound.supplier_credit_line l
     JOIN inbound.supplier_credit c ON c.supplier_credit_id = l.supplier_credit_id
     WHERE c.supplier_invoice_id = $1 GROUP BY 1`,
    [invoiceId],
  );
  return new Map(rows.map(({ line, amount }) => [line, amount]));
}

export async function creditExists(
  tx: Tx,
  supplierId: number,
  reference: string,
): Promise<boolean> {
  const { rows } = await tx.query(
    'SELECT FROM inbound.supplier_credit WHERE supplier_id = $1 AND reference = $2',
    [supplierId, reference],
  );
  return rows.length > 0;
}

export type NewCredit = Pick<
  Credit,
  | ('supplierId' | 'reference' | 'currency' | 'rate' | 'creditedOn' | 'amount' | 'taxAmount')
  | ('state' | 'settled' | 'note')
> & { readonly returnId: number | null; readonly invoiceId: number | null };

export async function insertCredit(
  tx: Tx,
  credit: NewCredit,
  lines: readonly Omit<CreditLine, 'line'>[],
  by: By,
): Promise<string> {
  const { rows } = await tx.query<{ id: number; number: string }>(
    `INSERT INTO inbound.supplier_credit (supplier_id, reference, currency, rate, credited_on,
       amount, tax_amount, state, supplier_return_id, supplier_invoice_id, settled, note,
       created_by, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     RETURNING supplier_credit_id AS id, number`,
    [
      credit.supplierId,
      credit.reference,
      credit.currency,
      credit.rate,
      credit.creditedOn,
      credit.amount,
      credit.taxAmount,
      credit.state,
      credit.returnId,
      credit.invoiceId,
      credit.settled,
      credit.note,
      by.actorId,
      by.at,
    ],
  );
  const made = rows[0]!;
  await tx.query(
    `INSERT INTO inbound.supplier_credit_line
       (supplier_credit_id, line, invoice_line, quantity, amount)
     SELECT $1, k.n, k.invoice_line, k.quantity, k.amount
     FROM unnest($2::integer[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
       k(invoice_line, quantity, amount, n)`,
    [
      made.id,
      lines.map(({ invoiceLine }) => invoiceLine),
      lines.map(({ quantity }) => quantity),
      lines.map(({ amount }) => amount),
    ],
  );
  return made.number;
}

export async function setCreditState(tx: Tx, id: number, state: CreditState): Promise<void> {
  await tx.query('UPDATE inbound.supplier_credit SET state = $2 WHERE supplier_credit_id = $1', [
    id,
    state,
  ]);
}

export const creditAnswer = z.object({
  number: z.string(),
  supplier: z.string(),
  reference: z.string(),
  currency: z.string(),
  rate: z.string(),
  creditedOn: z.string(),
  amount: amountAnswer.describe('without tax'),
  taxAmount: amountAnswer,
  state: z.enum(CREDIT_STATES),
  supplierReturn: z.string().nullable(),
  supplierInvoice: z.string().nullable(),
  settled: amountAnswer.describe('house currency: what it cleared'),
  note: z.string().nullable(),
  createdAt: z.string(),
});
export type CreditAnswer = z.output<typeof creditAnswer>;

export function showCredit(credit: Credit, houseDigits: number): CreditAnswer {
  const { id: _, supplierId: __, amount, taxAmount, settled, ...shown } = credit;
  const digits = currencyDigits(credit.currency);
  return {
    ...shown,
    amount: formatMoney(amount, digits),
    taxAmount: formatMoney(taxAmount, digits),
    settled: formatMoney(settled, houseDigits),
    createdAt: credit.createdAt.toISOString(),
  };
}
