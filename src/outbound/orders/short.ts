import { Problem, problemTypes } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { Allowance } from './allowance.ts';
import type { Wish, WishLine } from './promise.ts';

interface SiteAllowance extends Allowance {
  readonly site: string;
}

/**
 * Why a line cannot be promised, with the figures of each site that was asked: the ledger's own
 * problem, with what the channel must leave to others.
 */
export function shortProblem(wish: Wish, line: WishLine, sites: readonly SiteAllowance[]): Problem {
  const insufficient = problemTypes().find(({ name }) => name === 'insufficient-availability');
  if (!insufficient) throw new Error('the ledger declares no insufficient-availability');
  const text = (value: bigint) => formatDecimal(value, line.quantityScale);
  const free = sites.reduce((sum, site) => sum + site.free, 0n);
  const single = !wish.splitAllowed && sites.length > 1 ? ' from one site' : '';
  const detail =
    `${text(line.quantity)} of ${line.item} asked for, ` +
    `${text(free)} available to ${wish.channel.code}${single}.`;
  return new Problem(insufficient, detail, {
    line: line.line,
    item: line.item,
    channel: wish.channel.code,
    requested: text(line.quantity),
    available: text(free),
    sites: sites.map((site) => ({
      site: site.site,
      free: text(site.free),
      available: text(site.available),
      keptForOtherChannels: text(site.keptForOthers),
      safetyBuffer: text(site.safetyBuffer),
      waitingBackorders: text(site.waiting),
    })),
  });
}
