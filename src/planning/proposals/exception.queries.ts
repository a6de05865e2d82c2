import { z } from 'zod';
import type { Tx } from '../../platform/database.ts';
import { decodeCursor, toPage } from '../../platform/http.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import type { ExceptionAnswer } from './proposal.schemas.ts';
import type { ExceptionState } from './states.ts';

export interface ExceptionRow {
  readonly id: number;
  readonly kind: ExceptionAnswer['kind'];
  readonly subject: string;
  readonly item: string;
  readonly site: string;
  readonly supplier: string | null;
  readonly state: ExceptionState;
  readonly money: bigint;
  readonly action: ExceptionAnswer['action'];
  readonly summary: string;
  readonly details: Record<string, unknown>;
  readonly snoozedUntil: string | null;
  readonly assignedTo: string | null;
  readonly version: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly resolvedAt: Date | null;
}

const SELECT = `SELECT e.exception_id AS id, e.kind, e.subject, i.sku AS item, s.code AS site,
    u.code AS supplier, e.state, e.money_at_risk AS money, e.action, e.summary, e.details,
    e.snoozed_until::text AS "snoozedUntil", e.assigned_to AS "assignedTo", e.version,
    e.first_seen_at AS "firstSeenAt", e.last_seen_at AS "lastSeenAt",
    e.resolved_at AS "resolvedAt"
  FROM planning.exception e
  JOIN catalog.item i ON i.item_id = e.item_id
  JOIN network.site s ON s.site_id = e.site_id
  LEFT JOIN inbound.supplier u ON u.supplier_id = e.supplier_id`;

/** One exception; with `lock`, nobody else changes it meanwhile. */
export async function findException(
  tx: Tx,
  id: number,
  lock = false,
): Promise<ExceptionRow | undefined> {
  if (lock) {
    await tx.query('SELECT 1 FROM planning.exception WHERE exception_id = $1 FOR UPDATE', [id]);
  }
  const { rows } = await tx.query<ExceptionRow>(`${SELECT} WHERE e.exception_id = $1`, [id]);
  return rows[0];
}

export function showException(houseCurrency: string, row: ExceptionRow): ExceptionAnswer {
  const { id, subject, money, firstSeenAt, lastSeenAt, resolvedAt, ...rest } = row;
  return {
    ...rest,
    exception: id,
    subject: subject === '' ? null : subject,
    moneyAtRisk: formatMoney(money, currencyDigits(houseCurrency)),
    firstSeenAt: firstSeenAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
  };
}

/** Which exceptions to list. */
export interface ExceptionFilter {
  readonly state?: string | undefined;
  readonly kind?: string | undefined;
  readonly item?: string | undefined;
  readonly site?: string | undefined;
  readonly supplier?: string | undefined;
  readonly assignedTo?: string | undefined;
}

const cursorKeys = z.tuple([z.bigint(), z.int32()]);

/** A page of exceptions, the most money at risk first. */
export async function listExceptions(
  tx: Tx,
  houseCurrency: string,
  filter: ExceptionFilter,
  page: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<{ items: ExceptionAnswer[]; nextCursor: string | null }> {
  const after = decodeCursor(page.cursor, cursorKeys);
  const { rows } = await tx.query<ExceptionRow>(
    `${SELECT}
     WHERE (CASE WHEN $1::text IS NULL THEN e.state <> 'resolved' ELSE e.state = $1 END)
       AND ($2::text IS NULL OR e.kind = $2) AND ($3::text IS NULL OR i.sku = $3)
       AND ($4::text IS NULL OR s.code = $4) AND ($5::text IS NULL OR u.code = $5)
       AND ($6::text IS NULL OR e.assigned_to = $6)
       AND ($7::bigint IS NULL OR e.money_at_risk < $7
         OR (e.money_at_risk = $7 AND e.exception_id > $8))
     ORDER BY e.money_at_risk DESC, e.exception_id LIMIT $9`,
    [
      filter.state ?? null,
      filter.kind ?? null,
      filter.item ?? null,
      filter.site ?? null,
      filter.supplier ?? null,
      filter.assignedTo ?? null,
      after?.[0] ?? null,
      after?.[1] ?? null,
      page.limit + 1,
    ],
  );
  return toPage(
    rows,
    page.limit,
    ({ money, id }) => [money, id],
    (row) => showException(houseCurrency, row),
  );
}

export async function updateException(
  tx: Tx,
  id: number,
  patch: {
    readonly state: ExceptionState;
    readonly snoozedUntil: string | null;
    readonly assignedTo: string | null;
  },
): Promise<void> {
  await tx.query(
    `UPDATE planning.exception SET state = $2, snoozed_until = $3, assigned_to = $4,
       version = version + 1 WHERE exception_id = $1`,
    [id, patch.state, patch.snoozedUntil, patch.assignedTo],
  );
}
