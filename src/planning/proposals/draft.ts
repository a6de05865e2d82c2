import { createHash } from 'node:crypto';
import { formatDay } from '../../network/index.ts';
import { roundFigure } from '../../platform/figures.ts';

/** A proposal as a run makes it, before anybody has seen it. */
export interface Draft {
  readonly kind: 'purchase' | 'transfer';
  readonly supplierId: number | null;
  readonly fromSiteId: number | null;
  readonly siteId: number;
  readonly currency: string;
  /** Minor units of the currency. */
  readonly amount: bigint;
  /** House minor units a day. */
  readonly waitingCost: bigint;
  /** Days since 1970. */
  readonly orderDay: number;
  readonly expectedDay: number;
  readonly why: Readonly<Record<string, unknown>>;
  readonly summary: string;
  readonly lines: readonly DraftLine[];
}

export interface DraftLine {
  readonly itemId: number;
  readonly quantity: bigint;
  /** Minor units x 10^4 of the currency for one base unit; null where no price is known. */
  readonly unitPrice: bigint | null;
  readonly amount: bigint;
  readonly expectedDay: number;
  readonly why: LineWhy;
  readonly summary: string;
}

/** An override many times the forecast; null: nothing was forecast. */
export interface RestsOn {
  readonly number: string;
  readonly timesForecast: number | null;
}

/** How a line came about; statistics are numbers in base units, quantities decimal strings. */
export interface LineWhy {
  readonly reason: 'target' | 'joint' | 'surplus';
  readonly policy: string;
  readonly classes: { readonly abc: string; readonly xyz: string };
  readonly forecast: {
    readonly method: string | null;
    /** Up to when the oldest forecast of it knew demand; null: there is none. */
    readonly origin: string | null;
    /** Days from then to the day that is planned for. */
    readonly ageDays: number | null;
    /** Whether that is so long ago that the line says it. */
    readonly isStale: boolean;
    readonly demandClass: string | null;
    readonly perDay: number;
    readonly servesSites: readonly string[];
    /** Overrides many times the forecast that the line rests on. */
    readonly largeOverrides: readonly RestsOn[];
  };
  readonly leadTime: {
    readonly meanDays: number;
    readonly deviationDays: number;
    readonly receipts: number;
    readonly reviewDays: number;
  };
  readonly target: {
    readonly reorderPoint: number;
    readonly orderUpTo: number;
    readonly safetyStock: number;
    /** Probability that demand until the next chance stays within it. */
    readonly quantile: number;
    readonly serviceMeasure: string;
    readonly serviceTarget: number;
    /** The service that is left where cover or shelf life hold the level down; else null. */
    readonly serviceHeld: number | null;
    /** What kept it from the target or the quantity from the ideal. */
    readonly limits: readonly string[];
    /** Code of the setting that the service comes from; null: the default of the house. */
    readonly serviceFrom: string | null;
    readonly protectionDays: number;
    readonly protectionDemand: number;
    readonly reason: string;
  };
  readonly echelons: EchelonsWhy;
  readonly position: Readonly<Record<PositionPart, string>>;
  readonly rounding: {
    /** What the target asks for. */
    readonly needed: string;
    /** After minimum and packs. */
    readonly rounded: string;
    /** What was added for a price break, a minimum value, a pallet or a container. */
    readonly added: string;
    readonly multiple: string;
    readonly minimum: string;
    readonly addedFor: readonly string[];
  };
  readonly waiting: {
    /** Probability that it runs out because one waits another day. */
    readonly probability: number;
    /** House currency a day, as a decimal. */
    readonly costPerDay: string;
  };
}

/** How central and regional stock were planned together; null where that does not concern it. */
export interface EchelonsWhy {
  /** As a site that refills others. */
  readonly central: {
    readonly model: string;
    readonly reason: string;
    readonly promisedDays: number;
    readonly refills: readonly string[];
  } | null;
  /** As a site that is refilled, and waits where the other one has run out. */
  readonly refilledBy: {
    readonly site: string;
    readonly model: string;
    readonly waitShare: number;
    readonly waitDays: number;
  } | null;
}

/** The parts of a position sum to it; `PARTS_OFF` count against it. */
export type PositionPart =
  | 'onHand'
  | 'reserved'
  | 'backordered'
  | 'outgoing'
  | 'onOrder'
  | 'inTransit'
  | 'inProposals'
  | 'toPassOn'
  | 'fromSurplus'
  | 'position';

/** What two drafts have in common when they propose the same and say the same of it. */
export function fingerprintOf(draft: Draft): Buffer {
  const { kind, supplierId, fromSiteId, siteId, orderDay, lines } = draft;
  const what = lines.map(({ itemId, quantity, summary }) => `${itemId}:${quantity}:${summary}`);
  const head = [kind, supplierId, fromSiteId, siteId, formatDay(orderDay)];
  return createHash('sha256')
    .update([...head, ...what].join(' '))
    .digest();
}

/** A statistic for people: two digits after the point, or as many as tell what it is. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return 'no end of';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(roundFigure(value, digits));
}

/** Cuts a draft with more lines than its document may have. */
export function splitDraft(draft: Draft, linesMax: number): Draft[] {
  const count = Math.ceil(draft.lines.length / linesMax);
  if (count <= 1) return [draft];
  return Array.from({ length: count }, (_, part) => {
    const lines = draft.lines.slice(part * linesMax, (part + 1) * linesMax);
    const amount = lines.reduce((sum, line) => sum + line.amount, 0n);
    const summary = `${draft.summary} (part ${part + 1} of ${count})`;
    // What waiting costs is told once, with the first part.
    const waitingCost = part === 0 ? draft.waitingCost : 0n;
    return { ...draft, lines, amount, summary, waitingCost };
  });
}
