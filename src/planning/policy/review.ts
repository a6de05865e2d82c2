/** What is known of an item's stock at a site (or of one lot), in base units and money. */
export interface StockReviewInput {
  readonly onHand: number;
  readonly onOrder: number;
  /** Units that are promised already. */
  readonly reserved: number;
  readonly unitCost: number;
  readonly salesPrice: number;
  /** What a unit brings from a liquidator; 0 where nobody takes it, negative where it costs. */
  readonly salvageValue: number;
  /** Cost of holding one unit of money in stock for a year. */
  readonly holdingRate: number;
  /** Expected demand a day here. */
  readonly demandPerDay: number;
  /** Standard deviation of a day's demand. */
  readonly demandDeviationPerDay: number;
  /** The most that the stock target ever wants (its order-up-to level). */
  readonly orderUpTo: number;
  /** Days since the last unit was sold or used; null: never sold. */
  readonly daysSinceSale: number | null;
  /** Days since the first receipt of the item here: a new item is not dead. */
  readonly daysKnown: number;
  /** Layers of stock, oldest first: how long they lie here and when they expire. */
  readonly layers: readonly {
    readonly quantity: number;
    readonly ageDays: number;
    readonly daysToExpiry: number | null;
  }[];
  /** Other sites that could use it: what they lack up to their target, and the cost a unit. */
  readonly elsewhere: readonly {
    readonly site: string;
    readonly room: number;
    readonly demandPerDay: number;
    readonly transferCost: number;
  }[];
  /** Agreed return to the supplier: share of the cost paid back, cost a unit to send; or null. */
  readonly supplierReturn: {
    readonly creditShare: number;
    readonly costPerUnit: number;
    readonly daysAfterReceiptMax: number | null;
  } | null;
  /** Price elasticity of demand, as -1.8; null where unknown (then a house figure is used). */
  readonly elasticity: number | null;
}

/** Days of a class border and other figures of the house. */
export interface StockReviewRules {
  /** Without a sale for this long an item is dead. */
  readonly deadAfterDays: number;
  /** Cover beyond this many days is overstock. */
  readonly coverDaysMax: number;
  /** Ages at which the classes of ageing begin, ascending, as 0, 30, 60, 90, 180, 365. */
  readonly ageBorders: readonly number[];
  /** Elasticity where none is known. */
  readonly elasticityAssumed: number;
  /** Deepest markdown that may be proposed, as 0.5. */
  readonly markdownMax: number;
}

export type StockCondition = 'healthy' | 'overstock' | 'expiring' | 'slow' | 'dead' | 'new';
export type StockAction =
  | 'none'
  | 'transfer'
  | 'mark_down'
  | 'return_to_supplier'
  | 'liquidate'
  | 'cancel_on_order';

/** One thing that can be done about surplus stock, and what it brings. */
export interface StockActionProposal {
  readonly action: StockAction;
  readonly quantity: number;
  /** Money better than keeping it (holding, ageing and loss included); > 0 or not proposed. */
  readonly gain: number;
  /** Site to transfer to, where the action is `transfer`. */
  readonly site: string | null;
  /** Share of the sales price taken off, where the action is `mark_down`. */
  readonly markdown: number | null;
  readonly reason: string;
}

/** The judgement of an item's stock at a site. */
export interface StockReview {
  readonly condition: StockCondition;
  /** Days until what is there (and on order) is used up at the expected rate; Infinity: never. */
  readonly coverDays: number;
  /** Units beyond what is needed. */
  readonly surplus: number;
  /** Units that will pass their expiry before they are used, first expired first out. */
  readonly expiringUnits: number;
  /** Money that is lost or bound if nothing is done: what exceptions are ranked by. */
  readonly moneyAtStake: number;
  /** Quantity and value by class of age. */
  readonly ageing: readonly {
    readonly fromDays: number;
    readonly quantity: number;
    readonly value: number;
  }[];
  /** Best first; together they do not move more than the surplus. */
  readonly actions: readonly StockActionProposal[];
}

