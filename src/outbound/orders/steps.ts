import { formatLedgerId, settleReservation } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import type { Queryable, Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { conflict, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { OrderService } from './service.ts';

/**
 * What a document still has to do in the ledger. A step is written with the document, done after
 * its commit and deleted then; each is harmless when it is done twice. A process that dies leaves
 * its steps behind, and the sweep of any process finishes them.
 */

/** A capture is given up after this long; only much later may its reservations be orphans. */
export const CAPTURE_SECONDS_MAX = 45;
const ORPHAN_SECONDS = 120;
/** A step is left to whoever wrote it for this long. */
const STEP_SECONDS = 20;
const SWEEP_MAX = 500;
const MISMATCH_TRIES = 5;

/** How ids of groups of reservations end that captures make. */
const CAPTURE_MARK = 'c0de5a1e';

/** A new time-ordered id for the reservations of one try of a capture. */
export function captureGroupId(): string {
  return newId().slice(0, -CAPTURE_MARK.length) + CAPTURE_MARK;
}

/** Units of a reservation that a document has let go of. */
export interface ReleaseStep {
  readonly stepId: string;
  readonly ownerId: number;
  readonly documentNumber: string;
  readonly journal: number;
  readonly seq: number;
  readonly quantity: bigint;
  readonly quantityScale: number;
}

/** Writes steps with the change that they belong to. */
export async function insertReleases(
  tx: Tx,
  steps: readonly ReleaseStep[],
  at: Date,
): Promise<void> {
  if (steps.length === 0) return;
  await tx.query(
    `INSERT INTO outbound.ledger_step (step_id, owner_id, kind, document_number, journal,
       reservation_seq, quantity, created_at)
     SELECT id, owner_id, 'release', number, journal, seq, quantity, $7
     FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[])
       AS k(id, owner_id, number, journal, seq, quantity)`,
    [
      steps.map(({ stepId }) => stepId),
      steps.map(({ ownerId }) => ownerId),
      steps.map(({ documentNumber }) => documentNumber),
      steps.map(({ journal }) => journal),
      steps.map(({ seq }) => seq),
      steps.map(({ quantity }) => quantity),
      at,
    ],
  );
}

const DONE = new Set(['reservation-closed', 'reservation-not-found', 'not-found']);

/** Gives units of a reservation back; what is closed already has none. */
async function release(
  service: OrderService,
  reservation: { readonly journal: number; readonly seq: number },
  key: string,
  quantity?: string,
): Promise<void> {
  const id = formatLedgerId(reservation.journal, reservation.seq);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const request = quantity === undefined ? { key } : { key, quantity };
      await settleReservation(service.ledger, SYSTEM, 'release', id, request);
      return;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (DONE.has(error.type.name)) return;
      // Other units of it were settled between reading what is open and releasing.
      if (error.type.name === 'reservation-mismatch' && attempt < MISMATCH_TRIES) continue;
      throw error;
    }
  }
}

/** Does steps that are committed. One that fails stays behind for the sweep. */
export async function finishReleases(
  service: OrderService,
  steps: readonly ReleaseStep[],
): Promise<void> {
  const done: string[] = [];
  // One after another: two parts of one reservation would otherwise meet each other half-way.
  for (const step of steps) {
    const quantity = formatDecimal(step.quantity, step.quantityScale);
    try {
      await release(service, step, step.stepId, quantity);
      done.push(step.stepId);
    } catch (err) {
      service.context.log.warn({ err, step }, 'a reservation could not be released yet');
    }
  }
  await deleteSteps(service.context.database.poster, done);
}

async function deleteSteps(db: Queryable, stepIds: readonly string[]): Promise<void> {
  if (stepIds.length === 0) return;
  await db.query('DELETE FROM outbound.ledger_step WHERE step_id = ANY($1)', [stepIds]);
}

/** Releases reservations as a whole that no document has taken. */
export async function releaseAll(
  service: OrderService,
  reservations: readonly { readonly journal: number | null; readonly seq: number | null }[],
): Promise<void> {
  const named = reservations.flatMap(({ journal, seq }) =>
    journal === null || seq === null ? [] : [{ journal, seq }],
  );
  await Promise.all(
    named.map((each) => release(service, each, `orphan ${each.journal}-${each.seq}`)),
  );
}

/**
 * Ids of groups of reservations, written down before the ledger is asked for them: as many as
 * documents are given, in order. One that may be tried again is given as often.
 */
export async function openGroups(
  service: OrderService,
  documents: readonly { readonly ownerId: number; readonly number: string }[],
): Promise<string[]> {
  const ids = documents.map(() => newId());
  await service.context.database.poster.query(
    `INSERT INTO outbound.ledger_step (step_id, owner_id, kind, document_number, created_at)
     SELECT k.id, k.owner_id, 'reserve', k.number, $4
     FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS k(id, owner_id, number)`,
    [
      ids,
      documents.map(({ ownerId }) => ownerId),
      documents.map(({ number }) => number),
      service.context.clock(),
    ],
  );
  return ids;
}

/**
 * Ends groups with the change that takes their reservations into a document.
 * @throws Problem conflict when the sweep has given them up.
 */
