import type pg from 'pg';
import type { Tx } from '../../platform/database.ts';
import {
  digestOf,
  encodeEntries,
  encodeMovements,
  encodeReturns,
  encodeValueEntries,
  linkOf,
} from './digest.ts';
import type { Draft } from './draft.ts';
import {
  encodeBigints,
  encodeBigintsOf,
  encodeInstants,
  encodeInt2,
  encodeInt4,
  encodeIntegers,
  encodeIntegersOf,
  encodeUuids,
  foldBigints,
} from './encode.ts';
import { StaleDecision } from './faults.ts';
import * as sql from './write.sql.ts';

/** Where encodeMovements puts the command ids. */
const COMMAND_ID_COLUMN = 15;

/** One prepared statement with its values: numbers, dates and buffers only. */
interface Step {
  readonly statement: { readonly name: string; readonly text: string };
  readonly values: unknown[];
}

/**
 * A batch as bytes. Nothing of it refers to the rows any more, so the next batch may be decided on
 * them while this one is being written.
 */
export interface EncodedBatch {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly hash: Buffer;
  readonly steps: readonly Step[];
}

/** Encodes a draft and links it to the state's hash, which becomes the new link. */
export function encodeBatch(draft: Draft): EncodedBatch {
  const { state, firstSeq, recordedAt } = draft;
  const { journal } = state;
  const at = new Date(recordedAt);
  const movements = draft.movements.seq.length > 0 ? encodeMovements(draft.movements) : [];
  const entries = draft.entries.length > 0 ? encodeEntries(draft.entries) : [];
  const valueEntries = draft.valueEntries.length > 0 ? encodeValueEntries(draft.valueEntries) : [];
  const returns = draft.returns.length > 0 ? encodeReturns(draft.returns) : [];
  const digest = digestOf([...movements, ...entries, ...valueEntries, ...returns]);
  const lastSeq = state.seq;
  const moved = lastSeq >= firstSeq;
  if (moved) state.hash = linkOf(state.hash, { firstSeq, lastSeq, recordedAt, digest });
  const steps: Step[] = [];
  const head = [journal, lastSeq, state.hash, at, firstSeq - 1];
  add(steps, sql.moveHead, head);
  if (moved) add(steps, sql.checkCommands, [journal, ...commandIds(draft, movements)]);
  planBalances(steps, journal, draft);
  planMoney(steps, journal, draft);
  if (movements.length > 0) add(steps, sql.insertMovements, [journal, at, ...movements]);
  if (entries.length > 0) add(steps, sql.insertEntries, [journal, at, ...entries]);
  if (valueEntries.length > 0) {
    add(steps, sql.insertValueEntries, [journal, at, ...valueEntries]);
  }
  if (returns.length > 0) add(steps, sql.insertReturns, [journal, ...returns]);
  planPromises(steps, journal, draft);
  planTraces(steps, journal, draft, at);
  if (moved) {
    add(steps, sql.insertBatch, [journal, firstSeq, lastSeq, at, digest, state.hash]);
  }
  return { firstSeq, lastSeq, hash: state.hash, steps };
}

/** Ids of the commands that make movements, entries and value entries. */
function commandIds(draft: Draft, movements: readonly Buffer[]): Buffer[] {
  return [
    movements[COMMAND_ID_COLUMN] ?? encodeUuids([]),
    encodeUuids(draft.entries.map((row) => row.commandId)),
    encodeUuids(draft.valueEntries.map((row) => row.commandId)),
  ];
}

/** True when there is nothing to write: every command was refused. */
export function isEmpty(batch: EncodedBatch): boolean {
  return batch.steps.length === 1;
}

/**
 * Writes one batch inside the caller's transaction, in a constant number of statements. Guards
 * that do not hold any more raise 22012.
 */
export async function writeBatch(tx: Tx, batch: EncodedBatch): Promise<void> {
  await landed(send(tx, batch));
}

/**
 * Writes one batch in a transaction of its own. All of it goes out at once, COMMIT included: after
 * a statement that fails, PostgreSQL answers COMMIT by rolling back.
 * @throws the error of the first statement that failed. The connection must not be used again.
 */
