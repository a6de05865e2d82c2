import {
  clean,
  type EngineForecast,
  forecastFast,
  forecastFull,
  reconcileTree,
  rescale,
} from '../engine/index.ts';
import { LEVELS } from '../series.ts';
import type { CellSum } from './cell-sums.ts';
import { WEEKS_AHEAD } from './types.ts';

/** A cell with the levels that it belongs to. */
export interface Cell extends CellSum {
  readonly group: string;
  readonly site: string;
  readonly region: string;
}

export type LevelName = 'total' | 'region' | 'site' | 'group';

/** The forecast of one group, site, region or of all. */
export interface LevelForecast {
  readonly level: LevelName;
  readonly code: string;
  readonly series: number;
  readonly method: string;
  readonly history: Float64Array;
  /** Reconciled: the sum of the cells below. */
  readonly means: Float64Array;
  /** For each of LEVELS. */
  readonly quantiles: readonly Float64Array[];
  /** The sum of the series' own forecasts, and the forecast of the summed history. */
  readonly summed: Float64Array;
  readonly own: Float64Array;
}

/** Forecasts of all levels, and what each cell's series are multiplied by to agree with them. */
export interface Reconciled {
  readonly levels: readonly LevelForecast[];
  /** In the order of cells. */
  readonly factors: readonly Float32Array[];
}

/** A node of the trees: its cells by index, and its own forecast. */
interface Node {
  readonly level: LevelName;
  readonly code: string;
  readonly cells: readonly number[];
  readonly history: Float64Array;
  readonly summed: Float64Array;
  readonly forecast: EngineForecast;
}

const SEASON_WEEKS = 52;
/** The methods of the first nodes are selected in full; a thousand groups would take long. */
const FULL_NODES_MAX = 150;
/** A sum with fewer weeks of demand says little that its series do not. */
const WEEKS_MIN = 26;
const DISTRUST = 100;
/** Errors of the series of a cell go together to this extent. */
const CORRELATION = 0.1;
/** A forecast is not moved further than this by what is said of the sums it is in. */
const FACTOR_MIN = 0.5;
const FACTOR_MAX = 2;
const ROUNDS = 30;
const DEVIATIONS_80 = 2.563;
const LOW = LEVELS.indexOf(0.1);
const HIGH = LEVELS.indexOf(0.9);

function sumOf(cells: readonly Cell[], of: (cell: Cell) => Float64Array): Float64Array {
  const sum = new Float64Array(of(cells[0] as Cell).length);
  for (const cell of cells) {
    const values = of(cell);
    for (let i = 0; i < sum.length; i++) sum[i]! += values[i] as number;
  }
  return sum;
}

function nodesOf(cells: readonly Cell[]): Node[] {
  const keys = new Map<string, { level: LevelName; code: string; cells: number[] }>();
  cells.forEach((cell, i) => {
    const places: [LevelName, string][] = [
      ...[['total', ''] as [LevelName, string], ['region', cell.region] as [LevelName, string]],
      ...[['site', cell.site] as [LevelName, string], ['group', cell.group] as [LevelName, string]],
    ];
    for (const [level, code] of places) {
      const key = `${level} ${code}`;
      const known = keys.get(key) ?? { level, code, cells: [] };
      known.cells.push(i);
      keys.set(key, known);
    }
  });
  const rank: Record<LevelName, number> = { total: 0, region: 1, site: 2, group: 3 };
  const sorted = [...keys.values()].sort(
    (a, b) => rank[a.level] - rank[b.level] || (a.code < b.code ? -1 : 1),
  );
  return sorted.map((node, i) => {
    const own = node.cells.map((cell) => cells[cell] as Cell);
    const history = sumOf(own, (cell) => cell.history);
    const { series, marks } = clean(history, { season: SEASON_WEEKS });
    const plain =
      i < FULL_NODES_MAX
        ? forecastFull(series, WEEKS_AHEAD, { marks })
        : forecastFast(series, WEEKS_AHEAD);
    const summed = sumOf(own, (cell) => cell.means);
    const usual = sumOf(own, (cell) => cell.usual);
    return { ...node, history, summed, forecast: moved(plain, summed, usual) };
  });
}

/**
 * The forecast of a sum knows nothing of what moves single items, such as a promotion to come, nor
 * of items that are new; it is moved as the sum of their forecasts is. A sum of nothing else is
 * what they say.
 */
function moved(
  forecast: EngineForecast,
  summed: Float64Array,
  usual: Float64Array,
): EngineForecast {
  if (summed.every((mean, week) => mean === usual[week])) return forecast;
  const move = (row: Float64Array) =>
    row.map((value, week) =>
      usual[week]! > 0 ? (value * summed[week]!) / usual[week]! : summed[week]!,
    );
  return { ...forecast, mean: move(forecast.mean), quantiles: forecast.quantiles.map(move) };
}

function varianceOf({ forecast, history }: Node, week: number): number {
  const { quantiles } = forecast;
  const width = (quantiles[HIGH]?.[week] ?? 0) - (quantiles[LOW]?.[week] ?? 0);
  const known =
    history.length -
    Math.max(
      0,
      history.findIndex((value) => value > 0),
    );
  const trust = known < WEEKS_MIN ? DISTRUST : 1;
  return Math.max(1e-6, (width / DEVIATIONS_80) ** 2) * trust;
}

