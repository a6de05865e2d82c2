import {
  directionOf,
  perMinute,
  seconds,
  type Tally,
  unitsText,
  type WatchedException,
  type WatchedMovement,
} from './tally.ts';

/** What else the screen shows, and how large it is. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  /** Where the feed comes from. */
  readonly source: string;
  /** Commands that wait in the server; undefined where no server runs. */
  readonly queue: number | undefined;
  readonly hasColor: boolean;
}

const EXCEPTIONS_SHOWN_MAX = 5;
const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
type Style = keyof typeof STYLES;

/** A piece of a line: styles do not count as width. */
interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

const plain = (text: string): Span => ({ text });
const styled = (style: Style, text: string): Span => ({ text, style });

/** A terminal draws these in one cell each; anything else would break the layout or run it. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e→▁-█─·]/g, '?');
}

/** Cuts a line of spans to the width. */
function lineOf(spans: readonly Span[], { columns, hasColor }: Screen): string {
  let left = columns;
  let line = '';
  for (const { text, style } of spans) {
    const shown = printable(text).slice(0, left);
    left -= shown.length;
    line += hasColor && style && shown !== '' ? `\u001b[${STYLES[style]}m${shown}\u001b[0m` : shown;
  }
  return line;
}

/** One bar a second; the tallest is the busiest second. */
export function sparkline(counts: readonly number[]): string {
  const max = Math.max(1, ...counts);
  const top = BARS.length - 1;
  return counts.map((count) => BARS[count === 0 ? 0 : Math.ceil((count * top) / max)]).join('');
}

function clockText(instant: string): string {
  const at = new Date(instant);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => `${part}`.padStart(2, '0'))
    .join(':');
}

function elapsedText(ms: number): string {
  const total = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  const pad = (part: number) => `${part}`.padStart(2, '0');
  return `${hours > 0 ? `${hours}:` : ''}${pad(minutes)}:${pad(total % 60)}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function headLines(tally: Tally, screen: Screen): Span[][] {
  const { now, source, queue } = screen;
  const since = elapsedText(now - tally.startedAt);
  const openCount = tally.open.size;
  const kinds = [...tally.byKind].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return [
    [styled('bold', 'onhand'), plain(`  ${source}  `), styled('dim', `for ${since}  q quits`)],
    [],
    [
      plain('movements '),
      styled('bold', count(tally.movements)),
      plain(`   ${count(perMinute(tally, now))} a minute   units `),
      styled('green', `+${unitsText(tally.unitsIn)} in`),
      plain('  '),
      styled('yellow', `-${unitsText(tally.unitsOut)} out`),
    ],
    [
      plain('oversold  '),
      openCount > 0 ? styled('red', count(openCount)) : styled('dim', 'none'),
      plain(`   queue ${queue === undefined ? 'no server' : count(queue)}`),
    ],
    [styled('dim', kinds.map(([kind, number]) => `${kind} ${count(number)}`).join(' · '))],
    [styled('green', sparkline(seconds(tally, now)))],
  ];
}

function exceptionLine(exception: WatchedException): Span[] {
  const { recordedAt, kind, item, owner, site, location, short } = exception;
  const where = location ?? site ?? '';
  return [
    plain(`${clockText(recordedAt)}  `),
    styled('red', kind.replace('_', ' ').padEnd(15)),
    plain(` ${item}  ${where}  ${owner}  short of ${short}`),
  ];
}

/** The one line of a movement, on the screen and as plain text. */
export function movementSpans(movement: WatchedMovement, itemWidth = 0): Span[] {
  const { kind, item, quantity, from, to, document, recordedAt } = movement;
  const direction = directionOf(movement);
  const sign = direction === 1 ? '+' : direction === -1 ? '-' : ' ';
  const style = direction === 1 ? 'green' : direction === -1 ? 'yellow' : undefined;
  const paper = document ? `  ${document.type} ${document.number}` : '';
  return [
    plain(`${clockText(recordedAt)}  ${kind.padEnd(18)} `),
    { text: `${sign}${quantity}`.padStart(9), style },
    plain(`  ${item.padEnd(itemWidth)}  ${from.location} → ${to.location}`),
    styled('dim', paper),
  ];
}

/** A movement as one line of plain text. */
export function movementText(movement: WatchedMovement): string {
  return movementSpans(movement)
    .map(({ text }) => printable(text))
    .join('');
}

/** An exception as one line of plain text. */
export function exceptionText(exception: WatchedException): string {
  return exceptionLine(exception)
    .map(({ text }) => printable(text))
    .join('');
}

/** The whole screen: exactly `rows` lines, none wider than `columns`. */
export function draw(tally: Tally, screen: Screen): string[] {
  const rule = [styled('dim', '─'.repeat(screen.columns))];
  const spans: Span[][] = [...headLines(tally, screen), rule];
  const open = [...tally.open.values()].reverse();
  const shown = open.slice(0, EXCEPTIONS_SHOWN_MAX);
  if (shown.length > 0) {
    spans.push(...shown.map(exceptionLine));
    const more = open.length - shown.length;
    if (more > 0) spans.push([styled('dim', `and ${count(more)} more exceptions`)]);
    spans.push(rule);
  }
  const room = Math.max(0, screen.rows - spans.length);
  const last = room === 0 ? [] : tally.last.slice(-room).reverse();
  const itemWidth = Math.min(24, Math.max(0, ...last.map(({ item }) => item.length)));
  if (last.length === 0) spans.push([styled('dim', 'Waiting for the first movement ...')]);
  spans.push(...last.map((movement) => movementSpans(movement, itemWidth)));
  const lines = spans.slice(0, screen.rows).map((line) => lineOf(line, screen));
  return [...lines, ...Array<string>(Math.max(0, screen.rows - lines.length)).fill('')];
}