const DAYS_PER_YEAR = 365;

/** Figures of the house where nothing else is said. */
export const STOCK_REVIEW_RULES: StockReviewRules = {
  deadAfterDays: 180,
  coverDaysMax: 180,
  ageBorders: [0, 30, 60, 90, 180, 365],
  elasticityAssumed: -1.5,
  markdownMax: 0.5,
};

/** A figure that is no number, or below 0, counts as nothing. */
function sound(value: number): number {
  return value > 0 && Number.isFinite(value) ? value : 0;
}

/** Units that will pass their expiry before they are used, first expired first out. */
function expiringUnits(input: StockReviewInput): number {
  const dated = input.layers
    .filter(({ daysToExpiry, quantity }) => daysToExpiry !== null && quantity > 0)
    .sort((a, b) => a.daysToExpiry! - b.daysToExpiry!);
  let [before, expiring] = [0, 0];
  for (const { quantity, daysToExpiry } of dated) {
    // Demand until this expiry is first spent on what expires earlier.
    const used = sound(input.demandPerDay) * Math.max(0, daysToExpiry!) - before;
    const lost = Math.min(quantity, Math.max(0, quantity - Math.max(0, used)));
    expiring += lost;
    before += quantity - lost;
  }
  return expiring;
}

function ageingOf(input: StockReviewInput, borders: readonly number[]): StockReview['ageing'] {
  return borders.map((fromDays, index) => {
    const before = borders[index + 1] ?? Number.POSITIVE_INFINITY;
    const quantity = input.layers
      .filter(({ ageDays }) => ageDays >= fromDays && ageDays < before)
      .reduce((sum, layer) => sum + sound(layer.quantity), 0);
    return { fromDays, quantity, value: quantity * sound(input.unitCost) };
  });
}

/**
 * What a surplus unit is worth if it is kept: it is sold after what is needed first, at the
 * expected rate, less the cost of holding it until then; without demand it brings its salvage.
 * The average over the surplus, in money a unit.
 */
function worthOfKeeping(input: StockReviewInput, surplus: number, doomed: number): number {
  const rate = sound(input.demandPerDay);
  const salvage = input.salvageValue;
  if (!(surplus > 0)) return input.salesPrice;
  const wait = rate > 0 ? (sound(input.orderUpTo) + 0.5 * surplus) / rate : Infinity;
  const holding = (sound(input.holdingRate) * sound(input.unitCost) * wait) / DAYS_PER_YEAR;
  const kept = Number.isFinite(wait) ? Math.max(salvage, input.salesPrice - holding) : salvage;
  const share = Math.min(1, doomed / surplus);
  return share * Math.min(0, salvage) + (1 - share) * kept;
}

/** Transfers to where room is, the best margin first. */
function transfers(input: StockReviewInput, surplus: number, keep: number): StockActionProposal[] {
  let left = surplus;
  const proposals: StockActionProposal[] = [];
  const places = [...input.elsewhere].sort((a, b) => a.transferCost - b.transferCost);
  for (const { site, room, transferCost, demandPerDay } of places) {
    const quantity = Math.floor(Math.min(left, sound(room)));
    const wait = demandPerDay > 0 ? (0.5 * quantity) / demandPerDay : Infinity;
    if (quantity <= 0 || !Number.isFinite(wait)) continue;
    const holding = (sound(input.holdingRate) * sound(input.unitCost) * wait) / DAYS_PER_YEAR;
    const gain = quantity * (input.salesPrice - holding - sound(transferCost) - keep);
    if (gain <= 0) continue;
    left -= quantity;
    const reason = `${site} lacks ${Math.floor(room)} up to its target`;
    proposals.push({ action: 'transfer', quantity, gain, site, markdown: null, reason });
  }
  return proposals;
}

/**
 * The markdown that clears the surplus within the allowed cover: demand answers a price with
 * constant elasticity, so the rate is multiplied by (1 - markdown) ^ elasticity.
 */