function cellVariance({ deviation, variance }: Cell, week: number): number {
  const together = CORRELATION * (deviation[week] as number) ** 2;
  return Math.max(1e-6, together + (1 - CORRELATION) * (variance[week] as number));
}

/** A tree over the cells: which nodes it has, and where each of them and each cell hangs. */
interface Tree {
  readonly nodes: readonly Node[];
  readonly parents: Int32Array;
}

function treeOf(
  nodes: readonly Node[],
  cells: readonly Cell[],
  levels: readonly LevelName[],
): Tree {
  const inTree = nodes.filter(({ level }) => level === 'total' || levels.includes(level));
  const at = new Map(inTree.map(({ level, code }, i) => [`${level} ${code}`, i]));
  const parents = new Int32Array(inTree.length + cells.length).fill(-1);
  cells.forEach((cell, i) => {
    let below = inTree.length + i;
    for (const level of [...levels].reverse()) {
      const node = at.get(`${level} ${cell[level as 'group' | 'site' | 'region']}`) ?? 0;
      parents[below] = node;
      below = node;
    }
    parents[below] = 0;
  });
  parents[0] = -1;
  return { nodes: inTree, parents };
}

/** Reconciled means of the nodes of one level of a tree, for one week. */
function targets(tree: Tree, cells: readonly Cell[], level: LevelName, week: number) {
  const { nodes, parents } = tree;
  const mean = new Float64Array(parents.length);
  const variance = new Float64Array(parents.length);
  nodes.forEach((node, i) => {
    mean[i] = node.forecast.mean[week] ?? 0;
    variance[i] = varianceOf(node, week);
  });
  cells.forEach((cell, i) => {
    mean[nodes.length + i] = cell.means[week] as number;
    variance[nodes.length + i] = cellVariance(cell, week);
  });
  const coherent = reconcileTree(parents, { mean, variance });
  return nodes
    .map((node, i) => ({ node, target: coherent[i] as number }))
    .filter(({ node }) => node.level === level);
}

/**
 * Moves cells until they sum to both margins (Deming and Stephan, 1940): over sites and over
 * groups in turn. What is zero stays zero.
 */
function rake(
  start: Float64Array,
  margins: readonly (readonly { node: Node; target: number }[])[],
): Float64Array {
  const values = start.slice();
  for (let round = 0; round < ROUNDS; round++) {
    for (const margin of margins) {
      for (const { node, target } of margin) {
        const sum = node.cells.reduce((total, cell) => total + (values[cell] as number), 0);
        if (sum <= 0) continue;
        for (const cell of node.cells) values[cell] = ((values[cell] as number) * target) / sum;
      }
    }
  }
  return values;
}

function factorsOf(nodes: readonly Node[], cells: readonly Cell[]): Float32Array[] {
  const factors = cells.map(() => new Float32Array(WEEKS_AHEAD).fill(1));
  const bySite = treeOf(nodes, cells, ['region', 'site']);
  const byGroup = treeOf(nodes, cells, ['group']);
  for (let week = 0; week < WEEKS_AHEAD; week++) {
    const sites = targets(bySite, cells, 'site', week);
    const groups = targets(byGroup, cells, 'group', week);
    const total = (of: readonly { target: number }[]) =>
      of.reduce((sum, { target }) => sum + target, 0);
    // Both trees have an opinion of the total; the margins must have one.
    const share = total(groups) > 0 ? total(sites) / total(groups) : 1;
    const scaled = groups.map(({ node, target }) => ({ node, target: target * share }));
    const start = Float64Array.from(cells, ({ means }) => means[week] as number);
    const raked = rake(start, [scaled, sites]);
    start.forEach((before, cell) => {
      if (before <= 0) return;
      const factor = (raked[cell] as number) / before;
      factors[cell]![week] = Math.min(FACTOR_MAX, Math.max(FACTOR_MIN, factor));
    });
  }
  return factors;
}

/**
 * Brings all levels into agreement. Each sum over items is forecast from its own history; a tree
 * over regions and sites and another over groups say what each sum is likely to be (weighted
 * least squares, see `reconcileTree`), the cells of groups at sites are moved to both, and every
 * series of a cell with them. So each level is the sum of what is below it, exactly.
 */
export function reconcileLevels(cells: readonly Cell[]): Reconciled {
  if (cells.length === 0) return { levels: [], factors: [] };
  const nodes = nodesOf(cells);
  const factors = factorsOf(nodes, cells);
  const levels = nodes.map((node): LevelForecast => {
    const means = new Float64Array(WEEKS_AHEAD);
    for (const cell of node.cells) {
      for (let week = 0; week < WEEKS_AHEAD; week++) {
        means[week]! += (cells[cell]!.means[week] as number) * (factors[cell]![week] as number);
      }
    }
    const { level, code, history, summed, forecast } = node;
    const series = node.cells.reduce((sum, cell) => sum + cells[cell]!.series, 0);
    const { quantiles } = rescale(forecast, means);
    const { method, mean: own } = forecast;
    return { level, code, series, method, history, means, quantiles, summed, own };
  });
  return { levels, factors };
}
