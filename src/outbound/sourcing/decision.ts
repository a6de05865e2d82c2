import { formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { type CostedOrder, type CostParts, type CostTable, costParts, totalOf } from './costs.ts';
import { type Piece, sitesOf } from './problem.ts';

/** What is written down about the sourcing of a sales order. */
export interface Decision {
  readonly orderNumber: string;
  readonly ownerId: number;
  readonly method: 'greedy' | 'batch' | 'shortage';
  readonly policy: string;
  readonly runId: string | null;
  readonly lines: readonly DecidedLine[];
  readonly parts: CostParts;
  readonly alternatives: readonly Alternative[];
  readonly gapPpm: number | null;
  readonly durationMs: number;
}

/** Units of a line from one site; site null: left without one. */
export interface DecidedLine {
  readonly line: number;
  readonly item: string;
  readonly site: string | null;
  readonly quantity: string;
}

/** Another way that was looked at. */
export interface Alternative {
  readonly site: string;
  /** Minor units; null where the site cannot send everything. */
  readonly cost: bigint | null;
  /**
   * `dearer`: it costs more. `short`: it does not have everything. `kept`: it would be cheaper
   * for this sales order, but others of the run need its stock more.
   */
  readonly verdict: 'dearer' | 'short' | 'kept';
  /** What it is short of first. */
  readonly short: { readonly item: string; readonly needed: string; readonly there: string } | null;
}

const ALTERNATIVES_MAX = 20;

/** Units of an item that the sales order could have had at a site, by place of the origins. */
export type Seen = (item: string, place: number) => bigint;

/** Every single site that was not chosen, with its cost and why it lost; the cheapest first. */
export function alternativesOf(
  table: CostTable,
  order: CostedOrder,
  pieces: readonly Piece[],
  seen: Seen,
): Alternative[] {
  const chosen = totalOf(costParts(table, order, pieces));
  const used = sitesOf(pieces);
  const found = order.origins.flatMap(({ site }, place): Alternative[] => {
    if (used.length === 1 && used[0] === place) return [];
    const lacking = order.lines.find(
      ({ item, quantity, allowed }) => allowed?.[place] === false || seen(item, place) < quantity,
    );
    if (lacking) {
      const { item, quantity, quantityScale, allowed } = lacking;
      const there = allowed?.[place] === false ? 0n : seen(item, place);
      const text = (units: bigint) => formatDecimal(units < 0n ? 0n : units, quantityScale);
      const short = { item, needed: text(quantity), there: text(there) };
      return [{ site, cost: null, verdict: 'short', short }];
    }
    const all = order.lines.map(({ line, quantity }) => ({ line, site: place, quantity }));
    const cost = totalOf(costParts(table, order, all));
    return [{ site, cost, verdict: cost < chosen ? 'kept' : 'dearer', short: null }];
  });
  const rank = ({ cost }: Alternative) => (cost === null ? 1 : 0);
  return found
    .sort((a, b) => rank(a) - rank(b) || Number((a.cost ?? 0n) - (b.cost ?? 0n)))
    .slice(0, ALTERNATIVES_MAX);
}

/** What each line of a sales order gets from where, and what it does not get. */
export function decidedLines(order: CostedOrder, pieces: readonly Piece[]): DecidedLine[] {
  return order.lines.flatMap(({ line, item, quantity, quantityScale }) => {
    const own = pieces.filter((piece) => piece.line === line);
    const missing = own.reduce((left, piece) => left - piece.quantity, quantity);
    const text = (units: bigint) => formatDecimal(units, quantityScale);
    const rows = own.map(({ site, quantity: units }): DecidedLine => {
      return { line, item, site: order.origins[site]!.site, quantity: text(units) };
    });
    return missing > 0n ? [...rows, { line, item, site: null, quantity: text(missing) }] : rows;
  });
}

/** How money is written; undefined where the reader may not see costs. */
export interface MoneyWords {
  readonly currency: string;
  readonly digits: number;
}

type Told = Pick<Decision, 'method' | 'lines' | 'parts' | 'alternatives' | 'gapPpm'>;

/** A decision in plain words. */
export function explainDecision(decision: Told, money: MoneyWords | undefined): string {
  const text = (minor: bigint) =>
    money ? `${formatMoney(minor, money.digits)} ${money.currency}` : '';
  const sentences = [whatShips(decision)];
  if (money) sentences.push(whatItCosts(decision.parts, text));
  const total = totalOf(decision.parts);
  for (const { site, cost, verdict, short } of decision.alternatives) {
    if (verdict === 'short' && short) {
      sentences.push(`${site} has ${short.there} of the ${short.needed} ${short.item} needed.`);
    } else if (verdict === 'kept') {
      const less = money && cost !== null ? ` ${text(total - cost)}` : '';
      sentences.push(
        `${site} alone would cost this sales order${less} less, ` +
          'but its stock saves more where others of the run get it.',
      );
    } else if (money && cost !== null) {
      sentences.push(`Everything from ${site} would cost ${text(cost - total)} more.`);
    } else {
      sentences.push(`Everything from ${site} would cost more.`);
    }
  }
  const how = howDecided(decision);
  return [...sentences, ...(how ? [how] : [])].join(' ');
}

function whatShips({ lines }: Told): string {
  const sites = [...new Set(lines.flatMap(({ site }) => (site === null ? [] : [site])))];
  const missing = lines.filter(({ site }) => site === null);
  const waits =
    missing.length === 0
      ? ''
      : ` No site has ${missing.map(({ quantity, item }) => `${quantity} ${item}`).join(', ')}.`;
  if (sites.length === 0) return `Nothing can ship now.${waits}`;
  if (sites.length === 1) {
    const all = missing.length === 0 ? 'Everything' : 'What there is';
    return `${all} ships from ${sites[0]}.${waits}`;
  }
  const each = sites.map((site) => {
    const own = lines.filter((line) => line.site === site);
    return `${own.map(({ quantity, item }) => `${quantity} ${item}`).join(', ')} from ${site}`;
  });
  return `It ships in ${sites.length} shipments: ${each.join('; ')}.${waits}`;
}

function whatItCosts(parts: CostParts, text: (minor: bigint) => string): string {
  const names: readonly (readonly [keyof CostParts, string])[] = [
    ['shipping', 'shipping'],
    ['handling', 'handling'],
    ['split', 'more than one shipment'],
    ['lateness', 'arriving late'],
    ['balance', 'taking scarce stock'],
    ['unassigned', 'what is left out'],
  ];
  const named = names
    .filter(([part]) => parts[part] !== 0n)
    .map(([part, name]) => `${name} ${text(parts[part])}`);
  const all = named.length === 0 ? '' : `: ${named.join(', ')}`;
  return `That costs ${text(totalOf(parts))}${all}.`;
}

const PPM_PERCENT = 10_000;

function howDecided({ method, gapPpm }: Told): string | undefined {
  if (method === 'shortage') return 'Decided again, because stock that was promised is gone.';
  if (method !== 'batch') return undefined;
  const percent = ((gapPpm ?? 0) / PPM_PERCENT).toFixed(3);
  return `Decided together with others; the whole run is within ${percent}% of the least cost.`;
}
