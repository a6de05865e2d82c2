import {
  journalOf,
  parseLedgerId,
  type RequestedReservation,
  reserve,
} from '../../ledger/index.ts';
import type { Principal } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { Channel } from '../channels/channel.queries.ts';
import { afterTaking, allowanceOf } from './allowance.ts';
import type { CandidateSite, SiteShare, SourcingLine, SourcingRequest } from './choose-sites.ts';
import {
  figureKey,
  type ItemAsked,
  type ItemFigures,
  type Restrictions,
  readFigures,
  readRestrictions,
} from './figures.queries.ts';
import type { ShipTo } from './order.ts';
import { forLedger, type OrderService, problemOf } from './service.ts';
import { shortProblem } from './short.ts';

/** A line that units are wanted for. */
export interface WishLine {
  readonly line: number;
  readonly itemId: number;
  readonly item: string;
  readonly quantityScale: number;
  readonly quantity: bigint;
  /** The only site it may come from; null: the sites of the channel. */
  readonly site: { readonly siteId: number; readonly code: string } | null;
  /** Sites that it must not come from. */
  readonly avoidedSiteIds?: readonly number[] | undefined;
}

/** Units wanted together, by one document. */
export interface Wish {
  readonly principal: Principal;
  readonly channel: Channel;
  readonly owner: { readonly ownerId: number; readonly code: string; readonly isHouse: boolean };
  readonly priority: number;
  readonly document: { readonly type: string; readonly number: string };
  readonly shipTo: ShipTo;
  readonly serviceLevel: string;
  readonly requestedAt: Date | null;
  readonly splitAllowed: boolean;
  /** Whether what is short is left out; else anything short refuses the whole wish. */
  readonly partly: boolean;
  readonly expiresAt?: Date | undefined;
  /** Tries at most, {@link TRIES_MAX} by default. */
  readonly triesMax?: number | undefined;
  readonly lines: readonly WishLine[];
  /** The id of the next group of reservations: each try has its own. */
  nextGroupId(): string;
}

/** Units of a line that one site has promised. */
export interface Share extends SiteShare {
  readonly site: string;
  readonly journal: number;
  readonly seq: number;
}

/** What was promised; what a line's shares leave out of it is short. */
export interface Promised {
  readonly shares: readonly Share[];
  readonly groupId: string;
  readonly explanation?: Readonly<Record<string, unknown>> | undefined;
}

/** Tries of one wish: each time its sites are chosen anew from what is available then. */
export const TRIES_MAX = 4;

interface Attempt {
  readonly index: number;
  readonly wish: Wish;
  tries: number;
  /** A refusal of the ledger, which is the answer when nothing more is tried. */
  refusal?: Problem;
}

interface Plan {
  readonly attempt: Attempt;
  readonly shares: readonly (SiteShare & { site: string })[];
  readonly explanation?: Readonly<Record<string, unknown>> | undefined;
}

interface Round {
  readonly service: OrderService;
  readonly tx: Tx;
  readonly restrictions: Restrictions;
  /** Items of owners, by {@link figureKey}, that a ring-fence or a queue is kept for. */
  readonly restricted: ReadonlySet<string>;
  /** Units promised to channels since the restrictions were read, by `item|site|channel`. */
  readonly taken: Map<string, bigint>;
}

function asked(service: OrderService, wish: Wish, line: WishLine): ItemAsked {
  const { journals } = service.ledger.poster;
  return {
    itemId: line.itemId,
    sku: line.item,
    quantityScale: line.quantityScale,
    ownerId: wish.owner.ownerId,
    isHouse: wish.owner.isHouse,
    journal: journalOf(line.itemId, journals),
  };
}

/**
 * Promises units to wishes that arrive together; answers in the same order, a Problem where a
 * wish was refused. Ring-fences, safety buffers and the queue of backorders are kept; what is
 * available the ledger decides. `tx` is a poster's transaction: until it ends, other processes
 * that are bound by the same ring-fences wait.
 * @throws Problem overloaded.
 */
export async function promiseAll(
  service: OrderService,
  tx: Tx,
  wishes: readonly Wish[],
): Promise<(Promised | Problem)[]> {
  const results: (Promised | Problem)[] = new Array(wishes.length);
  let open: Attempt[] = wishes.map((wish, index) => ({ index, wish, tries: 0 }));
  if (open.length === 0) return results;
  const items = wishes.flatMap((wish) => wish.lines.map((line) => asked(service, wish, line)));
  const restrictions = await readRestrictions(tx, items, service.context.clock());
  const restricted = restrictedKeys(items, restrictions);
  const round: Round = { service, tx, restrictions, restricted, taken: new Map() };
  while (open.length > 0) {
    const plans = await planRound(round, open, results);
    const granted = await reservePlans(service, plans);
    open = [];
    for (const [i, plan] of plans.entries()) {
      const outcome = granted[i]!;
      const { attempt } = plan;
      attempt.tries += 1;
      if (!(outcome instanceof Problem)) {
        results[attempt.index] = outcome;
        for (const share of outcome.shares) take(round, attempt.wish, share);
      } else if (outcome.type.name !== 'insufficient-availability') {
        results[attempt.index] = outcome;
      } else {
        attempt.refusal = outcome;
        open.push(attempt);
      }
    }
  }
  return results;
}

