/**
 * What a channel may take of an item at a site: pure rules over ring-fences, safety buffers and
 * the queue of backorders. Quantities are in the item's base unit at its scale.
 */

/** What a channel has to itself, and what it must leave. */
export interface ChannelLimit {
  readonly channelId: number;
  readonly ringFenced: bigint;
  readonly safetyBuffer: bigint;
}

/** Units that backorders of one channel and priority wait for. */
export interface Waiting {
  readonly channelId: number;
  readonly priority: number;
  readonly quantity: bigint;
}

/** The figures of one item at one site. */
export interface SiteFigures {
  /** On hand less reserved, of the owner; negative where stock that was promised is gone. */
  readonly available: bigint;
  readonly limits: readonly ChannelLimit[];
  /** What each channel has reserved and not yet shipped. */
  readonly held: ReadonlyMap<number, bigint>;
  readonly waiting: readonly Waiting[];
}

/** What may be taken, and the figures that a refusal is explained with. */
export interface Allowance {
  readonly free: bigint;
  readonly available: bigint;
  /** Ring-fenced for other channels and not used by them yet. */
  readonly keptForOthers: bigint;
  readonly safetyBuffer: bigint;
  /** Backorders of the same or a higher priority, which were there before. */
  readonly waiting: bigint;
}

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const least = (first: bigint, ...more: bigint[]): bigint =>
  more.reduce((a, b) => (a < b ? a : b), first);

/** What is left of a channel's ring-fence. */
function unusedFence(figures: SiteFigures, limit: ChannelLimit): bigint {
  return most(0n, limit.ringFenced - (figures.held.get(limit.channelId) ?? 0n));
}

function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n);
}

/**
 * What a channel may take at a priority. Its own ring-fence is there for it and for its own
 * backorders only; what nobody has fenced is common, and backorders of the same or a higher
 * priority that wait for it come first, whichever channel they are of.
 */
export function allowanceOf(figures: SiteFigures, channelId: number, priority: number): Allowance {
  const own = figures.limits.find((limit) => limit.channelId === channelId);
  const others = figures.limits.filter((limit) => limit.channelId !== channelId);
  const keptForOthers = sumOf(others.map((limit) => unusedFence(figures, limit)));
  const ownFence = own ? unusedFence(figures, own) : 0n;
  const ahead = figures.waiting.filter((each) => each.priority >= priority);
  const waitingOwn = sumOf(
    ahead.filter((each) => each.channelId === channelId).map((each) => each.quantity),
  );
  const waitingOthers = sumOf(ahead.map((each) => each.quantity)) - waitingOwn;
  const reachable = most(0n, figures.available - keptForOthers);
  const fence = least(ownFence, reachable);
  const fenceLeft = most(0n, fence - waitingOwn);
  const spill = most(0n, waitingOwn - fence);
  const common = most(0n, reachable - fence - waitingOthers - spill);
  const safetyBuffer = own?.safetyBuffer ?? 0n;
  const free = least(fenceLeft + common, most(0n, figures.available - safetyBuffer));
  return {
    free,
    available: figures.available,
    keptForOthers,
    safetyBuffer,
    waiting: waitingOwn + waitingOthers,
  };
}

/** The same figures after a channel has taken some more. */
export function afterTaking(
  figures: SiteFigures,
  channelId: number,
  quantity: bigint,
): SiteFigures {
  const held = new Map(figures.held);
  held.set(channelId, (held.get(channelId) ?? 0n) + quantity);
  return { ...figures, available: figures.available - quantity, held };
}
