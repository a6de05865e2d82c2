import type { Tx } from '../../platform/database.ts';
import { inChunks } from '../../platform/documents/index.ts';
import { type HistoryEntry, recordHistory } from '../../platform/history.ts';
import type { Found } from './find-exceptions.ts';
import type { ExceptionState } from './states.ts';

/** What a run makes of the exceptions it found, beside those that are known already. */

export const EXCEPTION = 'planning_exception';

interface By {
  readonly actorId: number;
  readonly at: Date;
}

interface KnownException {
  readonly id: number;
  readonly key: string;
  readonly state: ExceptionState;
  readonly isAwake: boolean;
}

const keyOf = ({ kind, itemId, siteId, subject }: Found) =>
  `${kind} ${itemId} ${siteId} ${subject}`;

function record(found: Found, id: number | null) {
  return {
    id,
    kind: found.kind,
    subject: found.subject,
    item: found.itemId,
    site: found.siteId,
    supplier: found.supplierId,
    money: String(found.moneyAtRisk),
    action: found.action,
    details: found.details,
    summary: found.summary,
  };
}

const RECORDSET = `jsonb_to_recordset($1::jsonb) AS f(id integer, kind text, subject text,
  item integer, site integer, supplier integer, money bigint, action text, details jsonb,
  summary text)`;

/**
 * Writes what is found now: new exceptions are opened, known ones get their newest figures, those
 * that slept long enough wake, and what is gone is resolved.
 */
export async function settleExceptions(
  tx: Tx,
  houseId: number,
  day: string,
  all: readonly Found[],
  by: By,
): Promise<{ readonly open: number; readonly resolved: number }> {
  const { rows: known } = await tx.query<KnownException>(
    `SELECT exception_id AS id, state, snoozed_until <= $1 AS "isAwake",
       concat_ws(' ', kind, item_id, site_id, subject) AS key
     FROM planning.exception WHERE state <> 'resolved' ORDER BY exception_id FOR UPDATE`,
    [day],
  );
  const byKey = new Map(known.map((each) => [each.key.trim(), each]));
  const unique = new Map(all.map((found) => [keyOf(found).trim(), found]));
  const made: Found[] = [];
  const seen: ReturnType<typeof record>[] = [];
  for (const [key, found] of unique) {
    const old = byKey.get(key);
    if (old) seen.push(record(found, old.id));
    else made.push(found);
  }
  const gone = known.filter(({ key }) => !unique.has(key.trim()));
  const awake = known.filter((each) => each.isAwake && unique.has(each.key.trim()));
  await refresh(tx, seen, by.at);
  await moveAll(tx, awake, 'open', by);
  await moveAll(tx, gone, 'resolved', by);
  const opened = await open(tx, made, by.at);
  const entry = (id: number, action: string, fromState?: string, toState?: string) => ({
    ...{ ownerId: houseId, document: { type: EXCEPTION, number: String(id) } },
    ...{ action, fromState, toState },
  });
  const entries: HistoryEntry[] = [
    ...gone.map(({ id, state }) => entry(id, 'resolved', state, 'resolved')),
    ...awake.map(({ id, state }) => entry(id, 'woken', state, 'open')),
    ...opened.map((id) => entry(id, 'found', undefined, 'open')),
  ];
  for (const chunk of inChunks(entries)) await recordHistory(tx, chunk, by);
  return { open: unique.size, resolved: gone.length };
}

async function refresh(tx: Tx, seen: readonly unknown[], at: Date): Promise<void> {
  for (const chunk of inChunks(seen)) {
    await tx.query(
      `UPDATE planning.exception e SET supplier_id = f.supplier, money_at_risk = f.money,
         action = f.action, details = f.details, summary = f.summary, last_seen_at = $2
       FROM ${RECORDSET} WHERE e.exception_id = f.id`,
      [JSON.stringify(chunk), at],
    );
  }
}

async function moveAll(
  tx: Tx,
  exceptions: readonly KnownException[],
  state: 'open' | 'resolved',
  by: By,
): Promise<void> {
  if (exceptions.length === 0) return;
  await tx.query(
    `UPDATE planning.exception SET state = $2, version = version + 1, snoozed_until = NULL,
       resolved_at = CASE WHEN $2 = 'resolved' THEN $3::timestamptz END
     WHERE exception_id = ANY($1)`,
    [exceptions.map(({ id }) => id), state, by.at],
  );
}

async function open(tx: Tx, made: readonly Found[], at: Date): Promise<number[]> {
  const ids: number[] = [];
  for (const chunk of inChunks(made)) {
    const { rows } = await tx.query<{ id: number }>(
      `INSERT INTO planning.exception (kind, subject, item_id, site_id, supplier_id, state,
         money_at_risk, action, details, summary, first_seen_at, last_seen_at)
       SELECT kind, subject, item, site, supplier, 'open', money, action, details, summary, $2, $2
       FROM ${RECORDSET} RETURNING exception_id AS id`,
      [JSON.stringify(chunk.map((found) => record(found, null))), at],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}