function takenKey(itemId: number, siteId: number, channelId: number): string {
  return `${itemId}|${siteId}|${channelId}`;
}

function take(round: Round, wish: Wish, share: SiteShare): void {
  if (round.restrictions.limits.length === 0) return;
  const line = wish.lines.find((each) => each.line === share.line)!;
  const key = takenKey(line.itemId, share.siteId, wish.channel.channelId);
  round.taken.set(key, (round.taken.get(key) ?? 0n) + share.quantity);
}

function restrictedKeys(items: readonly ItemAsked[], restrictions: Restrictions): Set<string> {
  const limited = new Set(restrictions.limits.map(({ itemId }) => itemId));
  const house = items.filter(({ isHouse, itemId }) => isHouse && limited.has(itemId));
  return new Set([...restrictions.waiting, ...house].map(figureKey));
}

function isRestricted({ restricted }: Round, { lines, owner }: Wish): boolean {
  if (restricted.size === 0) return false;
  return lines.some(({ itemId }) => restricted.has(figureKey({ itemId, ownerId: owner.ownerId })));
}

/** Lines with a site of their own that nothing restricts: the ledger alone decides. */
function needsNoFigures(round: Round, { wish, tries }: Attempt): boolean {
  return tries === 0 && wish.lines.every(({ site }) => site) && !isRestricted(round, wish);
}

/** Plans one try of each wish; wishes that cannot be served get their result instead. */
async function planRound(
  round: Round,
  open: readonly Attempt[],
  results: (Promised | Problem)[],
): Promise<Plan[]> {
  const [plain, others] = partition(open, (attempt) => needsNoFigures(round, attempt));
  const plans: Plan[] = plain.map((attempt) => ({
    attempt,
    shares: attempt.wish.lines.map(({ line, quantity, site }) => ({
      ...{ line, quantity, siteId: site!.siteId, site: site!.code },
    })),
  }));
  if (others.length === 0) return plans;
  const items = others.flatMap(({ wish }) =>
    wish.lines.map((line) => asked(round.service, wish, line)),
  );
  const figures = await readFigures(round.tx, items, round.restrictions);
  addTaken(round, figures);
  const [bound, free] = partition(others, ({ wish }) => isRestricted(round, wish));
  const choices = await chooseTogether(round, free, figures);
  for (const [i, attempt] of free.entries()) settle(attempt, choices[i]!, figures, plans, results);
  // Where a ring-fence or a queue is to be kept, one is decided after another.
  for (const attempt of bound) {
    const [choice] = await chooseTogether(round, [attempt], figures);
    settle(attempt, choice!, figures, plans, results);
  }
  return plans;
}

/** Figures that were read after units were promised know of the units, but not of the channel. */
function addTaken(round: Round, figures: Map<string, ItemFigures>): void {
  for (const [name, quantity] of round.taken) {
    const [itemId, siteId, channelId] = name.split('|').map(Number) as [number, number, number];
    for (const known of figures.values()) {
      const at = known.itemId === itemId ? known.sites.get(siteId) : undefined;
      if (!at || at.figures.limits.length === 0) continue;
      const held = new Map(at.figures.held);
      held.set(channelId, (held.get(channelId) ?? 0n) + quantity);
      at.figures = { ...at.figures, held };
    }
  }
}

function partition<T>(all: readonly T[], test: (each: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const each of all) (test(each) ? yes : no).push(each);
  return [yes, no];
}

function sourcingRequest(wish: Wish, figures: Map<string, ItemFigures>): SourcingRequest {
  return {
    orderNumber: wish.document.number,
    channel: wish.channel.code,
    owner: wish.owner.code,
    shipTo: wish.shipTo,
    serviceLevel: wish.serviceLevel,
    requestedAt: wish.requestedAt,
    splitAllowed: wish.splitAllowed,
    lines: wish.lines.map(
      (line): SourcingLine => ({
        line: line.line,
        itemId: line.itemId,
        item: line.item,
        quantity: line.quantity,
        candidates: candidatesOf(wish, line, figures),
        isNamed: line.site !== null,
      }),
    ),
  };
}

function candidatesOf(
  wish: Wish,
  line: WishLine,
  figures: Map<string, ItemFigures>,
): CandidateSite[] {
  const { channel, owner, priority } = wish;
  const known = figures.get(figureKey({ itemId: line.itemId, ownerId: owner.ownerId }));
  const sites = [...(known?.sites ?? [])]
    .filter(([siteId]) => !line.avoidedSiteIds?.includes(siteId))
    .map(([siteId, { site, figures: at }]) => ({
      siteId,
      site,
      available: allowanceOf(at, channel.channelId, priority).free,
    }));
  if (line.site) return sites.filter(({ siteId }) => siteId === line.site?.siteId);
  if (channel.sites.length === 0) return sites;
  return channel.sites.flatMap((code) => sites.filter(({ site }) => site === code));
}

