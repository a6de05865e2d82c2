import { type BatchOutput, HISTORY_WEEKS } from './batch.ts';
import { WEEKS_AHEAD } from './types.ts';

/** What a part knows of a cell: numbers that add up over the parts of a run. */
export interface CellSum {
  readonly cellId: number;
  series: number;
  readonly history: Float64Array;
  readonly means: Float64Array;
  /** Without effects of drivers and new items, which forecasts of sums know nothing of. */
  readonly usual: Float64Array;
  /** Of the forecasts' errors: sums of standard deviations, and of variances. */
  readonly deviation: Float64Array;
  readonly variance: Float64Array;
}

const HEAD = 2;
const LENGTH = HEAD + HISTORY_WEEKS + 4 * WEEKS_AHEAD;
const DOUBLE_BYTES = 8;

/** Packs the cells of a part as 8-byte floats. */
export function packCells(
  batchCells: readonly number[],
  cellIds: readonly number[],
  output: BatchOutput,
): Buffer {
  const series = new Map<number, number>();
  for (const cellId of cellIds) series.set(cellId, (series.get(cellId) ?? 0) + 1);
  const all = new Float64Array(batchCells.length * LENGTH);
  batchCells.forEach((cellId, cell) => {
    const one = all.subarray(cell * LENGTH, (cell + 1) * LENGTH);
    one.set([cellId, series.get(cellId) ?? 0]);
    const part = (values: Float64Array, length: number) =>
      values.subarray(cell * length, (cell + 1) * length);
    one.set(part(output.cellHistory, HISTORY_WEEKS), HEAD);
    const { cellMeans, cellUsual, cellDeviation, cellVariance } = output;
    const ahead = [cellMeans, cellUsual, cellDeviation, cellVariance];
    ahead.forEach((values, i) => {
      one.set(part(values, WEEKS_AHEAD), HEAD + HISTORY_WEEKS + i * WEEKS_AHEAD);
    });
  });
  return Buffer.from(all.buffer);
}

/** Adds the cells that {@link packCells} packed to those of other parts. */
export function addCells(sums: Map<number, CellSum>, bytes: Buffer): void {
  // Copied, as a slice of a larger buffer need not begin where floats may.
  const { buffer } = new Uint8Array(bytes);
  const all = new Float64Array(buffer, 0, Math.floor(bytes.length / DOUBLE_BYTES));
  for (let at = 0; at + LENGTH <= all.length; at += LENGTH) {
    const one = all.subarray(at, at + LENGTH);
    const cellId = one[0] as number;
    const known = sums.get(cellId) ?? {
      ...{ cellId, series: 0 },
      history: new Float64Array(HISTORY_WEEKS),
      means: new Float64Array(WEEKS_AHEAD),
      usual: new Float64Array(WEEKS_AHEAD),
      deviation: new Float64Array(WEEKS_AHEAD),
      variance: new Float64Array(WEEKS_AHEAD),
    };
    known.series += one[1] as number;
    let from = HEAD;
    const { history, means, usual, deviation, variance } = known;
    for (const into of [history, means, usual, deviation, variance]) {
      for (let i = 0; i < into.length; i++) into[i]! += one[from + i] as number;
      from += into.length;
    }
    sums.set(cellId, known);
  }
}
