import loadHighs, { type Highs } from 'highs';

/** A linear programme: rows of least and greatest value over columns that are never below zero. */
export interface LinearProgram {
  readonly costs: Float64Array;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  /** The matrix by columns. */
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly factors: Float64Array;
}

/** The best values of the columns, and what one unit more of each row's limit would change. */
export interface LinearSolution {
  readonly cost: number;
  readonly values: Float64Array;
  readonly rowDual: Float64Array;
}

/** Solves a linear programme. @throws Error when it has no best solution. */
export type SolveLinear = (program: LinearProgram) => LinearSolution;

let loading: Promise<Highs> | undefined;

/** Loads HiGHS (WebAssembly, from its npm package; Huangfu and Hall 2018); deterministic. */
export async function loadLinearSolver(): Promise<SolveLinear> {
  // The types describe the CommonJS build; the ESM one, which Node loads, exports the loader.
  const load = loadHighs as unknown as (typeof loadHighs)['default'];
  loading ??= load({ print: () => {}, printErr: () => {} });
  const highs = await loading;
  return (program) => solve(highs, program);
}

function solve(highs: Highs, program: LinearProgram): LinearSolution {
  const numCols = program.costs.length;
  const numRows = program.rowLower.length;
  const { starts, indices, factors } = program;
  const model = highs.createModel({
    numCols,
    numRows,
    sense: highs.constants.objectiveSense.minimize,
    colCost: program.costs,
    colLower: new Float64Array(numCols),
    colUpper: new Float64Array(numCols).fill(Number.POSITIVE_INFINITY),
    rowLower: program.rowLower,
    rowUpper: program.rowUpper,
    matrix: { format: 'csc', numRows, numCols, starts, indices, values: factors },
  });
  try {
    model.options.set({ output_flag: false, random_seed: 1 });
    model.run();
    if (model.getModelStatus() !== highs.constants.modelStatus.optimal) {
      throw new Error('the linear programme has no best solution within its limits');
    }
    const { colValue, rowDual } = model.getSolution();
    return { cost: model.getObjectiveValue(), values: colValue, rowDual };
  } finally {
    model.dispose();
  }
}
