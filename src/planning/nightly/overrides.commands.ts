import type { Tx } from '../../platform/database.ts';
import { recordHistory } from '../../platform/history.ts';
import { newId } from '../../platform/ids.ts';
import { type FieldError, invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { judgeSize, LARGE_TIMES, overrideLarge, overrideUndone } from './override.ts';
import { sizeOf } from './override-size.ts';
import {
  insertOverride,
  markUndone,
  type OverrideRow,
  selectIsGroup,
  selectOverride,
  selectPlace,
} from './overrides.queries.ts';
import { dateOf, dayOf } from './pack.ts';

/** What a planner asks for. */
export interface OverrideWish {
  readonly item?: string | undefined;
  readonly group?: string | undefined;
  readonly site?: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly kind: 'absolute' | 'percent';
  readonly value: number;
  readonly reason: string;
  readonly expiresOn?: string | undefined;
  /** It is meant, although it is many times the forecast. */
  readonly confirmLarge?: boolean | undefined;
}

/** Who does it, and when. */
export interface Doer {
  readonly actorId: number;
  readonly at: Date;
}

const HOUSE = 1;
const DOCUMENT = 'forecast_override';
const PERCENT_MAX = 1000;
const DAYS_MAX = 731;

function unknown(path: string, found: string): FieldError {
  const expected = path === 'group' ? 'a group that an item is in' : `the code of a known ${path}`;
  return { path: `body.${path}`, message: 'is not known', expected, found };
}

/** Ids of what is named. @throws Problem invalid-request naming each field that is not known. */
async function settle(tx: Tx, { item, group, site }: OverrideWish) {
  const place = await selectPlace(tx, item ?? null, site ?? null);
  const errors: FieldError[] = [];
  if (item !== undefined && place.itemId === null) errors.push(unknown('item', item));
  if (group !== undefined && !(await selectIsGroup(tx, group)))
    errors.push(unknown('group', group));
  if (site !== undefined && place.siteId === null) errors.push(unknown('site', site));
  if (errors.length > 0) {
    throw new Problem(invalidRequest, 'The override names what is not known.', { errors });
  }
  return place;
}

/** How far a wish goes. @throws Problem forecast-override-large unless that is confirmed. */
async function judge(
  tx: Tx,
  wish: OverrideWish,
  place: { readonly itemId: number | null; readonly siteId: number | null },
  today: number,
) {
  const range = { fromDay: dayOf(wish.from), toDay: dayOf(wish.to), today };
  const size = await sizeOf(tx, { ...place, ...range, kind: wish.kind, value: wish.value });
  const judged = judgeSize(size);
  if (!judged.isLarge || wish.confirmLarge) return judged;
  const { timesForecast } = judged;
  const { highestDay } = size;
  const detail =
    timesForecast === null
      ? `Nothing is forecast, and no day ever saw more than ${shown(highestDay)}.`
      : `That is ${shown(timesForecast)} times the forecast.`;
  const extras = { timesForecast, timesLarge: LARGE_TIMES, highestDay };
  throw new Problem(overrideLarge, detail, extras);
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function wrong(path: string, expected: string, found: string): Problem {
  const message = 'is not possible here';
  return new Problem(invalidRequest, 'The override is not possible.', {
    errors: [{ path: `body.${path}`, message, expected, found }],
  });
}

/** @throws Problem invalid-request naming the first field that does not fit the others. */
function check(wish: OverrideWish): void {
  const { item, group, site, from, to, kind, value, expiresOn } = wish;
  if ((item === undefined) === (group === undefined)) {
    throw wrong('item', 'an item or a group, and not both', item ?? 'neither');
  }
  if (to < from) throw wrong('to', `${from} or later`, to);
  if (dayOf(to) - dayOf(from) >= DAYS_MAX) throw wrong('to', `within ${DAYS_MAX} days`, to);
  if (expiresOn !== undefined && expiresOn <= from) {
    throw wrong('expiresOn', `later than ${from}`, expiresOn);
  }
  if (kind === 'percent' && value > PERCENT_MAX) {
    throw wrong('value', `a percentage of at most ${PERCENT_MAX}`, `${value}`);
  }
  if (kind === 'absolute' && (item === undefined || site === undefined)) {
    throw wrong('kind', 'percent, unless one item at one site is named', kind);
  }
  if (kind === 'absolute' && value < 0) throw wrong('value', '0 or more units a day', `${value}`);
}

/**
 * Stores what a planner says instead of a forecast; it holds at once. `tx` is a house writer's.
 * @throws Problem invalid-request, also for an item, group or site that is not there;
 * forecast-override-large.
 */
export async function createOverride(tx: Tx, wish: OverrideWish, by: Doer): Promise<OverrideRow> {
  check(wish);
  const { group = null, from, to, kind, value, reason } = wish;
  const place = await settle(tx, wish);
  const judged = await judge(tx, wish, place, dayOf(by.at.toISOString().slice(0, 10)));
  const number = await insertOverride(
    tx,
    {
      ...{ ...place, ...judged, overrideId: newId(), group, from, to, kind, value, reason },
      expiresOn: wish.expiresOn ?? dateOf(dayOf(to) + 1),
      actorId: by.actorId,
    },
    by.at,
  );
  const entry = { ownerId: HOUSE, document: { type: DOCUMENT, number }, action: 'created' };
  await recordHistory(tx, [{ ...entry, note: reason, details: { ...wish } }], by);
  return (await selectOverride(tx, number))!;
}

/**
 * Takes an override back: from now on the forecast holds again. What it was worth stays known.
 * @throws Problem not-found; forecast-override-undone where that was done before.
 */
export async function undoOverride(
  tx: Tx,
  number: string,
  reason: string,
  by: Doer,
): Promise<OverrideRow> {
  const found = await selectOverride(tx, number, true);
  if (!found) throw new Problem(notFound, `There is no override ${number}.`);
  if (found.undoneAt) throw new Problem(overrideUndone, `Override ${number} was undone before.`);
  await markUndone(tx, found.overrideId, { ...by, reason });
  const entry = { ownerId: HOUSE, document: { type: DOCUMENT, number }, action: 'undone' };
  await recordHistory(tx, [{ ...entry, note: reason }], by);
  return (await selectOverride(tx, number))!;
}

/** The type under which the trail of an override is kept. */
export const OVERRIDE_DOCUMENT = DOCUMENT;