function markDown(
  input: StockReviewInput,
  rules: StockReviewRules,
  quantity: number,
  keep: number,
): StockActionProposal | null {
  const rate = sound(input.demandPerDay);
  const elasticity = input.elasticity ?? rules.elasticityAssumed;
  if (!(rate > 0) || !(elasticity < -0.1) || quantity <= 0) return null;
  const needed = (quantity + sound(input.orderUpTo)) / (rate * rules.coverDaysMax);
  const wanted = 1 - Math.max(1, needed) ** (1 / elasticity);
  const markdown = Math.min(rules.markdownMax, Math.ceil(wanted * 20) / 20);
  if (!(markdown > 0)) return null;
  const faster = rate * (1 - markdown) ** elasticity;
  const cleared = Math.floor(Math.min(quantity, Math.max(0, (faster - rate) * rules.coverDaysMax)));
  if (cleared <= 0) return null;
  const wait = (0.5 * cleared) / faster;
  const holding = (sound(input.holdingRate) * sound(input.unitCost) * wait) / DAYS_PER_YEAR;
  // What would have sold anyway at the full price now brings less too.
  const given = markdown * input.salesPrice * rate * (cleared / faster);
  const gain = cleared * (input.salesPrice * (1 - markdown) - holding - keep) - given;
  if (gain <= 0) return null;
  const percent = Math.round(markdown * 100);
  const reason = `${percent} % off sells ${cleared} more within ${rules.coverDaysMax} days`;
  return { action: 'mark_down', quantity: cleared, gain, site: null, markdown, reason };
}

function returnToSupplier(
  input: StockReviewInput,
  quantity: number,
  keep: number,
): StockActionProposal | null {
  const terms = input.supplierReturn;
  if (!terms || quantity <= 0) return null;
  const limit = terms.daysAfterReceiptMax ?? Number.POSITIVE_INFINITY;
  const young = input.layers
    .filter(({ ageDays }) => ageDays <= limit)
    .reduce((sum, layer) => sum + sound(layer.quantity), 0);
  const possible = Math.floor(Math.min(quantity, young));
  const credit = terms.creditShare * sound(input.unitCost) - sound(terms.costPerUnit);
  const gain = possible * (credit - keep);
  if (possible <= 0 || gain <= 0) return null;
  const percent = Math.round(terms.creditShare * 100);
  const reason = `the supplier takes it back for ${percent} % of its cost`;
  return {
    action: 'return_to_supplier',
    quantity: possible,
    gain,
    site: null,
    markdown: null,
    reason,
  };
}

function liquidate(
  input: StockReviewInput,
  quantity: number,
  keep: number,
): StockActionProposal | null {
  const whole = Math.floor(quantity);
  const gain = whole * (input.salvageValue - keep);
  const isIdle = !(input.demandPerDay > 0);
  // Idle stock takes up room even where its salvage is all that it is worth.
  if (whole <= 0 || gain < 0 || (gain === 0 && !isIdle)) return null;
  const held = sound(input.holdingRate) * sound(input.unitCost) * whole;
  const reason = isIdle
    ? 'nothing is asked for; holding it costs more every year'
    : 'it brings more now than when it is sold at last';
  return {
    action: 'liquidate',
    quantity: whole,
    gain: gain + (isIdle ? held : 0),
    site: null,
    markdown: null,
    reason,
  };
}

/**
 * The actions in the order of what a unit gains, each for what the better ones have left; what
 * is only on order is cancelled before anything that is there is moved.
 */