export async function postBatch(client: Tx, batch: EncodedBatch): Promise<void> {
  const begun = client.query('BEGIN');
  const sent = send(client, batch);
  const results = await landed([begun, ...sent, client.query('COMMIT')]);
  if (results.at(-1)?.command !== 'COMMIT') {
    throw new StaleDecision('the batch was rolled back without an error of its own');
  }
}

/** Fails with 22012 unless the journal's head is where an empty batch was decided on. */
export async function checkHead(client: Tx, journal: number, batch: EncodedBatch): Promise<void> {
  await client.query({ ...sql.checkHead, values: [journal, batch.firstSeq - 1] });
}

function send(tx: Tx, batch: EncodedBatch): Promise<pg.QueryResult>[] {
  return batch.steps.map(({ statement, values }) =>
    tx.query({ name: statement.name, text: statement.text, values }),
  );
}

/** Waits for every answer, so that nothing is on its way any more, then throws the first error. */
async function landed(sent: readonly Promise<pg.QueryResult>[]): Promise<pg.QueryResult[]> {
  const answers = await Promise.allSettled(sent);
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  });
}

function add(steps: Step[], statement: Step['statement'], values: unknown[]): void {
  steps.push({ statement, values });
}

function planBalances(steps: Step[], journal: number, draft: Draft): void {
  const positions = draft.positions.sort((a, b) => a.positionId - b.positionId);
  if (positions.length > 0) {
    add(steps, sql.updateBalances, [
      journal,
      encodeIntegersOf(positions, (row) => row.positionId),
      encodeBigintsOf(positions, (row) => row.onHand - row.baseOnHand),
      foldBigints(positions.map((row) => row.allocated - row.baseAllocated)),
      encodeIntegersOf(positions, (row) => row.baseSeq),
      encodeIntegersOf(positions, (row) => row.lastSeq),
    ]);
  }
  const availability = draft.availability.sort((a, b) => a.availabilityId - b.availabilityId);
  if (availability.length === 0) return;
  add(steps, sql.updateAvailability, [
    journal,
    encodeIntegersOf(availability, (row) => row.availabilityId),
    encodeBigintsOf(availability, (row) => row.onHand),
    encodeBigintsOf(availability, (row) => row.reserved),
    encodeIntegersOf(availability, (row) => row.baseSeq),
    encodeIntegersOf(availability, (row) => row.lastSeq),
  ]);
}

function planMoney(steps: Step[], journal: number, draft: Draft): void {
  const pools = draft.pools.sort((a, b) => a.poolId - b.poolId);
  if (pools.length > 0) {
    add(steps, sql.updatePools, [
      journal,
      encodeIntegersOf(pools, (row) => row.poolId),
      encodeBigintsOf(pools, (row) => row.quantity),
      encodeBigintsOf(pools, (row) => row.value),
      encodeBigintsOf(pools, (row) => row.unitCost),
      encodeIntegersOf(pools, (row) => row.baseSeq),
      encodeIntegersOf(pools, (row) => row.lastSeq),
    ]);
  }
  if (draft.layers.length > 0) {
    const owners = draft.layers.map((row) => draft.state.pools.get(row.poolId)?.ownerId ?? 0);
    add(steps, sql.upsertLayers, [
      journal,
      encodeIntegers(draft.layers.map((row) => row.poolId)),
      encodeIntegers(draft.layers.map((row) => row.layerSeq)),
      encodeBigints(draft.layers.map((row) => row.quantityReceived)),
      encodeBigints(draft.layers.map((row) => row.valueReceived)),
      encodeBigints(draft.layers.map((row) => row.quantityLeft)),
      encodeBigints(draft.layers.map((row) => row.valueLeft)),
      encodeInt4(owners),
    ]);
  }
  if (draft.unknownCosts.length > 0) {
    add(steps, sql.insertUnknownCosts, [
      journal,
      encodeIntegers(draft.unknownCosts.map((row) => row.seq)),
      encodeInt4(draft.unknownCosts.map((row) => row.ownerId)),
    ]);
  }
  if (draft.consumptions.length === 0) return;
  add(steps, sql.insertConsumptions, [
    journal,
    encodeIntegers(draft.consumptions.map((row) => row.poolId)),
    encodeIntegers(draft.consumptions.map((row) => row.layerSeq)),
    encodeIntegers(draft.consumptions.map((row) => row.seq)),
    encodeBigints(draft.consumptions.map((row) => row.quantity)),
    encodeBigints(draft.consumptions.map((row) => row.value)),
    encodeInt4(draft.consumptions.map((row) => row.ownerId)),
  ]);
}

