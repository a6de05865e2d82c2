import { parseDay } from '../../network/index.ts';
import type { Context, Principal } from '../../platform/context.ts';
import { readSnapshotAs, type Tx } from '../../platform/database.ts';
import { currencyDigits } from '../../platform/money.ts';
import {
  declareProblem,
  type FieldError,
  invalidRequest,
  Problem,
} from '../../platform/problems.ts';
import { readElasticity } from '../pricing/elasticities.ts';
import type { Reckoner } from '../reckoner/reckoner.ts';
import { dateOf, loadFutures, todayOf } from './future.ts';
import type { ChangeBody, ResultAnswer, WhatIfBody } from './schemas.ts';
import { caseView, placeView, sumOfCases } from './view.ts';
import { findUnknown, selectPlaces } from './what-if.queries.ts';
import type { Change, PlaceWhatIf } from './what-if.ts';

export const whatIfTooLarge = declareProblem({
  name: 'what-if-too-large',
  status: 422,
  title: 'The scenario is too large to be simulated in a request',
  remedy: 'Ask for fewer items, sites, paths or days; the extras say how much is possible.',
});

export const whatIfWithoutForecast = declareProblem({
  name: 'what-if-without-forecast',
  status: 422,
  title: 'None of these items has a forecast at these sites',
  remedy: 'Wait for the nightly forecast, or start one with `POST /v1/planning/forecast-runs`.',
});

/**
 * Days of all places and futures together that are simulated in one request: some seconds of the
 * thread that plays for all. A terminal of its own may take its time.
 */
const PLAYED_DAYS_MAX = 1_000_000;
export const PLAYED_DAYS_MAX_ALONE = 20_000_000;
const PLACES_MAX = 500;

/** Who plays a scenario, and how far it may go. */
export interface PlayedBy {
  readonly reckoner: Reckoner;
  /** Ends it when nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
  readonly playedDaysMax?: number;
}

/**
 * Plays a scenario from what is known now.
 * @throws Problem invalid-request where a code or a day is wrong, what-if-too-large,
 * what-if-without-forecast, planning-busy; the signal's reason.
 */
export async function runWhatIf(
  context: Context,
  principal: Principal,
  body: WhatIfBody,
  { reckoner, signal, playedDaysMax = PLAYED_DAYS_MAX }: PlayedBy,
): Promise<ResultAnswer> {
  reckoner.refuseIfFull();
  const today = todayOf(context);
  const { places, uplifts } = await readSnapshotAs(
    context.database,
    principal.scope,
    async (tx) => {
      await checkBody(tx, body, today);
      const rows = await selectPlaces(tx, body.items, body.sites, PLACES_MAX + 1);
      checkSize(body, rows.length, playedDaysMax);
      const found = await loadFutures(tx, context, rows);
      return { places: found, uplifts: await upliftsOf(tx, context, body) };
    },
  );
  if (places.length === 0) {
    const { items, sites = [] } = body;
    throw new Problem(whatIfWithoutForecast, 'There is nothing to simulate.', { items, sites });
  }
  const { seed, days, paths } = body;
  const changes = places.map(({ item }) => changeOf(body.change, today, uplifts.get(item)));
  const options = { seed, days, paths };
  const played = await reckoner.reckon({ kind: 'play', places, changes, options }, signal);
  return answerOf(context, today, played);
}

function answerOf(context: Context, today: number, played: readonly PlaceWhatIf[]): ResultAnswer {
  const digits = currencyDigits(context.config.currency);
  const sum = (which: 'base' | 'changed') =>
    caseView(sumOfCases(played.map((place) => place[which])), digits);
  return {
    from: dateOf(today, 0),
    currency: context.config.currency,
    base: sum('base'),
    changed: sum('changed'),
    places: played.map((place) => placeView(place, digits)),
  };
}

async function checkBody(tx: Tx, body: WhatIfBody, today: number): Promise<void> {
  const errors: FieldError[] = [];
  const unknown = await findUnknown(tx, body.items, body.sites ?? []);
  for (const kind of ['items', 'sites'] as const) {
    const codes = body[kind] ?? [];
    for (const [i, code] of codes.entries()) {
      const path = `body.${kind}.${i}`;
      if (unknown[kind].includes(code)) {
        errors.push({ path, message: 'is not known', expected: `one of the ${kind}`, found: code });
      } else if (codes.indexOf(code) < i) {
        errors.push({ path, message: 'is named twice', expected: 'each once', found: code });
      }
    }
  }
  errors.push(...changeErrors(body.change, today, body.days));
  if (errors.length > 0)
    throw new Problem(invalidRequest, 'The scenario is not valid.', { errors });
}

function changeErrors(change: ChangeBody, today: number, days: number): FieldError[] {
  const errors: FieldError[] = [];
  const at = (path: string, message: string, expected: string) =>
    errors.push({ path: `body.change.${path}`, message, expected });
  for (const kind of ['promotion', 'supplierFailure'] as const) {
    const own = change[kind];
    if (!own) continue;
    if (own.to < own.from) at(`${kind}.to`, 'is before it begins', `${own.from} or later`);
    const last = dateOf(today, days - 1);
    if (parseDay(own.to) < today || parseDay(own.from) > today + days - 1) {
      at(`${kind}.from`, 'lies outside what is simulated', `${dateOf(today, 0)} to ${last}`);
    }
  }
  const { promotion } = change;
  if (promotion && (promotion.uplift === undefined) === (promotion.priceFactor === undefined)) {
    at('promotion.uplift', 'is one of two ways to say it', 'either uplift or priceFactor');
  }
  if (change.leadTimeDays !== undefined && change.leadTimeFactor !== undefined) {
    at('leadTimeFactor', 'contradicts leadTimeDays', 'one of them');
  }
  return errors;
}

function checkSize({ paths, days }: WhatIfBody, places: number, playedDaysMax: number): void {
  const size = places * paths * days;
  if (size <= playedDaysMax && places <= PLACES_MAX) return;
  const detail = `${places} places x ${paths} paths x ${days} days are too many.`;
  const limits = { playedDaysMax, placesMax: PLACES_MAX };
  throw new Problem(whatIfTooLarge, detail, { places, paths, days, ...limits });
}

/** The uplift of a promotion by price, from the elasticity of each item. */
async function upliftsOf(tx: Tx, context: Context, body: WhatIfBody): Promise<Map<string, number>> {
  const { priceFactor, uplift } = body.change.promotion ?? {};
  if (priceFactor === undefined) {
    return new Map(body.items.map((item) => [item, uplift ?? 1]));
  }
  const uplifts = new Map<string, number>();
  for (const item of body.items) {
    const { elasticity } = await readElasticity(tx, context, { item });
    uplifts.set(item, priceFactor ** (elasticity?.value ?? 0));
  }
  return uplifts;
}

function changeOf(change: ChangeBody, today: number, uplift = 1): Change {
  const { promotion, supplierFailure, ...rest } = change;
  const stretch = ({ from, to }: { from: string; to: string }) => ({
    fromDay: Math.max(0, parseDay(from) - today),
    toDay: parseDay(to) - today,
  });
  return {
    ...rest,
    ...(promotion && { promotion: { ...stretch(promotion), uplift } }),
    ...(supplierFailure && { supplierFailure: stretch(supplierFailure) }),
  };
}