function actionsFor(
  input: StockReviewInput,
  rules: StockReviewRules,
  surplus: number,
  doomed: number,
): StockActionProposal[] {
  const cancelled = Math.floor(Math.min(surplus, sound(input.onOrder)));
  const free = Math.max(0, sound(input.onHand) - sound(input.reserved));
  let left = Math.min(free, surplus - cancelled);
  const keep = worthOfKeeping(input, left, Math.min(doomed, left));
  const options = [
    ...transfers(input, left, keep),
    markDown(input, rules, left, keep),
    returnToSupplier(input, left, keep),
    liquidate(input, left, keep),
  ].filter((option) => option !== null);
  options.sort((a, b) => b.gain / b.quantity - a.gain / a.quantity);
  const chosen: StockActionProposal[] = [];
  if (cancelled > 0) {
    const gain =
      cancelled * Math.max(0, sound(input.unitCost) - Math.max(0, keep)) +
      (sound(input.holdingRate) * sound(input.unitCost) * cancelled) / 2;
    const reason = 'it is on order and not needed';
    chosen.push({
      action: 'cancel_on_order',
      quantity: cancelled,
      gain,
      site: null,
      markdown: null,
      reason,
    });
  }
  for (const option of options) {
    const quantity = Math.min(option.quantity, Math.floor(left));
    if (quantity <= 0) continue;
    chosen.push({ ...option, quantity, gain: (option.gain * quantity) / option.quantity });
    left -= quantity;
  }
  return chosen;
}

function conditionOf(
  input: StockReviewInput,
  rules: StockReviewRules,
  figures: { coverDays: number; surplus: number; expiring: number },
): StockCondition {
  if (!(input.onHand > 0) && !(input.onOrder > 0)) return 'healthy';
  const isNew = input.daysKnown < rules.deadAfterDays;
  const idleDays = input.daysSinceSale ?? input.daysKnown;
  if (input.onHand > 0 && !isNew && idleDays >= rules.deadAfterDays) return 'dead';
  if (figures.expiring > 0) return 'expiring';
  if (isNew && input.daysSinceSale === null) return 'new';
  if (figures.surplus > 0) return 'overstock';
  return figures.coverDays > rules.coverDaysMax ? 'slow' : 'healthy';
}

/**
 * Judges the stock of an item at a site. Surplus is what is on hand and on order beyond the
 * greater of the order-up-to level and the demand of the allowed cover (mean and two standard
 * deviations), or all of it where the item is dead. Money at stake is what doing nothing loses:
 * the cost of what will expire, and for the rest of the surplus its cost less what keeping it is
 * worth, with a year of holding at least. Actions are compared by what they bring more than
 * keeping; docs/concepts/stock-targets.md has the formulas. Never throws: figures that are no
 * numbers count as 0.
 */
export function reviewStock(
  input: StockReviewInput,
  overrides: Partial<StockReviewRules> = {},
): StockReview {
  const rules = { ...STOCK_REVIEW_RULES, ...overrides };
  const rate = sound(input.demandPerDay);
  const there = Math.max(0, sound(input.onHand) - sound(input.reserved)) + sound(input.onOrder);
  const coverDays = there === 0 ? 0 : rate > 0 ? there / rate : Number.POSITIVE_INFINITY;
  const expiring = expiringUnits(input);
  const spread = 2 * sound(input.demandDeviationPerDay) * Math.sqrt(rules.coverDaysMax);
  const needed = Math.max(sound(input.orderUpTo), rate * rules.coverDaysMax + spread);
  const first = conditionOf(input, rules, { coverDays, surplus: there - needed, expiring });
  const allowed = first === 'dead' ? 0 : first === 'new' ? Number.POSITIVE_INFINITY : needed;
  const surplus = Math.max(0, there - allowed, expiring > 0 ? Math.min(expiring, there) : 0);
  const keep = worthOfKeeping(input, surplus, Math.min(expiring, surplus));
  const unitCost = sound(input.unitCost);
  const heldYear = sound(input.holdingRate) * unitCost;
  const lostUnits = Math.min(expiring, surplus);
  const moneyAtStake =
    lostUnits * (unitCost - Math.min(0, input.salvageValue)) +
    (surplus - lostUnits) * Math.max(heldYear, Math.min(unitCost, unitCost - keep));
  return {
    condition: first,
    coverDays,
    surplus,
    expiringUnits: expiring,
    moneyAtStake: Math.max(0, moneyAtStake),
    ageing: ageingOf(input, rules.ageBorders),
    actions: surplus > 0 ? actionsFor(input, rules, surplus, expiring) : [],
  };
}
