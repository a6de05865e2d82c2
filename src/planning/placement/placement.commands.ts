import { createPurchaseOrder } from '../../inbound/index.ts';
import { formatDay, parseDay } from '../../network/index.ts';
import { createTransfer } from '../../outbound/index.ts';
import type { Context, Principal } from '../../platform/context.ts';
import { readSnapshotAs, type Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { currencyDigits } from '../../platform/money.ts';
import {
  declareProblem,
  type FieldError,
  invalidRequest,
  notFound,
  Problem,
} from '../../platform/problems.ts';
import { readSites } from '../proposals/facts.queries.ts';
import { nextState } from '../proposals/states.ts';
import type { Reckoner } from '../reckoner/reckoner.ts';
import { type KnownSite, prepare, type Settled } from './facts.ts';
import {
  decidePlacement,
  insertPlacement,
  type PlacementRow,
  selectKnown,
  selectPlacement,
} from './placement.queries.ts';
import {
  type Flow,
  type PlacementAnswer,
  type PlacementBody,
  type ResultAnswer,
  resultAnswer,
} from './schemas.ts';
import { PLACEMENT_TRANSITIONS, placementExpiry } from './states.ts';

export const placementWithoutForecast = declareProblem({
  name: 'placement-without-forecast',
  status: 422,
  title: 'None of these items has a forecast at these sites',
  remedy: 'Wait for the nightly forecast, or start one with `POST /v1/planning/forecast-runs`.',
});

export const placementDecided = declareProblem({
  name: 'placement-decided',
  status: 409,
  title: 'The placement has been decided already, or is history',
  remedy: 'See `state` and `documents`; make a new placement for a new decision.',
});

const WEEK_DAYS = 7;
const WEEKS_MAX = 26;
/** Near enough: what a forecast does not know is larger. */
const GAP_TARGET = 0.005;
const MS_MAX = 6_000;

/** Who decides, and when. */
export interface By {
  readonly actorId: number;
  readonly at: Date;
}

/** A placement as it is answered. */
export function showHead({ placementId: _, result: _result, ...row }: PlacementRow) {
  return {
    ...row,
    documents: [...row.documents],
    createdAt: row.createdAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
  };
}

/** The same with flows and prices. */
export function showPlacement(row: PlacementRow): PlacementAnswer {
  return { ...showHead(row), result: resultAnswer.parse(row.result) };
}

/**
 * Places stock before a peak from what is known now.
 * @throws Problem invalid-request with every wrong field, placement-without-forecast,
 * planning-busy; the signal's reason.
 */
export async function reckonPlacement(
  context: Context,
  principal: Principal,
  body: PlacementBody,
  reckoner: Reckoner,
  signal?: AbortSignal,
): Promise<ResultAnswer> {
  reckoner.refuseIfFull();
  const { currency } = context.config;
  const today = parseDay(dayOf(context.clock()));
  const { settled, prepared } = await readSnapshotAs(
    context.database,
    principal.scope,
    async (tx) => {
      const sites = await settleSites(tx, body, today);
      const weeks = Math.ceil((parseDay(body.until) - today + 1) / WEEK_DAYS);
      const asked: Settled = { body, sites, today, weeks, digits: currencyDigits(currency) };
      return { settled: asked, prepared: await prepare(tx, asked) };
    },
  );
  if (!prepared) {
    const sites = body.sites.map(({ site }) => site);
    throw new Problem(placementWithoutForecast, 'There is nothing to place.', { sites });
  }
  const limits = { msMax: MS_MAX, gapTarget: GAP_TARGET };
  return reckoner.reckon({ kind: 'place', prepared, settled, currency, ...limits }, signal);
}

async function settleSites(tx: Tx, body: PlacementBody, today: number): Promise<KnownSite[]> {
  const known = new Map((await readSites(tx)).map((site) => [site.code, site]));
  const errors: FieldError[] = [];
  const codes = body.sites.map(({ site }) => site);
  for (const [i, code] of codes.entries()) {
    const path = `body.sites.${i}.site`;
    if (!known.get(code)?.active) {
      const expected = 'an active fulfilment centre or store';
      errors.push({ path, message: 'is not known', expected, found: code });
    } else if (codes.indexOf(code) < i) {
      errors.push({ path, message: 'is named twice', expected: 'each once', found: code });
    }
  }
  const last = formatDay(today + WEEKS_MAX * WEEK_DAYS - 1);
  const expected = `${formatDay(today)} to ${last}`;
  if (body.until < formatDay(today) || body.until > last) {
    const message = 'lies outside what is forecast';
    errors.push({ path: 'body.until', message, expected, found: body.until });
  }
  if (body.from > body.until) {
    const message = 'is after the end of the peak';
    errors.push({
      path: 'body.from',
      message,
      expected: `at most ${body.until}`,
      found: body.from,
    });
  }
  if (body.items && body.group) {
    const message = 'is one of two ways to say it';
    errors.push({ path: 'body.group', message, expected: 'either items or group' });
  }
  errors.push(...(await unknownItems(tx, body)));
  if (errors.length > 0) {
    throw new Problem(invalidRequest, 'The placement is not valid.', { errors });
  }
  return codes.map((code) => known.get(code)!);
}

/** Items and a group that are not known: they would be left out without a word. */
async function unknownItems(tx: Tx, { items = [], group }: PlacementBody): Promise<FieldError[]> {
  const known = await selectKnown(tx, items, group ?? null);
  const message = 'is not known';
  const errors = items.flatMap((found, i): FieldError[] =>
    known.has(found) ? [] : [{ path: `body.items.${i}`, message, expected: 'an item', found }],
  );
  if (group === undefined || known.size > 0 || items.length > 0) return errors;
  const expected = 'a group that an item is in';
  return [{ path: 'body.group', message, expected, found: group }];
}

/** Keeps a reckoned placement as a draft. */
export function keepPlacement(
  tx: Tx,
  body: PlacementBody,
  result: ResultAnswer,
  { actorId, at }: By,
): Promise<PlacementRow> {
  return insertPlacement(tx, {
    ...{ placementId: newId(), name: body.name ?? 'without a name' },
    ...{ request: { ...body }, result: { ...result }, actorId, createdAt: at },
    expiresOn: formatDay(placementExpiry(parseDay(dayOf(at)), parseDay(body.from))),
  });
}

/** The day, in UTC, of an instant. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

async function lockDraft(
  tx: Tx,
  number: string,
  action: 'accept' | 'reject',
  at: Date,
): Promise<PlacementRow> {
  const row = await selectPlacement(tx, number, dayOf(at), true);
  if (!row) throw new Problem(notFound, `There is no placement ${number}.`);
  if (nextState(PLACEMENT_TRANSITIONS, action, row.state)) return row;
  const { state, documents, expiresOn } = row;
  const detail =
    state === 'expired' ? `${number} was good until ${expiresOn}.` : `${number} is ${state}.`;
  throw new Problem(placementDecided, detail, { state, documents, expiresOn });
}

/**
 * Accepts a placement: what must be ordered or sent within some days becomes drafts of purchase
 * and transfer orders, in the transaction that marks the placement as accepted. Later flows are
 * left to a placement that is made then, with what is known then.
 * @throws Problem not-found, placement-decided, and what purchasing and transfers refuse.
 */
export async function acceptPlacement(
  context: Pick<Context, 'config'>,
  tx: Tx,
  number: string,
  days: number,
  by: By,
): Promise<PlacementRow> {
  const row = await lockDraft(tx, number, 'accept', by.at);
  const { flows } = resultAnswer.parse(row.result);
  const today = parseDay(dayOf(by.at));
  const due = flows.filter(({ orderBy }) => parseDay(orderBy) < today + days);
  const documents: { type: string; number: string }[] = [];
  for (const group of groupsOf(due)) {
    documents.push(
      group[0]!.kind === 'transfer'
        ? await makeTransfer(tx, row.number, group, by)
        : await makePurchase(context, tx, row.number, group, by),
    );
  }
  const decision = { documents, reason: null, actorId: by.actorId, at: by.at };
  return decidePlacement(tx, row.placementId, { state: 'accepted', ...decision });
}

/** Lines that a document of either kind takes at most. */
const LINES_MAX = 200;

/** Flows that go into one document, a line each. */
function groupsOf(flows: readonly Flow[]): Flow[][] {
  const groups = new Map<string, Flow[]>();
  for (const flow of flows) {
    // Nobody sells it: it stays a wish that the answer shows.
    if (flow.kind === 'purchase' && flow.supplier === null) continue;
    const key = [flow.kind, flow.supplier ?? '', flow.from ?? '', flow.to].join('\u0000');
    const own = groups.get(key);
    if (own) own.push(flow);
    else groups.set(key, [flow]);
  }
  return [...groups.values()].flatMap((group) => {
    const parts: Flow[][] = [];
    for (let i = 0; i < group.length; i += LINES_MAX) parts.push(group.slice(i, i + LINES_MAX));
    return parts;
  });
}

async function makeTransfer(tx: Tx, reference: string, flows: readonly Flow[], by: By) {
  const first = flows[0]!;
  const lines = flows.map(({ item, quantity }) => ({
    ...{ item, quantity, disposition: 'sellable' as const },
  }));
  const body = { from: first.from ?? '', to: first.to, reference, lines };
  return { type: 'transfer_order', number: await createTransfer(tx, body, by) };
}

async function makePurchase(
  context: Pick<Context, 'config'>,
  tx: Tx,
  reference: string,
  flows: readonly Flow[],
  by: By,
) {
  const first = flows[0]!;
  const lines = flows.map(({ item, quantity, arrivesFrom }) => ({
    ...{ item, quantity, expectedOn: arrivesFrom },
  }));
  const body = { supplier: first.supplier ?? '', site: first.to, reference, lines };
  const { number } = await createPurchaseOrder(context, tx, body, undefined, by);
  return { type: 'purchase_order', number };
}

/** Rejects a placement; nothing comes of it. @throws Problem not-found, placement-decided. */
export async function rejectPlacement(
  tx: Tx,
  number: string,
  reason: string,
  by: By,
): Promise<PlacementRow> {
  const row = await lockDraft(tx, number, 'reject', by.at);
  const decision = { documents: [], reason, actorId: by.actorId, at: by.at };
  return decidePlacement(tx, row.placementId, { state: 'rejected', ...decision });
}