function planPromises(steps: Step[], journal: number, draft: Draft): void {
  const added = draft.reservations.filter((row) => row.baseSeq === 0);
  if (added.length > 0) {
    add(steps, sql.insertReservations, [
      journal,
      encodeIntegers(added.map((row) => row.reservationSeq)),
      encodeBigints(added.map((row) => row.quantity)),
      encodeBigints(added.map((row) => row.openQuantity)),
      encodeIntegers(added.map((row) => row.availabilityId)),
      encodeIntegers(added.map((row) => row.lastSeq)),
      encodeIntegers(added.map((row) => row.documentId)),
      encodeInstants(added.map((row) => row.expiresAt ?? 0)),
      encodeInstants(added.map((row) => row.createdAt)),
      encodeUuids(added.map((row) => row.groupId)),
      encodeInt4(added.map((row) => row.itemId)),
      encodeInt4(added.map((row) => row.siteId)),
      encodeInt4(added.map((row) => row.ownerId)),
      encodeInt2(added.map((row) => row.state)),
    ]);
  }
  const changed = draft.reservations
    .filter((row) => row.baseSeq > 0)
    .sort((a, b) => a.reservationSeq - b.reservationSeq);
  if (changed.length > 0) {
    add(steps, sql.updateReservations, [
      journal,
      encodeIntegers(changed.map((row) => row.reservationSeq)),
      encodeBigints(changed.map((row) => row.openQuantity)),
      encodeInt2(changed.map((row) => row.state)),
      encodeInstants(changed.map((row) => row.expiresAt ?? 0)),
      encodeIntegers(changed.map((row) => row.baseSeq)),
      encodeIntegers(changed.map((row) => row.lastSeq)),
    ]);
  }
  planAllocations(steps, journal, draft);
}

function planAllocations(steps: Step[], journal: number, draft: Draft): void {
  if (draft.allocations.length === 0) return;
  add(steps, sql.upsertAllocations, [
    journal,
    encodeIntegers(draft.allocations.map((row) => row.allocationSeq)),
    encodeBigints(draft.allocations.map((row) => row.quantity)),
    encodeBigints(draft.allocations.map((row) => row.openQuantity)),
    encodeIntegers(draft.allocations.map((row) => row.positionId)),
    encodeIntegers(draft.allocations.map((row) => row.reservationSeq)),
    encodeIntegers(draft.allocations.map((row) => row.lastSeq)),
    encodeIntegers(draft.allocations.map((row) => row.documentId)),
    encodeInstants(draft.allocations.map((row) => row.createdAt)),
    encodeInt4(draft.allocations.map((row) => row.itemId)),
    encodeInt4(draft.allocations.map((row) => row.ownerId)),
  ]);
}

function planTraces(steps: Step[], journal: number, draft: Draft, at: Date): void {
  const { serials, movementSerials, exceptions } = draft;
  if (serials.length > 0) {
    const rows = serials.sort((a, b) => a.serialId - b.serialId);
    add(steps, sql.updateSerials, [
      journal,
      encodeIntegers(rows.map((row) => row.serialId)),
      encodeIntegers(rows.map((row) => row.positionId)),
      encodeIntegers(rows.map((row) => row.baseSeq)),
      encodeIntegers(rows.map((row) => row.lastSeq)),
    ]);
    add(steps, sql.insertMovementSerials, [
      journal,
      encodeIntegers(movementSerials.map((row) => row.serialId)),
      encodeIntegers(movementSerials.map((row) => row.seq)),
      encodeInt4(movementSerials.map((row) => row.ownerId)),
    ]);
  }
  if (exceptions.length === 0) return;
  add(steps, sql.insertExceptions, [
    journal,
    at,
    encodeIntegers(exceptions.map((row) => row.seq)),
    exceptions.map((row) => row.kind),
    encodeIntegers(exceptions.map((row) => row.availabilityId)),
    encodeIntegers(exceptions.map((row) => row.positionId)),
    encodeInt4(exceptions.map((row) => row.itemId)),
    encodeInt4(exceptions.map((row) => row.ownerId)),
    encodeBigints(exceptions.map((row) => row.quantity)),
  ]);
}
