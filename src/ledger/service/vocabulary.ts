import type { LocationType } from '../../network/index.ts';
import { KIND } from '../posting/commands.ts';

/** Names of dispositions and their ids in ledger.disposition. */
export const DISPOSITIONS = {
  sellable: 1,
  damaged: 2,
  expired: 3,
  quarantined: 4,
  defective: 5,
} as const;
export type Disposition = keyof typeof DISPOSITIONS;
export const DISPOSITION_NAMES = Object.keys(DISPOSITIONS) as [Disposition, ...Disposition[]];

/** Names of reasons and their ids in ledger.reason (migration 0005). */
export const REASONS = {
  count: 1,
  damage: 2,
  expiry: 3,
  theft: 4,
  found: 5,
  scrap: 6,
  other: 7,
  short_pick: 8,
  mis_stow: 9,
  mis_pick: 10,
  unit_of_measure: 11,
  double_scan: 12,
  receiving_error: 13,
  shipping_error: 14,
  correction: 15,
  invoice: 16,
  landed_cost: 17,
  customer_remorse: 18,
  not_as_described: 19,
  standard_cost: 20,
} as const;
export type Reason = keyof typeof REASONS;
export const REASON_NAMES = Object.keys(REASONS) as [Reason, ...Reason[]];

/** Kinds that a caller may ask for; reversals have an operation of their own. */
export type MovementKind = Exclude<keyof typeof KIND, 'reversal'>;
export const KIND_NAMES = Object.keys(KIND).filter((kind) => kind !== 'reversal') as [
  MovementKind,
  ...MovementKind[],
];
export const ALL_KIND_NAMES = Object.keys(KIND) as [keyof typeof KIND, ...(keyof typeof KIND)[]];

type Side = 'real' | LocationType;

/** What a kind of movement goes from and to, and whether promised stock can refuse it. */
export interface KindRule {
  readonly from: readonly Side[];
  readonly to: readonly Side[];
  readonly fromDefault?: string;
  readonly toDefault?: string;
  /** The units are gone (or there) whatever was promised: never refused for a promise. */
  readonly physical: boolean;
  readonly sameSite?: boolean;
  /** Exactly one side is a real location; which one tells the direction. */
  readonly oneSided?: boolean;
  readonly inbound?: boolean;
}

const REAL: readonly Side[] = ['real'];
const within: KindRule = { from: REAL, to: REAL, physical: false, sameSite: true };

/** One row for each kind; the error message of a refused combination is written from it. */
export const KIND_RULES: Readonly<Record<MovementKind, KindRule>> = {
  receipt: {
    from: ['supplier'],
    to: REAL,
    fromDefault: 'SUPPLIER',
    physical: true,
    inbound: true,
  },
  putaway: within,
  move: within,
  replenishment: within,
  pick: within,
  pack: within,
  shipment: { from: REAL, to: ['customer'], toDefault: 'CUSTOMER', physical: false },
  customer_return: { from: ['customer'], to: REAL, fromDefault: 'CUSTOMER', physical: true },
  supplier_return: { from: REAL, to: ['supplier'], toDefault: 'SUPPLIER', physical: false },
  adjustment: {
    from: ['real', 'adjustment'],
    to: ['real', 'adjustment'],
    physical: true,
    oneSided: true,
  },
  count: { from: REAL, to: ['adjustment'], toDefault: 'ADJ-COUNT', physical: true },
  transfer_shipment: { from: REAL, to: ['in_transit'], physical: false },
  transfer_receipt: { from: ['in_transit'], to: REAL, physical: true },
  conversion: {
    from: ['real', 'conversion'],
    to: ['real', 'conversion'],
    physical: false,
    oneSided: true,
  },
  disposition_change: { ...within, physical: true },
  opening: { from: ['opening'], to: REAL, fromDefault: 'OPENING', physical: true, inbound: true },
  scrap: { from: REAL, to: ['adjustment'], toDefault: 'ADJ-SCRAP', physical: true },
  short_pick: { from: REAL, to: ['adjustment'], toDefault: 'ADJ-COUNT', physical: true },
};

/** The adjustment location that a reason goes to when the caller names none. */
export function adjustmentLocation(reason: Reason | undefined): string {
  switch (reason) {
    case 'damage':
      return 'ADJ-DAMAGE';
    case 'expiry':
      return 'ADJ-EXPIRY';
    case 'theft':
      return 'ADJ-THEFT';
    case 'found':
      return 'ADJ-FOUND';
    case 'scrap':
      return 'ADJ-SCRAP';
    case 'count':
    case 'short_pick':
      return 'ADJ-COUNT';
    default:
      return 'ADJ-OTHER';
  }
}
