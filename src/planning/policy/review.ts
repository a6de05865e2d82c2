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
