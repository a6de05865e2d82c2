/**
 * Columns as PostgreSQL binary arrays (the wire form of array_send: dimensions, null flag, element
 * type, then length-prefixed elements, all big-endian). The server parses them several times
 * faster than text, and the very same bytes are what the hash chain digests.
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

function arrayBuffer(elementType: number, length: number, elementBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * (4 + elementBytes));
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(0, 4);
  buffer.writeInt32BE(elementType, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}

function writeSafeInteger(buffer: Buffer, value: number, offset: number): void {
  const high = Math.floor(value / TWO_32);
  buffer.writeInt32BE(high, offset);
  buffer.writeUInt32BE(value - high * TWO_32, offset + 4);
}

/** bigint[] from bigints. */
export function encodeBigints(values: readonly bigint[]): Buffer {
  const buffer = arrayBuffer(INT8, values.length, 8);
  let offset = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(8, offset);
    buffer.writeBigInt64BE(value, offset + 4);
    offset += 12;
  }
  return buffer;
}

/** bigint[] from safe integers (ids, sequence numbers). */
export function encodeIntegers(values: readonly number[]): Buffer {
  const buffer = arrayBuffer(INT8, values.length, 8);
  let offset = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(8, offset);
    writeSafeInteger(buffer, value, offset + 4);
    offset += 12;
  }
  return buffer;
}

/** integer[]. */
export function encodeInt4(values: readonly number[]): Buffer {
  const buffer = arrayBuffer(INT4, values.length, 4);
  let offset = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(4, offset);
    buffer.writeInt32BE(value, offset + 4);
    offset += 8;
  }
  return buffer;
}

/** smallint[]. */
export function encodeInt2(values: readonly number[]): Buffer {
  const buffer = arrayBuffer(INT2, values.length, 2);
  let offset = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(2, offset);
    buffer.writeInt16BE(value, offset + 4);
    offset += 6;
  }
  return buffer;
}

/** uuid[] from canonical text. */
export function encodeUuids(values: readonly string[]): Buffer {
  const buffer = arrayBuffer(UUID, values.length, 16);
  let offset = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(16, offset);
    const at = offset + 4;
    buffer.write(value.slice(0, 8), at, 'hex');
    buffer.write(value.slice(9, 13), at + 4, 'hex');
    buffer.write(value.slice(14, 18), at + 6, 'hex');
    buffer.write(value.slice(19, 23), at + 8, 'hex');
    buffer.write(value.slice(24), at + 10, 'hex');
    offset += 20;
  }
  return buffer;
}

/** timestamptz[] from milliseconds since the Unix epoch. */
export function encodeInstants(values: readonly number[]): Buffer {
  const buffer = arrayBuffer(TIMESTAMPTZ, values.length, 8);
  let offset = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(8, offset);
    writeSafeInteger(buffer, (value - POSTGRES_EPOCH_MS) * 1000, offset + 4);
    offset += 12;
  }
  return buffer;
}
