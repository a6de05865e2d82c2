/**
 * What the simulation asks of the API, in the order in which it is posted. Ids that the ledger
 * gives are not known yet when things are planned, so a later request names an earlier one by its
 * ordinal.
 */

/** One line of a movement, as the API takes it. */
export interface MovementLine {
  readonly kind: string;
  readonly item: string;
  readonly quantity: string;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly owner?: string;
  readonly lot?: string;
  readonly expiresOn?: string;
  readonly manufacturedOn?: string;
  readonly serials?: readonly string[];
  readonly unitCost?: string;
  readonly reason?: string;
  readonly document?: { readonly type: string; readonly number: string };
  readonly occurredAt: string;
}

export interface MovementRequest {
  readonly ordinal: number;
  readonly device: string;
  readonly lines: readonly MovementLine[];
  /** Whether a later request names this one, so that its id must be remembered. */
  readonly isReferred: boolean;
  /** The reservation that the lines fulfil. */
  readonly reservation?: number;
  /** The shipment that a customer return brings back. */
  readonly returnOf?: number;
}

export interface ReservationRequest {
  readonly ordinal: number;
  readonly item: string;
  readonly quantity: string;
  readonly site: string;
  readonly owner: string;
  readonly document: { readonly type: string; readonly number: string };
  readonly expiresInSeconds: number;
}

/** A new handling unit, empty. */
export interface UnitRequest {
  readonly ordinal: number;
  readonly lpn: string;
  readonly location: string;
  readonly owner: string;
}

/** What is posted one by one after a chunk's movements. */
export type FollowUp = { readonly ordinal: number; readonly item: string } & (
  | { readonly type: 'move-unit'; readonly lpn: string; readonly to: string }
  | {
      readonly type: 'reverse';
      readonly target: number;
      readonly reason: string;
      readonly occurredAt: string;
    }
  | {
      readonly type: 'revalue';
      readonly target: number;
      /** What it cost beyond what it was received at. */
      readonly amount: string;
      readonly document: { readonly type: string; readonly number: string };
      readonly occurredAt: string;
    }
  | { readonly type: 'release'; readonly target: number }
);

/**
 * Requests that are posted one group after the other: handling units, reservations, movements,
 * follow-ups. Only requests of different items may be posted side by side.
 */
export interface Chunk {
  readonly units: UnitRequest[];
  readonly reservations: ReservationRequest[];
  readonly movements: MovementRequest[];
  readonly followUps: FollowUp[];
}

export function emptyChunk(): Chunk {
  return { units: [], reservations: [], movements: [], followUps: [] };
}

/** Requests of a chunk. */
export function sizeOf({ units, reservations, movements, followUps }: Chunk): number {
  return units.length + reservations.length + movements.length + followUps.length;
}
