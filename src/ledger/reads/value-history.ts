import type { Tx } from '../../platform/database.ts';
import { parameterList } from './filter.ts';
import type { Place, Source } from './history.ts';

/** A value entry as far as paging and balances need it. */
export interface ValueStep extends Place {
  readonly amount: bigint;
  readonly occurredAt: number;
  readonly fromLocationId: number | null;
  readonly toLocationId: number | null;
  readonly reason: string | null;
  readonly item: string;
  readonly actor: string | null;
  readonly fromLocation: string | null;
  readonly toLocation: string | null;
  readonly document: { type: string; number: string } | null;
  readonly causeSeq: number | null;
  readonly commandId: string;
}

interface Row {
  seq: bigint;
  amount: bigint;
  recorded_at: Date;
  occurred_at: Date;
  from_location_id: number | null;
  to_location_id: number | null;
  reason: string | null;
  item: string;
  actor: string | null;
  from_location: string | null;
  to_location: string | null;
  document_type: string | null;
  document_number: string | null;
  cause_seq: bigint | null;
  command_id: string;
}

const SELECT = `SELECT v.seq, v.amount, v.recorded_at, v.occurred_at, v.from_location_id,
    v.to_location_id, r.code AS reason, i.sku AS item, a.name AS actor, lf.code AS from_location,
    lt.code AS to_location, d.type AS document_type, d.number AS document_number, v.cause_seq,
    v.command_id
  FROM ledger.value_entry v
  JOIN catalog.item i ON i.item_id = v.item_id
  LEFT JOIN ledger.reason r ON r.reason_id = v.reason_id
  LEFT JOIN platform.principal a ON a.principal_id = v.actor_id
  LEFT JOIN network.location lf ON lf.location_id = v.from_location_id
  LEFT JOIN network.location lt ON lt.location_id = v.to_location_id
  LEFT JOIN ledger.document d ON d.document_id = v.document_id`;

/**
 * A journal's value entries of one account, newest first.
 * @param account id of a virtual location, or 0 for all cost pools together.
 * @param occurredTo milliseconds; undefined for no bound.
 */
export function valueSource(
  tx: Tx,
  account: number,
  journal: number,
  occurredTo: number | undefined,
): Source<ValueStep> {
  return {
    journal,
    read: async (below, limit) => {
      const { values, bind } = parameterList();
      const conditions = [`v.journal = ${bind(journal)}`, `v.seq < ${bind(below)}`];
      if (occurredTo !== undefined)
        conditions.push(`v.occurred_at <= ${bind(new Date(occurredTo))}`);
      if (account === 0) {
        conditions.push('(v.from_location_id IS NULL) <> (v.to_location_id IS NULL)');
      } else {
        const id = bind(account);
        conditions.push(`(v.from_location_id = ${id} OR v.to_location_id = ${id})`);
      }
      const { rows } = await tx.query<Row>(
        `${SELECT} WHERE ${conditions.join(' AND ')} ORDER BY v.seq DESC LIMIT ${bind(limit)}`,
        values,
      );
      const steps = rows.map((row) => toStep(journal, row));
      return { rows: steps, examinedTo: steps.length < limit ? 0 : (steps.at(-1)?.seq ?? 0) };
    },
  };
}

function toStep(journal: number, row: Row): ValueStep {
  return {
    journal,
    seq: Number(row.seq),
    recordedAt: row.recorded_at.getTime(),
    occurredAt: row.occurred_at.getTime(),
    amount: row.amount,
    fromLocationId: row.from_location_id,
    toLocationId: row.to_location_id,
    reason: row.reason,
    item: row.item,
    actor: row.actor,
    fromLocation: row.from_location,
    toLocation: row.to_location,
    document:
      row.document_type === null
        ? null
        : { type: row.document_type, number: row.document_number ?? '' },
    causeSeq: row.cause_seq === null ? null : Number(row.cause_seq),
    commandId: row.command_id,
  };
}