async function chooseTogether(
  round: Round,
  attempts: readonly Attempt[],
  figures: Map<string, ItemFigures>,
) {
  if (attempts.length === 0) return [];
  return round.service.chooseSites(attempts.map(({ wish }) => sourcingRequest(wish, figures)));
}

/** Turns a choice into a plan, or into a refusal where too much is short. */
function settle(
  attempt: Attempt,
  choice: { readonly shares: readonly SiteShare[]; readonly explanation?: object | undefined },
  figures: Map<string, ItemFigures>,
  plans: Plan[],
  results: (Promised | Problem)[],
): void {
  const { wish } = attempt;
  const isLast = attempt.tries >= (wish.triesMax ?? TRIES_MAX);
  const shares = isLast ? [] : choice.shares;
  const short = wish.lines.find(({ line, quantity }) => {
    const given = shares.filter((share) => share.line === line);
    return given.reduce((sum, share) => sum + share.quantity, 0n) < quantity;
  });
  if (short && !wish.partly) {
    results[attempt.index] =
      isLast && attempt.refusal
        ? attempt.refusal
        : shortProblem(wish, short, candidatesFigures(wish, short, figures));
    return;
  }
  const named = shares.map((share) => takeFrom(wish, share, figures));
  const explanation = choice.explanation as Readonly<Record<string, unknown>> | undefined;
  if (named.length > 0) plans.push({ attempt, shares: named, explanation });
  else results[attempt.index] = { shares: [], groupId: '', explanation };
}

/** Counts a share as gone, so that the next wish of the round sees what is left. */
function takeFrom(wish: Wish, share: SiteShare, figures: Map<string, ItemFigures>) {
  const line = wish.lines.find((each) => each.line === share.line)!;
  const key = figureKey({ itemId: line.itemId, ownerId: wish.owner.ownerId });
  const at = figures.get(key)?.sites.get(share.siteId);
  if (!at) throw new Error(`site ${share.siteId} was chosen but was no candidate`);
  at.figures = afterTaking(at.figures, wish.channel.channelId, share.quantity);
  return { ...share, site: at.site };
}

function candidatesFigures(wish: Wish, line: WishLine, figures: Map<string, ItemFigures>) {
  const known = figures.get(figureKey({ itemId: line.itemId, ownerId: wish.owner.ownerId }));
  const allowed = new Set(candidatesOf(wish, line, figures).map(({ siteId }) => siteId));
  return [...(known?.sites ?? [])]
    .filter(([siteId]) => allowed.has(siteId))
    .map(([, { site, figures: at }]) => ({
      site,
      ...allowanceOf(at, wish.channel.channelId, wish.priority),
    }));
}

/** Asks the ledger for the plans' units, those of one caller in one call. */
async function reservePlans(
  service: OrderService,
  plans: readonly Plan[],
): Promise<(Promised | Problem)[]> {
  const results: (Promised | Problem)[] = new Array(plans.length);
  const byCaller = new Map<number, number[]>();
  for (const [i, { attempt }] of plans.entries()) {
    const { principalId } = attempt.wish.principal;
    byCaller.set(principalId, [...(byCaller.get(principalId) ?? []), i]);
  }
  await Promise.all(
    [...byCaller.values()].map(async (own) => {
      const requests = own.map((i) => toRequest(plans[i]!));
      const { principal } = plans[own[0]!]!.attempt.wish;
      const answers = await reserve(service.ledger, forLedger(principal), requests);
      for (const [n, i] of own.entries()) {
        const answer = answers[n]!;
        results[i] = answer.problem
          ? problemOf(answer.problem)
          : granted(plans[i]!, requests[n]!.id, answer.lines);
      }
    }),
  );
  return results;
}

function toRequest({ attempt, shares }: Plan): RequestedReservation {
  const { wish } = attempt;
  const lines = shares.map((share) => {
    const line = wish.lines.find((each) => each.line === share.line)!;
    return {
      item: line.item,
      quantity: formatDecimal(share.quantity, line.quantityScale),
      site: share.site,
      owner: wish.owner.code,
    };
  });
  return {
    id: wish.nextGroupId(),
    lines,
    document: wish.document,
    ...(wish.expiresAt ? { expiresAt: wish.expiresAt.toISOString() } : {}),
  };
}

function granted(
  { shares, explanation }: Plan,
  groupId: string,
  lines: readonly { readonly line: number; readonly id: string }[],
): Promised {
  const ids = new Map(lines.map(({ line, id }) => [line, parseLedgerId(id)]));
  return {
    groupId,
    explanation,
    shares: shares.map((share, i) => ({ ...share, ...ids.get(i + 1)! })),
  };
}
