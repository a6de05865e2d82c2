/**
 * Columns as PostgreSQL binary arrays (the wire form of array_send: dimensions, null flag, element
 * type, then length-prefixed elements, all big-endian). The server parses them several times
 * faster than text, and the very same bytes are what the hash chain digests.
 *
 * A column that holds one value throughout is written as an array of that one value: statements
 * take element i where there is one, else element 1. A batch rarely varies in more than half of
 * its columns, and each array that is not there is neither sent nor parsed nor hashed.
 */

const INT8 = 20;
const INT4 = 23;
const INT2 = 21;
const UUID = 2950;
const TIMESTAMPTZ = 1184;
const HEADER_BYTES = 20;
/** Milliseconds between the Unix epoch and PostgreSQL's, 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const TWO_32 = 4_294_967_296;

interface ArrayType {
  readonly oid: number;
  readonly bytes: number;
}

const BIGINT: ArrayType = { oid: INT8, bytes: 8 };
const INTEGER: ArrayType = { oid: INT4, bytes: 4 };
const SMALLINT: ArrayType = { oid: INT2, bytes: 2 };
const INSTANT: ArrayType = { oid: TIMESTAMPTZ, bytes: 8 };

/** An array with its header; a DataView writes integers several times faster than a Buffer. */
function openArray(type: ArrayType, length: number): { buffer: Buffer; view: DataView } {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * (4 + type.bytes));
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  view.setInt32(0, 1);
  view.setInt32(4, 0);
  view.setInt32(8, type.oid);
  view.setInt32(12, length);
  view.setInt32(16, 1);
  return { buffer, view };
}

function setSafeInteger(view: DataView, offset: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  view.setInt32(offset, high);
  view.setUint32(offset + 4, value - high * TWO_32);
}

const INT8_MAX = 2n ** 63n - 1n;
const INT8_MIN = -(2n ** 63n);

/** A DataView would write a number that does not fit as another one. */
function setBigint(view: DataView, offset: number, value: bigint): void {
  if (value > INT8_MAX || value < INT8_MIN)
    throw new RangeError(`${value} does not fit in 64 bits`);
  view.setBigInt64(offset, value);
}

/** Microseconds are beyond the safe integers from the year 2285 on. */
function setInstant(view: DataView, offset: number, value: number): void {
  const micros = (value - POSTGRES_EPOCH_MS) * 1000;
  if (Number.isSafeInteger(micros)) setSafeInteger(view, offset, micros);
  else setBigint(view, offset, BigInt(value - POSTGRES_EPOCH_MS) * 1000n);
}

/** How many elements to write: one where all are the same. */
function folded<V>(values: readonly V[]): number {
  const first = values[0];
  for (let i = 1; i < values.length; i += 1) if (values[i] !== first) return values.length;
  return Math.min(1, values.length);
}

/** bigint[] from bigints. */
export function encodeBigints(values: readonly bigint[], length = values.length): Buffer {
  const { buffer, view } = openArray(BIGINT, length);
  for (let i = 0, offset = HEADER_BYTES; i < length; i += 1, offset += 12) {
    view.setInt32(offset, 8);
    setBigint(view, offset + 4, values[i]!);
  }
  return buffer;
}

/** bigint[] from safe integers (ids, sequence numbers). */
export function encodeIntegers(values: readonly number[], length = values.length): Buffer {
  const { buffer, view } = openArray(BIGINT, length);
  for (let i = 0, offset = HEADER_BYTES; i < length; i += 1, offset += 12) {
    view.setInt32(offset, 8);
    setSafeInteger(view, offset + 4, values[i]!);
  }
  return buffer;
}

/** integer[]. */
export function encodeInt4(values: readonly number[], length = values.length): Buffer {
  const { buffer, view } = openArray(INTEGER, length);
  for (let i = 0, offset = HEADER_BYTES; i < length; i += 1, offset += 8) {
    view.setInt32(offset, 4);
    view.setInt32(offset + 4, values[i]!);
  }
  return buffer;
}

