/**
 * Reading facts as columns. PostgreSQL sends each column of thousands of rows as one binary array
 * (array_send: 20 bytes of header, then elements of a length and a big-endian value), which is
 * read several times faster than as many rows of text. No element is null: the statements write
 * null as 0 and a real 0 as -1, so that the two stay apart.
 */

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const TWO_32 = 4_294_967_296;
/** Milliseconds between the Unix epoch and PostgreSQL's, 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const MICROSECONDS = 1000n;

function view(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}

function lengthOf(buffer: Buffer | null): number {
  return buffer === null || buffer.length < HEADER_BYTES ? 0 : buffer.readInt32BE(12);
}

/** bigint[] as bigints. */
export function decodeBigints(buffer: Buffer | null): bigint[] {
  const values = new Array<bigint>(lengthOf(buffer));
  if (buffer === null) return values;
  const data = view(buffer);
  let offset = HEADER_BYTES + LENGTH_BYTES;
  for (let i = 0; i < values.length; i += 1, offset += 12) values[i] = data.getBigInt64(offset);
  return values;
}

/** bigint[] as safe integers. */
export function decodeIntegers(buffer: Buffer | null): number[] {
  const values = new Array<number>(lengthOf(buffer));
  if (buffer === null) return values;
  const data = view(buffer);
  let offset = HEADER_BYTES + LENGTH_BYTES;
  for (let i = 0; i < values.length; i += 1, offset += 12) {
    values[i] = data.getInt32(offset) * TWO_32 + data.getUint32(offset + 4);
  }
  return values;
}

/** integer[]. */
export function decodeInt4(buffer: Buffer | null): number[] {
  const values = new Array<number>(lengthOf(buffer));
  if (buffer === null) return values;
  const data = view(buffer);
  let offset = HEADER_BYTES + LENGTH_BYTES;
  for (let i = 0; i < values.length; i += 1, offset += 8) values[i] = data.getInt32(offset);
  return values;
}

/** smallint[]. */
export function decodeInt2(buffer: Buffer | null): number[] {
  const values = new Array<number>(lengthOf(buffer));
  if (buffer === null) return values;
  const data = view(buffer);
  let offset = HEADER_BYTES + LENGTH_BYTES;
  for (let i = 0; i < values.length; i += 1, offset += 6) values[i] = data.getInt16(offset);
  return values;
}

/** Stands for an instant that is finer than a millisecond: just before all that Date can hold. */
export const NOT_WHOLE = -8_640_000_000_000_001;

/** Microseconds since PostgreSQL's epoch as milliseconds since the Unix epoch. */
export function wholeMilliseconds(microseconds: bigint): number {
  if (microseconds % MICROSECONDS !== 0n) return NOT_WHOLE;
  return Number(microseconds / MICROSECONDS) + POSTGRES_EPOCH_MS;
}

/**
 * timestamptz[] as milliseconds since the Unix epoch. The ledger writes whole milliseconds; an
 * instant that is finer was not written by it and comes out as {@link NOT_WHOLE}.
 */
export function decodeInstants(buffer: Buffer | null): number[] {
  const values = decodeIntegers(buffer);
  for (let i = 0; i < values.length; i += 1) {
    const microseconds = values[i]!;
    // Far from now a number cannot hold microseconds exactly.
    values[i] = Number.isSafeInteger(microseconds)
      ? near(microseconds)
      : wholeMilliseconds(buffer!.readBigInt64BE(HEADER_BYTES + LENGTH_BYTES + i * 12));
  }
  return values;
}

function near(microseconds: number): number {
  return microseconds % 1000 === 0 ? microseconds / 1000 + POSTGRES_EPOCH_MS : NOT_WHOLE;
}

/** uuid[] as canonical text. */
export function decodeUuids(buffer: Buffer | null): string[] {
  const values = new Array<string>(lengthOf(buffer));
  if (buffer === null) return values;
  let offset = HEADER_BYTES + LENGTH_BYTES;
  for (let i = 0; i < values.length; i += 1, offset += 20) {
    const hex = buffer.toString('hex', offset, offset + 16);
    values[i] =
      `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-` +
      `${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
  return values;
}

/** A nullable number as 0 for null and -1 for a 0 that somebody wrote. */
export function nullable(column: string, type: string): string {
  return `(CASE WHEN ${column} = 0 THEN -1 ELSE coalesce(${column}, 0) END)::${type}`;
}

/** Selects expressions as arrays over the rows of an ordered sub-query `f`. */
export function arraysOf(expressions: readonly string[], from: string): string {
  const arrays = expressions.map((expression) => `array_send(array_agg(${expression}))`);
  return `SELECT ${arrays.join(', ')} FROM (${from}) f`;
}
