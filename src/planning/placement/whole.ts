import type { LinearProgram } from './highs.ts';
import { deliverCost, type PlacementItem, type PlacementProblem, shapeOf } from './problem.ts';

/**
 * The whole problem as one linear programme, for instances that are small enough: what the
 * decomposition is checked against. Rows: docks and room by (week, site), then for each item the
 * balance of every site and week and the demand of every region and week.
 */
export function wholeProgram(problem: PlacementProblem): LinearProgram {
  const { weeks, sites, regions } = shapeOf(problem);
  const shared = 2 * weeks * sites;
  const perItem = weeks * sites + weeks * regions;
  const rows = shared + perItem * problem.items.length;
  const rowLower = new Float64Array(rows);
  const rowUpper = new Float64Array(rows);
  const columns = newColumns();
  for (let at = 0; at < weeks * sites; at += 1) {
    const site = problem.sites[at % sites]!;
    const week = Math.floor(at / sites);
    rowUpper[at] = site.room[week]!;
    rowUpper[weeks * sites + at] = site.inbound[week]!;
    columns.add(site.overflowPrice, [[at, -1]]);
  }
  rowLower.fill(Number.NEGATIVE_INFINITY, 0, shared);
  for (const [i, item] of problem.items.entries()) {
    const first = shared + i * perItem;
    for (const { site, week, quantity } of item.supplies) {
      rowLower[first + week * sites + site]! += quantity;
      rowUpper[first + week * sites + site]! += quantity;
    }
    for (const [at, wanted] of item.demand.entries()) {
      rowLower[first + weeks * sites + at] = wanted;
      rowUpper[first + weeks * sites + at] = wanted;
    }
    addItem(problem, item, first, columns);
  }
  return { rowLower, rowUpper, ...columns.build() };
}

/** Columns of an item. A balance row is what leaves less what comes in: the supplies. */
function addItem(
  problem: PlacementProblem,
  item: PlacementItem,
  first: number,
  columns: Columns,
): void {
  const { weeks, sites, regions } = shapeOf(problem);
  const demandRows = first + weeks * sites;
  const docks = (week: number, site: number): [number, number] => [
    weeks * sites + week * sites + site,
    item.volume,
  ];
  for (let week = 0; week < weeks; week += 1) {
    for (let region = 0; region < regions; region += 1) {
      columns.add(item.missing, [[demandRows + week * regions + region, 1]]);
    }
    for (let site = 0; site < sites; site += 1) {
      const at = week * sites + site;
      if (week >= item.leadWeeks && item.inbound[site]! < Number.POSITIVE_INFINITY) {
        columns.add(item.inbound[site]!, [docks(week, site), [first + at, -1]]);
      }
      const keep: [number, number][] = [
        [at, item.volume],
        [first + at, 1],
      ];
      if (week + 1 < weeks) keep.push([first + at + sites, -1]);
      columns.add(item.holding, keep);
      for (let to = 0; to < sites && week + 1 < weeks; to += 1) {
        const lane = problem.transferVolume[site * sites + to]!;
        if (to === site || lane === Number.POSITIVE_INFINITY) continue;
        const there = first + (week + 1) * sites + to;
        columns.add(item.volume * lane, [docks(week + 1, to), [first + at, 1], [there, -1]]);
      }
      for (let region = 0; region < regions; region += 1) {
        const demand = demandRows + week * regions + region;
        columns.add(deliverCost(problem, item, site, region), [
          [first + at, 1],
          [demand, 1],
        ]);
      }
    }
  }
}

interface Columns {
  add(cost: number, entries: readonly (readonly [number, number])[]): void;
  build(): Pick<LinearProgram, 'costs' | 'starts' | 'indices' | 'factors'>;
}

function newColumns(): Columns {
  const [costs, starts, indices, factors]: number[][] = [[], [0], [], []];
  return {
    add(cost, entries) {
      costs!.push(cost);
      for (const [row, factor] of entries) {
        indices!.push(row);
        factors!.push(factor);
      }
      starts!.push(indices!.length);
    },
    build: () => ({
      costs: Float64Array.from(costs!),
      starts: Int32Array.from(starts!),
      indices: Int32Array.from(indices!),
      factors: Float64Array.from(factors!),
    }),
  };
}