/** smallint[]. */
export function encodeInt2(values: readonly number[], length = values.length): Buffer {
  const { buffer, view } = openArray(SMALLINT, length);
  for (let i = 0, offset = HEADER_BYTES; i < length; i += 1, offset += 6) {
    view.setInt32(offset, 2);
    view.setInt16(offset + 4, values[i]!);
  }
  return buffer;
}

/** timestamptz[] from milliseconds since the Unix epoch. */
export function encodeInstants(values: readonly number[], length = values.length): Buffer {
  const { buffer, view } = openArray(INSTANT, length);
  for (let i = 0, offset = HEADER_BYTES; i < length; i += 1, offset += 12) {
    view.setInt32(offset, 8);
    setInstant(view, offset + 4, values[i]!);
  }
  return buffer;
}

/** Where the sixteen pairs of hexadecimal digits of a canonical UUID start. */
const UUID_PAIRS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const UUID_BYTES = 16;
const HEX = new Uint8Array(128);
for (let digit = 0; digit < 16; digit += 1) {
  const text = digit.toString(16);
  HEX[text.charCodeAt(0)] = digit;
  HEX[text.toUpperCase().charCodeAt(0)] = digit;
}

/** uuid[] from canonical text. */
export function encodeUuids(values: readonly string[]): Buffer {
  const type: ArrayType = { oid: UUID, bytes: UUID_BYTES };
  const { buffer, view } = openArray(type, values.length);
  let offset = HEADER_BYTES;
  for (let row = 0; row < values.length; row += 1) {
    const text = values[row]!;
    view.setInt32(offset, UUID_BYTES);
    offset += 4;
    for (let i = 0; i < UUID_BYTES; i += 1) {
      const at = UUID_PAIRS[i]!;
      const high = HEX[text.charCodeAt(at)]!;
      buffer[offset + i] = (high << 4) | HEX[text.charCodeAt(at + 1)]!;
    }
    offset += UUID_BYTES;
  }
  return buffer;
}

/** bigint[] of one amount of each row. */
export function encodeBigintsOf<R>(rows: readonly R[], pick: (row: R) => bigint): Buffer {
  const { buffer, view } = openArray(BIGINT, rows.length);
  for (let i = 0, offset = HEADER_BYTES; i < rows.length; i += 1, offset += 12) {
    view.setInt32(offset, 8);
    setBigint(view, offset + 4, pick(rows[i]!));
  }
  return buffer;
}

/** bigint[] of one id or sequence number of each row. */
export function encodeIntegersOf<R>(rows: readonly R[], pick: (row: R) => number): Buffer {
  const { buffer, view } = openArray(BIGINT, rows.length);
  for (let i = 0, offset = HEADER_BYTES; i < rows.length; i += 1, offset += 12) {
    view.setInt32(offset, 8);
    setSafeInteger(view, offset + 4, pick(rows[i]!));
  }
  return buffer;
}

/** bigint[] from bigints, folded to one element where all are the same. */
export function foldBigints(values: readonly bigint[]): Buffer {
  return encodeBigints(values, folded(values));
}

/** bigint[] from safe integers, folded to one element where all are the same. */
export function foldIntegers(values: readonly number[]): Buffer {
  return encodeIntegers(values, folded(values));
}

/** integer[], folded to one element where all are the same. */
export function foldInt4(values: readonly number[]): Buffer {
  return encodeInt4(values, folded(values));
}

/** smallint[], folded to one element where all are the same. */
export function foldInt2(values: readonly number[]): Buffer {
  return encodeInt2(values, folded(values));
}

/** timestamptz[] from milliseconds since the Unix epoch, folded like the others. */
export function foldInstants(values: readonly number[]): Buffer {
  return encodeInstants(values, folded(values));
}
