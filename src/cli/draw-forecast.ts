import {
  classWords,
  type ForecastAnswer,
  type ItemForecastAnswer,
  methodWords,
} from '../planning/index.ts';
import { showFigure } from '../platform/figures.ts';
import { table } from './command.ts';

/** Draws demand and forecast with characters: weeks as columns, quantiles as a fan of bars. */

const BARS = ' ▁▂▃▄▅▆▇█';
const WEEK = 7;
const WEEKS_PAST = 26;
const WIDTH = 40;

/** One line of bars, the tallest of them at `top`. */
export function sparkline(values: readonly number[], top = Math.max(0, ...values)): string {
  return values
    .map((value) => {
      if (!(value > 0) || top <= 0) return BARS[0];
      const step = Math.ceil(Math.min(1, value / top) * (BARS.length - 1));
      return BARS[Math.max(1, step)];
    })
    .join('');
}

function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  return Math.abs(value) >= 100 ? value.toFixed(0) : showFigure(value, value >= 10 ? 1 : 2);
}

function percent(value: number | null): string {
  return value === null ? 'not known' : `${showFigure(value * 100, 1)} %`;
}

/** Sums of the last whole weeks, oldest first; days that are not known count as none. */
export function weeksOf(days: readonly (number | null)[]): number[] {
  const count = Math.min(WEEKS_PAST, Math.floor(days.length / WEEK));
  const start = days.length - count * WEEK;
  return Array.from({ length: count }, (_, week) => {
    const from = start + week * WEEK;
    return days.slice(from, from + WEEK).reduce<number>((sum, day) => sum + (day ?? 0), 0);
  });
}

/** A week's fan: dots from 5 to 95 %, a line from 25 to 75 %, the mean as a block. */
export function fanBar(
  fan: { low: number; q25: number; mean: number; q75: number; high: number },
  top: number,
): string {
  const at = (value: number) =>
    top > 0 ? Math.min(WIDTH - 1, Math.max(0, Math.round((value / top) * (WIDTH - 1)))) : 0;
  const cells = Array.from({ length: WIDTH }, () => ' ');
  for (let i = at(fan.low); i <= at(fan.high); i++) cells[i] = '·';
  for (let i = at(fan.q25); i <= at(fan.q75); i++) cells[i] = '─';
  cells[at(fan.mean)] = '█';
  return cells.join('').trimEnd();
}

const WEEKS_DRAWN = 13;

type Drawn = Pick<ForecastAnswer, 'weekQuantiles' | 'levels' | 'weeks' | 'history'>;

function fanLines(forecast: Drawn): string[] {
  const row = (level: number) => forecast.weekQuantiles[forecast.levels.indexOf(level)] ?? [];
  const [low, q25, q75, high] = [row(0.05), row(0.25), row(0.75), row(0.95)];
  const top = Math.max(0, ...high.slice(0, WEEKS_DRAWN));
  const rows = forecast.weeks.slice(0, WEEKS_DRAWN).map((mean, week) => [
    `+${week + 1}`,
    number(mean),
    `${number(low[week])} to ${number(high[week])}`,
    fanBar(
      {
        ...{ low: low[week] ?? 0, q25: q25[week] ?? 0, mean },
        ...{ q75: q75[week] ?? 0, high: high[week] ?? 0 },
      },
      top,
    ),
  ]);
  const head = ['WEEK', 'MEAN', '5 TO 95 %', `0${' '.repeat(WIDTH - 8)}${number(top)}`];
  return table([head, ...rows]).split('\n');
}

function accuracyLine({ accuracy }: ForecastAnswer): string {
  const { days, wape, bias, naiveWape, coverage90, rmsse } = accuracy;
  if (days === 0) return 'Not judged yet: the next night will say how good it was.';
  return (
    `Judged over about ${days.toFixed(0)} days: error ${percent(wape)} of demand ` +
    `(seasonal naive ${percent(naiveWape)}), bias ${percent(bias)}, RMSSE ` +
    `${rmsse === null ? 'not known' : showFigure(rmsse, 2)}, ` +
    `${percent(coverage90)} of days inside the 90 % interval.`
  );
}

/** The forecast of an item at a site as text. */
export function drawForecast(forecast: ForecastAnswer): string {
  const lines = [
    `${forecast.item} at ${forecast.site}, demand through ${forecast.origin} (${forecast.run})`,
    `${number(forecast.meanPerDay)} units a day are expected: it ${classWords(forecast.class)}, ` +
      `forecast by ${methodWords(forecast.method)}`,
  ];
  if (forecast.explanation) lines.push(forecast.explanation.summary);
  if (forecast.marks.length > 0) lines.push(`Its history is marked: ${forecast.marks.join(', ')}.`);
  if (forecast.isDrifting) {
    lines.push(`Its errors moved away from what they were on ${forecast.driftedOn}.`);
  }
  if (forecast.overrides.length > 0) {
    lines.push(`Planners say otherwise: ${forecast.overrides.join(', ')}.`);
  }
  lines.push('', ...weekLines(forecast), '', ...fanLines(forecast), '', accuracyLine(forecast));
  return lines.join('\n');
}

/** Weeks of the past and of the forecast side by side. */
function weekLines({ history, weeks }: Drawn): string[] {
  const past = weeksOf(history.days);
  const top = Math.max(0, ...past, ...weeks);
  return [
    `Weeks: ${past.length} of demand | ${weeks.length} of forecast, up to ${number(top)}`,
    `${sparkline(past, top)}|${sparkline(weeks, top)}`,
  ];
}

/** The forecast of an item over all its sites as text. */
export function drawItemForecast(forecast: ItemForecastAnswer): string {
  const { item, sites, origin, meanPerDay, bySite, correlation } = forecast;
  const one = sites === 1;
  const lines = [
    `${item} at ${one ? 'its one site' : `all its ${sites} sites`}, demand through ${origin}`,
    `${number(meanPerDay)} units a day`,
  ];
  if (!one) {
    lines.push(`Errors of its sites go together to ${Math.round(100 * correlation)} %.`);
  }
  if (forecast.overridden) lines.push('Planners say otherwise at some of them.');
  if (forecast.isDrifting) lines.push('At some of them errors moved away from what they were.');
  const total = forecast.weeks[0] ?? 0;
  const rows = bySite.map(({ site, weeks, class: demandClass, method }) => {
    const share = total > 0 ? percent((weeks[0] ?? 0) / total) : '';
    return [site, number(weeks[0]), share, demandClass, method];
  });
  lines.push('', ...weekLines(forecast), '', ...fanLines(forecast), '');
  lines.push(table([['SITE', 'NEXT WEEK', 'SHARE', 'CLASS', 'METHOD'], ...rows]));
  return lines.join('\n');
}