export async function closeGroups(tx: Tx, groupIds: readonly string[]): Promise<void> {
  if (groupIds.length === 0) return;
  const { rowCount } = await tx.query(
    "DELETE FROM outbound.ledger_step WHERE step_id = ANY($1) AND state = 'open'",
    [groupIds],
  );
  if (rowCount === groupIds.length) return;
  throw new Problem(conflict, 'It took too long and was given up. Send it again.');
}

/** Gives back what groups have reserved, and forgets them. */
export async function abandonGroups(
  service: OrderService,
  groupIds: readonly string[],
): Promise<void> {
  if (groupIds.length === 0) return;
  const db = service.context.database.poster;
  // Only those that no change has closed: their reservations belong to a document now.
  const { rows: open } = await db.query<{ stepId: string }>(
    `UPDATE outbound.ledger_step SET state = 'abandoned' WHERE step_id = ANY($1)
     RETURNING step_id AS "stepId"`,
    [groupIds],
  );
  const abandoned = open.map(({ stepId }) => stepId);
  if (abandoned.length === 0) return;
  const { rows } = await db.query<{ journal: number; seq: bigint }>(
    `SELECT journal, reservation_seq AS seq FROM ledger.reservation
     WHERE group_id = ANY($1) AND state IN (1, 2)`,
    [abandoned],
  );
  await releaseAll(
    service,
    rows.map(({ journal, seq }) => ({ journal, seq: Number(seq) })),
  );
  await deleteSteps(db, abandoned);
}

function ago(service: OrderService, seconds: number): Date {
  return new Date(service.context.clock().getTime() - seconds * 1000);
}

/** Finishes steps that were left behind. Answers how many there were. */
export async function sweepSteps(service: OrderService): Promise<number> {
  const db = service.context.database.poster;
  const { rows: releases } = await db.query<Omit<ReleaseStep, 'seq'> & { seq: bigint }>(
    `SELECT s.step_id AS "stepId", s.owner_id AS "ownerId", s.document_number AS "documentNumber",
       s.journal, s.reservation_seq AS seq, s.quantity, i.quantity_scale AS "quantityScale"
     FROM outbound.ledger_step s
     JOIN ledger.reservation r ON r.journal = s.journal AND r.reservation_seq = s.reservation_seq
     JOIN catalog.item i ON i.item_id = r.item_id
     WHERE s.kind = 'release' AND s.created_at < $1 ORDER BY s.created_at LIMIT ${SWEEP_MAX}`,
    [ago(service, STEP_SECONDS)],
  );
  await finishReleases(
    service,
    releases.map((step) => ({ ...step, seq: Number(step.seq) })),
  );
  const { rows: groups } = await db.query<{ stepId: string }>(
    `SELECT step_id AS "stepId" FROM outbound.ledger_step
     WHERE kind = 'reserve' AND created_at < $1 ORDER BY created_at LIMIT ${SWEEP_MAX}`,
    [ago(service, ORPHAN_SECONDS)],
  );
  await abandonGroups(
    service,
    groups.map(({ stepId }) => stepId),
  );
  return releases.length + groups.length;
}

/** How far documents of the ledger were looked through for orphans. */
export interface OrphanSearch {
  /** Documents up to here can have no orphans any more. */
  settled: bigint;
  /** The newest document at an instant that is not long enough ago. */
  pending: { readonly documentId: bigint; readonly at: number } | undefined;
}

const ORPHANS = `SELECT r.journal, r.reservation_seq AS seq
  FROM ledger.document d
  JOIN ledger.reservation r ON r.document_id = d.document_id AND r.state IN (1, 2)
  WHERE d.type = 'sales_order' AND d.document_id > $1 AND r.created_at < $2
    AND right(r.group_id::text, ${CAPTURE_MARK.length}) = '${CAPTURE_MARK}'
    AND NOT EXISTS (SELECT FROM outbound.sales_order o WHERE o.number = d.number)
  ORDER BY d.document_id LIMIT ${SWEEP_MAX}`;

/**
 * Releases reservations of captures that never became a sales order: the process died between
 * the ledger's commit and ours. They are known by the form of their group's id, and by a document
 * that nobody has written. Answers how many there were.
 */
export async function sweepCaptures(service: OrderService, search: OrphanSearch): Promise<number> {
  const db = service.context.database.poster;
  const now = service.context.clock().getTime();
  const { rows: newest } = await db.query<{ documentId: bigint | null }>(
    'SELECT max(document_id) AS "documentId" FROM ledger.document',
  );
  const { rows } = await db.query<{ journal: number; seq: bigint }>(ORPHANS, [
    search.settled,
    ago(service, ORPHAN_SECONDS),
  ]);
  await releaseAll(
    service,
    rows.map(({ journal, seq }) => ({ journal, seq: Number(seq) })),
  );
  // A document is settled when its captures had twice the time that they may take.
  const { pending } = search;
  if (pending && now - pending.at > 2 * ORPHAN_SECONDS * 1000 && rows.length < SWEEP_MAX) {
    search.settled = pending.documentId;
    search.pending = undefined;
  }
  search.pending ??= { documentId: newest[0]?.documentId ?? 0n, at: now };
  return rows.length;
}
