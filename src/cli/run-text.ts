import type { ShownRun } from '../planning/index.ts';
import { counted } from '../platform/text.ts';
import { table } from './command.ts';

/** What people are told of a forecast run. */

const seriesOf = (value: number): string => counted(value, 'series', 'series');

/** How far a run is, in one line. */
export function progressText({ stage, series, seriesDone, progress }: ShownRun): string {
  if (stage === 'history') return 'bringing demand history up to date';
  if (series === 0) return 'there is no demand to forecast from';
  if (stage === 'sums') return `${seriesOf(series)} forecast, their sums are made to agree`;
  const done = seriesDone.toLocaleString('en');
  return `${done} of ${seriesOf(series)}, ${Math.floor(progress * 100)} %`;
}

/** What a run did, or how far it is. */
export function runText(run: ShownRun): string {
  const { number, state, origin, series, result, reason } = run;
  const lines = [`${number}: ${state}${reason === null ? '' : `, ${reason}`}`];
  if (state === 'done' && series === 0) {
    lines.push(
      `Nothing is known of demand through ${origin}, so there is nothing to forecast.`,
      'History comes from sales orders, or from a file: onhand import demand <file>.',
    );
    return lines.join('\n');
  }
  const parts = `${run.partsDone.toLocaleString('en')} of ${counted(run.parts, 'part')} done`;
  const done = run.seriesDone.toLocaleString('en');
  const all = stageIsKnown(run) ? `${done} of ${seriesOf(series)}, ${parts}` : parts;
  lines.push(`Demand through ${origin}; ${all}.`);
  if (run.workers.length > 0) lines.push(`Worked on by ${run.workers.join(', ')}.`);
  if (result) lines.push(...resultLines(result));
  return lines.join('\n');
}

/** Until history is up to date nobody knows how many series there are. */
function stageIsKnown({ stage, series }: ShownRun): boolean {
  return stage !== 'history' || series > 0;
}

function resultLines(result: NonNullable<ShownRun['result']>): string[] {
  const { tiers, drifting, overridden, scoredDays, classes } = result;
  const lines = [
    `Methods selected anew for ${tiers.full}, ${tiers.fast} computed, ` +
      `${tiers.rolled} rolled on; ${drifting} drifting, ${overridden} overridden; ` +
      `${counted(scoredDays, 'day')} judged.`,
  ];
  const rows = Object.entries(classes).map(([name, value]) => [name, `${value}`]);
  if (rows.length > 0) lines.push(table([['CLASS', 'SERIES'], ...rows]));
  return lines;
}
