import type { Tx } from '../../platform/database.ts';
import type { BookVector } from '../books.ts';
import { joinInBulk } from './margin.queries.ts';

/** What one document put on the accounts of goods received and not invoiced. Minor units. */
export interface GrniFigure {
  readonly type: string | null;
  readonly number: string | null;
  /** What was received (or paid ahead, negative) and what was invoiced of it. */
  readonly received: bigint;
  readonly cleared: bigint;
  readonly since: Date;
  readonly supplier: string | null;
  /** Some of the movements, `<journal>-<seq>`. */
  readonly movements: readonly string[];
}

/** An amount that stands under one document and belongs to another. */
export interface GrniTransfer {
  readonly fromType: string;
  readonly fromNumber: string;
  readonly toType: string;
  readonly toNumber: string;
  /** Null: all that stands there. */
  readonly amount: bigint | null;
}

const ACCOUNTS = `SELECT account_id FROM accounting.account WHERE purpose = 'grni'`;

/**
 * By stock: movements under the document that received or returned the goods; a reversal under
 * that of what it reverses, a price difference under that of the receipt whose cost it corrects.
 */
const STOCK = `SELECT d.type, d.number, sum(e.amount)::bigint AS received, 0::bigint AS cleared,
    min(coalesce(f.occurred_at, e.occurred_at)) AS since,
    (array_agg(DISTINCT f.journal || '-' || f.seq))[1:20] AS movements
  FROM unnest($1::integer[], $2::bigint[]) AS u(journal, seq)
  CROSS JOIN LATERAL (
    SELECT k.journal, k.seq, -coalesce(m.value, v.amount) * k.sign AS amount,
      coalesce(v.cause_seq, m.reverses_seq, k.seq) AS root_seq,
      coalesce(m.occurred_at, v.occurred_at) AS occurred_at
    FROM (
      SELECT e.journal, e.seq, 1 AS sign FROM accounting.stock_entry e
      WHERE e.debit_account_id IN (${ACCOUNTS}) AND e.journal = u.journal AND e.seq <= u.seq
      UNION ALL
      SELECT e.journal, e.seq, -1 FROM accounting.stock_entry e
      WHERE e.credit_account_id IN (${ACCOUNTS}) AND e.journal = u.journal AND e.seq <= u.seq) k
    LEFT JOIN ledger.movement m ON m.journal = k.journal AND m.seq = k.seq
    LEFT JOIN ledger.value_entry v ON v.journal = k.journal AND v.seq = k.seq) e
  LEFT JOIN ledger.movement f ON f.journal = e.journal AND f.seq = e.root_seq
  LEFT JOIN ledger.document d ON d.document_id = f.document_id
  GROUP BY 1, 2`;

/** By documents: what invoices, credit notes and people booked there. */
const BOOKED = `SELECT e.document_type, e.document_number, 0::bigint, sum(l.amount)::bigint,
    min(e.occurred_at), ARRAY[]::text[]
  FROM accounting.entry_line l JOIN accounting.entry e ON e.entry_seq = l.entry_seq
  WHERE l.account_id IN (${ACCOUNTS}) AND e.entry_seq <= $3
    AND ($4::timestamptz IS NULL OR e.recorded_at <= $4)
  GROUP BY 1, 2`;

/** Every document that the accounts of goods received and not invoiced know. */
export async function grniFigures(tx: Tx, to: BookVector): Promise<GrniFigure[]> {
  await joinInBulk(tx);
  const { rows } = await tx.query<GrniFigure>(
    `SELECT k.type, k.number, k.received, k.cleared, k.since, k.movements,
       coalesce(r.supplier_code, s.supplier_code, p.party) AS supplier
     FROM (${STOCK} UNION ALL ${BOOKED}) k
     LEFT JOIN inbound.receipt r ON k.type = 'receipt' AND r.number = k.number
     LEFT JOIN inbound.supplier_return s ON k.type = 'supplier_return' AND s.number = k.number
     LEFT JOIN LATERAL (SELECT max(e.party) AS party FROM accounting.entry e
       WHERE e.document_type = k.type AND e.document_number = k.number) p ON true`,
    [[...to.journals.keys()], [...to.journals.values()], to.entrySeq, to.recordedAt],
  );
  await tx.query('SET LOCAL enable_nestloop = on');
  return rows;
}

/**
 * What invoices cleared of which receipt, and which return a credit note is for, of documents
 * that are booked: the matches that purchasing made.
 */
export async function grniTransfers(tx: Tx, to: BookVector): Promise<GrniTransfer[]> {
  const { rows } = await tx.query<GrniTransfer>(
    `SELECT 'supplier_invoice' AS "fromType", i.number AS "fromNumber", 'receipt' AS "toType",
       r.number AS "toNumber", sum(m.cleared)::bigint AS amount
     FROM inbound.invoice_match m
     JOIN inbound.supplier_invoice i ON i.supplier_invoice_id = m.supplier_invoice_id
     JOIN inbound.receipt r ON r.receipt_id = m.receipt_id
     WHERE ($2::timestamptz IS NULL OR m.recorded_at <= $2) AND EXISTS (
       SELECT FROM accounting.entry e WHERE e.document_type = 'supplier_invoice'
         AND e.document_number = i.number AND e.entry_seq <= $1
         AND ($2 IS NULL OR e.recorded_at <= $2))
     GROUP BY i.number, r.number
     UNION ALL
     SELECT 'supplier_credit', c.number, 'supplier_return', s.number, NULL
     FROM inbound.supplier_credit c
     JOIN inbound.supplier_return s ON s.supplier_return_id = c.supplier_return_id
     WHERE EXISTS (SELECT FROM accounting.entry e WHERE e.document_type = 'supplier_credit'
         AND e.document_number = c.number AND e.entry_seq <= $1
         AND ($2 IS NULL OR e.recorded_at <= $2))`,
    [to.entrySeq, to.recordedAt],
  );
  return rows;
}
