import loadHighs, { type Highs } from 'highs';
import type { Solution, Solve } from './optimise.ts';
import type { Program } from './program.ts';

/** Loads HiGHS (WebAssembly, from its npm package) and makes a solver of it; deterministic. */
export async function loadSolver(): Promise<Solve> {
  // The types describe the CommonJS build; the ESM one, which Node loads, exports the loader.
  const load = loadHighs as unknown as (typeof loadHighs)['default'];
  const highs = await load({ print: () => {}, printErr: () => {} });
  return (program, msMax, gapMax) => solve(highs, program, msMax, gapMax);
}

function solve(highs: Highs, program: Program, msMax: number, gapMax: number): Solution {
  const { columns, rows, starts, indices, factors, offset } = program;
  const numCols = columns.costs.length;
  const numRows = rows.lower.length;
  const { integer, continuous } = highs.constants.variableType;
  const model = highs.createModel({
    numCols,
    numRows,
    sense: highs.constants.objectiveSense.minimize,
    offset,
    colCost: columns.costs,
    colLower: new Float64Array(numCols),
    colUpper: new Float64Array(numCols).fill(1),
    rowLower: rows.lower,
    rowUpper: rows.upper,
    matrix: { format: 'csr', numRows, numCols, starts, indices, values: factors },
    integrality: columns.isInteger.map((isInteger) => (isInteger ? integer : continuous)),
  });
  try {
    model.options.set({
      output_flag: false,
      // The programme is reduced already; what HiGHS would still find takes as long as solving.
      presolve: 'off',
      time_limit: msMax / 1000,
      mip_rel_gap: 0,
      // Costs are whole minor units: below one there is nothing to gain.
      mip_abs_gap: Math.max(0.5, gapMax),
      random_seed: 1,
    });
    model.setSolution({ colValue: columns.start });
    model.run();
    const bound = Number(model.info.get('mip_dual_bound'));
    const isFeasible =
      Number(model.info.get('primal_solution_status')) === highs.constants.solutionStatus.feasible;
    return { values: isFeasible ? model.getSolution().colValue : undefined, bound };
  } finally {
    model.dispose();
  }
}
