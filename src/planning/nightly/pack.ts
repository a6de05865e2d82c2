/**
 * How forecasts lie in the database: arrays as 4-byte floats, little endian, in bytea. A million
 * forecasts so take about as many gigabytes as they have kilobytes, and no text is parsed.
 */

const FLOAT_BYTES = 4;

/** Packs numbers as 4-byte floats. */
export function packFloats(values: ArrayLike<number>): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * FLOAT_BYTES);
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i] as number, i * FLOAT_BYTES);
  return bytes;
}

/** Undoes {@link packFloats}; nothing gives nothing. */
export function unpackFloats(bytes: Uint8Array | null): Float64Array {
  if (bytes === null) return new Float64Array(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(Math.floor(bytes.byteLength / FLOAT_BYTES));
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(i * FLOAT_BYTES, true);
  return values;
}

/**
 * Copies packed numbers to a place of an array without looking at them, at most `count`.
 * @returns how many there were.
 */
export function copyFloats(
  into: Float32Array,
  at: number,
  bytes: Uint8Array | null,
  count: number,
): number {
  if (bytes === null) return 0;
  const length = Math.min(count, Math.floor(bytes.byteLength / FLOAT_BYTES));
  const target = new Uint8Array(into.buffer, into.byteOffset + at * FLOAT_BYTES);
  target.set(bytes.subarray(0, length * FLOAT_BYTES));
  return length;
}

/**
 * Writes a packed matrix of `rows` rows into an array, each row `width` long: what is stored
 * narrower goes on as its last column; see narrowPieces.
 */
export function widenInto(
  into: Float32Array | Float64Array,
  at: number,
  bytes: Uint8Array,
  { rows, width }: { readonly rows: number; readonly width: number },
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = Math.floor(bytes.byteLength / FLOAT_BYTES / rows);
  if (kept === 0) return;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) {
      const place = row * kept + Math.min(i, kept - 1);
      into[at + row * width + i] = view.getFloat32(place * FLOAT_BYTES, true);
    }
  }
}

/** The rows of a packed matrix, each `width` long; see {@link widenInto}. */
export function widened(bytes: Uint8Array, rows: number, width: number): Float64Array[] {
  const values = new Float64Array(rows * width);
  widenInto(values, 0, bytes, { rows, width });
  return rowsOf(values, width);
}

/** Cuts packed rows of equal length apart. */
export function rowsOf(values: Float64Array, length: number): Float64Array[] {
  const rows: Float64Array[] = [];
  for (let at = 0; at + length <= values.length; at += length) {
    rows.push(values.subarray(at, at + length));
  }
  return rows;
}

const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of a date such as `2026-11-23`. */
export function dayOf(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

/** The date of a day counted from 1970-01-01. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day that an instant falls on in a time zone, and the hour of that day. */
export function localTime(at: Date, timeZone: string): { day: number; hour: number } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    hour: '2-digit',
  }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return { day: dayOf(`${of('year')}-${of('month')}-${of('day')}`), hour: Number(of('hour')) };
}
