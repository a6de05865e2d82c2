import type { Timeline } from './timeline.ts';

/** The regressors of every series in every period. */
export interface Design {
  readonly width: number;
  /** Row by row: series after series, period after period; standardised over the history. */
  readonly matrix: Float64Array;
  /** For each driver, what its effect at once is made of: weights of the coefficients. */
  readonly effects: readonly Float64Array[];
}

/** A regressor before it is standardised: one value a series and period. */
interface Column {
  readonly cells: Float64Array;
  /** The driver it tells the effect at once of, if any. */
  readonly driver: number | null;
}

/** A usual price is the mean of so many periods before. */
const REFERENCE_PERIODS = 8;
/** Pairs of sine and cosine for the year. */
const HARMONICS = 3;
/** A column that varies less than this tells nothing. */
const DEVIATION_MIN = 1e-9;

/** The same cells `periods` later; the first period stands for those before it. */
function lagged(cells: Float64Array, { periods }: Timeline, lag: number): Float64Array {
  return cells.map((_, cell) => {
    const t = cell % periods;
    return cells[cell - Math.min(t, lag)]!;
  });
}

function meanOfLags(cells: Float64Array, line: Timeline, from: number, to: number): Float64Array {
  const sum = new Float64Array(cells.length);
  for (let lag = from; lag <= to; lag += 1) {
    const past = lagged(cells, line, lag);
    for (let cell = 0; cell < sum.length; cell += 1) sum[cell]! += past[cell]! / (to - from + 1);
  }
  return sum;
}

/** Mean of a driver over the other series of the same site and period; 0 where there are none. */
function rivals(cells: Float64Array, line: Timeline): Float64Array {
  const { periods, siteOf } = line;
  const sums = new Float64Array(line.sites.length * periods);
  const counts = new Int32Array(line.sites.length);
  for (const site of siteOf) counts[site]! += 1;
  for (let cell = 0; cell < cells.length; cell += 1) {
    sums[siteOf[Math.floor(cell / periods)]! * periods + (cell % periods)]! += cells[cell]!;
  }
  return cells.map((value, cell) => {
    const site = siteOf[Math.floor(cell / periods)]!;
    const others = counts[site]! - 1;
    return others > 0 ? (sums[site * periods + (cell % periods)]! - value) / others : 0;
  });
}

/** The lowest relative price among the others of the same site and period. */
function cheapestRival(cells: Float64Array, line: Timeline): Float64Array {
  const { periods, siteOf } = line;
  const lowest = new Float64Array(line.sites.length * periods).fill(Number.POSITIVE_INFINITY);
  const second = lowest.slice();
  const placeOf = (cell: number) =>
    siteOf[Math.floor(cell / periods)]! * periods + (cell % periods);
  for (let cell = 0; cell < cells.length; cell += 1) {
    const place = placeOf(cell);
    const value = cells[cell]!;
    if (value < lowest[place]!) {
      second[place] = lowest[place]!;
      lowest[place] = value;
    } else if (value < second[place]!) second[place] = value;
  }
  return cells.map((value, cell) => {
    const place = placeOf(cell);
    const other = value === lowest[place]! ? second[place]! : lowest[place]!;
    return Number.isFinite(other) ? other : 0;
  });
}

/** What one driver alone contributes. */
function driverColumns(line: Timeline, driver: number): Column[] {
  const own = line.values[driver]!;
  const plain = (cells: Float64Array): Column => ({ cells, driver: null });
  const columns: Column[] = [{ cells: own, driver }];
  const { kind } = line.drivers[driver]!;
  if (kind === 'amount') return columns;
  // Buyers who stocked up last period buy less in this one.
  columns.push(plain(lagged(own, line, 1)), plain(rivals(own, line)));
  if (kind === 'price') {
    const usual = meanOfLags(own, line, 1, REFERENCE_PERIODS);
    // What a price is compared with is what it was; a cut counts until buyers are used to it.
    columns.push({ cells: own.map((value, cell) => value - usual[cell]!), driver });
    columns.push(plain(cheapestRival(own, line)));
  } else {
    columns.push(plain(meanOfLags(own, line, 2, 4)));
    // Shares of a period: that there was any counts apart from how much.
    if (own.some((value) => value > 0 && value < 1)) {
      columns.push(plain(own.map((value) => (value > 0 ? 1 : 0))));
    }
  }
  return columns;
}

/** Products of two drivers: a cut that is advertised sells more than both apart. */
function interactions(line: Timeline): Column[] {
  const columns: Column[] = [];
  for (const [a, first] of line.drivers.entries()) {
    for (const [b, second] of line.drivers.entries()) {
      const isPair = b > a && first.kind !== 'amount' && second.kind !== 'amount';
      if (!isPair || (first.kind === 'price' && second.kind === 'price')) continue;
      const other = line.values[b]!;
      const cells = line.values[a]!.map((value, cell) => value * other[cell]!);
      columns.push({ cells, driver: null });
    }
  }
  return columns;
}

/** Season and trend, which depend on the period alone. */
function calendarColumns({ season, known, periods, logs }: Timeline): Column[] {
  const columns: Column[] = [];
  const column = (value: (t: number) => number) => {
    const cells = logs.map((_, cell) => value(cell % periods));
    columns.push({ cells, driver: null });
  };
  column((t) => (t - known) / Math.max(season, 10));
  // A year seen less than once and a half cannot be told from a trend.
  if (!(season >= 4) || known < 1.5 * season) return columns;
  for (let k = 1; k <= Math.min(HARMONICS, Math.floor((season - 1) / 2)); k += 1) {
    column((t) => Math.sin((2 * Math.PI * k * t) / season));
    column((t) => Math.cos((2 * Math.PI * k * t) / season));
  }
  return columns;
}

/** Builds the regressors: a constant, the calendar, drivers, their pasts, rivals and products. */
export function designOf(line: Timeline): Design {
  const candidates = [
    ...line.drivers.flatMap((_, driver) => driverColumns(line, driver)),
    ...interactions(line),
    ...calendarColumns(line),
  ];
  const scaled = candidates
    .map((column) => ({ ...column, ...momentsOf(column.cells, line) }))
    .filter(({ deviation }) => deviation > DEVIATION_MIN);
  const width = scaled.length + 1;
  const matrix = new Float64Array(line.logs.length * width);
  for (let cell = 0; cell < line.logs.length; cell += 1) matrix[cell * width] = 1;
  for (const [j, { cells, mean, deviation }] of scaled.entries()) {
    for (let cell = 0; cell < cells.length; cell += 1) {
      matrix[cell * width + j + 1] = (cells[cell]! - mean) / deviation;
    }
  }
  const effects = line.drivers.map((_, driver) => {
    const weights = new Float64Array(width);
    for (const [j, column] of scaled.entries()) {
      if (column.driver === driver) weights[j + 1] = 1 / column.deviation;
    }
    return weights;
  });
  return { width, matrix, effects };
}

function momentsOf(cells: Float64Array, { logs }: Timeline): { mean: number; deviation: number } {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let cell = 0; cell < cells.length; cell += 1) {
    if (Number.isNaN(logs[cell]!)) continue;
    count += 1;
    const off = cells[cell]! - mean;
    mean += off / count;
    squares += off * (cells[cell]! - mean);
  }
  const deviation = Math.sqrt(squares / Math.max(1, count));
  return { mean, deviation: Number.isFinite(deviation) ? deviation : 0 };
}
