/**
 * Columns of packed rows as PostgreSQL takes them: a bytea[] in its binary array format, so that
 * a thousand rows are one parameter and no number becomes text.
 */

const OID_BYTEA = 17;
const HEADER_BYTES = 20;
/** An array of nothing has no dimension, and no bytes that describe one. */
const EMPTY_BYTES = 12;
const LENGTH_BYTES = 4;
const IS_NULL = -1;

/** A bytea[] of these values. */
export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  let size = HEADER_BYTES;
  for (const value of values) size += LENGTH_BYTES + (value?.byteLength ?? 0);
  const bytes = Buffer.allocUnsafe(size);
  writeHeader(bytes, values.length, values.includes(null));
  let at = HEADER_BYTES;
  for (const value of values) {
    at = bytes.writeInt32BE(value?.byteLength ?? IS_NULL, at);
    if (value === null) continue;
    bytes.set(value, at);
    at += value.byteLength;
  }
  return values.length === 0 ? bytes.subarray(0, EMPTY_BYTES) : bytes;
}

function writeHeader(bytes: Buffer, count: number, hasNull: boolean): void {
  const dimensions = count === 0 ? 0 : 1;
  let at = bytes.writeInt32BE(dimensions, 0);
  at = bytes.writeInt32BE(hasNull ? 1 : 0, at);
  at = bytes.writeInt32BE(OID_BYTEA, at);
  at = bytes.writeInt32BE(count, at);
  bytes.writeInt32BE(1, at);
}

/** A bytea[] of equal pieces of a typed array, which is little endian as machines are. */
export function pieces(values: Float32Array, length: number): Buffer {
  const all = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bytes = length * values.BYTES_PER_ELEMENT;
  const rows: Uint8Array[] = [];
  for (let at = 0; at + bytes <= all.byteLength; at += bytes)
    rows.push(all.subarray(at, at + bytes));
  return byteaArray(rows);
}

/**
 * A bytea[] of equal matrices in a typed array, of `rows` rows each `width` long. Columns at the
 * end that only repeat the one before are left out: weeks without days of their own are alike.
 */
export function narrowPieces(values: Float32Array, rows: number, width: number): Buffer {
  const size = rows * width;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at + size <= values.length; at += size) {
    let kept = width;
    while (kept > 1 && isRepeated(values, at + kept - 1, rows, width)) kept--;
    const narrow = new Float32Array(rows * kept);
    for (let row = 0; row < rows; row++) {
      const from = at + row * width;
      for (let i = 0; i < kept; i++) narrow[row * kept + i] = values[from + i] as number;
    }
    pieces.push(new Uint8Array(narrow.buffer));
  }
  return byteaArray(pieces);
}

function isRepeated(values: Float32Array, at: number, rows: number, width: number): boolean {
  for (let row = 0; row < rows; row++) {
    const place = at + row * width;
    if (values[place] !== values[place - 1]) return false;
  }
  return true;
}
