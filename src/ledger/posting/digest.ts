import { createHash } from 'node:crypto';
import type { EntryDraft, MovementColumns, ReturnDraft, ValueEntryDraft } from './draft.ts';
import {
  encodeBigints,
  encodeInstants,
  encodeInt2,
  encodeInt4,
  encodeIntegers,
  encodeUuids,
  foldBigints,
  foldInstants,
  foldInt2,
  foldInt4,
  foldIntegers,
} from './encode.ts';

/**
 * The bytes of a batch: the same column buffers go to the database and into the digest, and
 * verification rebuilds them from the rows. A change of any immutable column changes the digest.
 */

/** Movement columns in the order of the insert statement's parameters. */
export function encodeMovements(columns: MovementColumns): Buffer[] {
  return [
    encodeIntegers(columns.seq),
    foldBigints(columns.quantity),
    foldBigints(columns.value),
    foldIntegers(columns.from),
    foldIntegers(columns.to),
    foldBigints(columns.fromAfter),
    foldBigints(columns.toAfter),
    foldIntegers(columns.fromPrevious),
    foldIntegers(columns.toPrevious),
    foldBigints(columns.bodyHash),
    foldInstants(columns.occurredAt),
    foldIntegers(columns.documentId),
    foldIntegers(columns.reservationSeq),
    foldIntegers(columns.allocationSeq),
    foldIntegers(columns.reversesSeq),
    encodeUuids(columns.commandId),
    foldInt4(columns.line),
    foldInt4(columns.itemId),
    foldInt4(columns.ownerId),
    foldInt4(columns.actorId),
    foldInt4(columns.deviceId),
    foldInt2(columns.kind),
    foldInt2(columns.reasonId),
  ];
}

/** Entry columns in the order of the insert statement's parameters; 0 stands for no expiry. */
export function encodeEntries(entries: readonly EntryDraft[]): Buffer[] {
  return [
    encodeIntegers(entries.map((entry) => entry.seq)),
    encodeBigints(entries.map((entry) => entry.quantity)),
    encodeBigints(entries.map((entry) => entry.after)),
    encodeBigints(entries.map((entry) => entry.bodyHash)),
    encodeIntegers(entries.map((entry) => entry.availabilityId)),
    encodeIntegers(entries.map((entry) => entry.positionId)),
    encodeIntegers(entries.map((entry) => entry.reservationSeq)),
    encodeIntegers(entries.map((entry) => entry.allocationSeq)),
    encodeIntegers(entries.map((entry) => entry.documentId)),
    encodeInstants(entries.map((entry) => entry.expiresAt ?? 0)),
    encodeInstants(entries.map((entry) => entry.occurredAt)),
    encodeUuids(entries.map((entry) => entry.commandId)),
    encodeInt4(entries.map((entry) => entry.line)),
    encodeInt4(entries.map((entry) => entry.itemId)),
    encodeInt4(entries.map((entry) => entry.ownerId)),
    encodeInt4(entries.map((entry) => entry.actorId)),
    encodeInt2(entries.map((entry) => entry.kind)),
    encodeInt2(entries.map((entry) => entry.reasonId)),
  ];
}

/** Value entry columns in the order of the insert statement's parameters. */
export function encodeValueEntries(entries: readonly ValueEntryDraft[]): Buffer[] {
  return [
    encodeIntegers(entries.map((entry) => entry.seq)),
    encodeBigints(entries.map((entry) => entry.amount)),
    encodeIntegers(entries.map((entry) => entry.fromPoolId)),
    encodeInt4(entries.map((entry) => entry.fromLocationId)),
    encodeIntegers(entries.map((entry) => entry.toPoolId)),
    encodeInt4(entries.map((entry) => entry.toLocationId)),
    encodeIntegers(entries.map((entry) => entry.layerSeq)),
    encodeIntegers(entries.map((entry) => entry.causeSeq)),
    encodeBigints(entries.map((entry) => entry.bodyHash)),
    encodeIntegers(entries.map((entry) => entry.documentId)),
    encodeInstants(entries.map((entry) => entry.occurredAt)),
    encodeUuids(entries.map((entry) => entry.commandId)),
    encodeInt4(entries.map((entry) => entry.line)),
    encodeInt4(entries.map((entry) => entry.itemId)),
    encodeInt4(entries.map((entry) => entry.ownerId)),
    encodeInt4(entries.map((entry) => entry.actorId)),
    encodeInt2(entries.map((entry) => entry.reasonId)),
  ];
}

/** Columns of returns in the order of the insert statement's parameters. */
export function encodeReturns(returns: readonly ReturnDraft[]): Buffer[] {
  return [
    encodeIntegers(returns.map((row) => row.seq)),
    encodeIntegers(returns.map((row) => row.shipmentSeq)),
    encodeInt4(returns.map((row) => row.ownerId)),
  ];
}

/** SHA-256 over all column buffers of a batch. */
export function digestOf(buffers: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const buffer of buffers) hash.update(buffer);
  return hash.digest();
}

/** The link of a batch: SHA-256(previous link, first seq, last seq, recorded at, digest). */
export function linkOf(
  previous: Buffer,
  batch: { firstSeq: number; lastSeq: number; recordedAt: number; digest: Buffer },
): Buffer {
  const range = Buffer.alloc(24);
  range.writeBigInt64BE(BigInt(batch.firstSeq), 0);
  range.writeBigInt64BE(BigInt(batch.lastSeq), 8);
  range.writeBigInt64BE(BigInt(batch.recordedAt), 16);
  return createHash('sha256').update(previous).update(range).update(batch.digest).digest();
}
