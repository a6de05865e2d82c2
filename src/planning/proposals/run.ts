import type { Context } from '../../platform/context.ts';

/** What a run is asked for. */
export interface RunRequest {
  /** The day that is planned from, YYYY-MM-DD; by default today in UTC. */
  readonly day?: string | undefined;
  /** platform.principal.principal_id of who asked. */
  readonly actorId: number;
  /** Told now and then how far it is. */
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
}

/** How far a run is. */
export interface RunProgress {
  readonly phase: 'reading' | 'targets' | 'proposals' | 'exceptions' | 'writing';
  readonly done: number;
  readonly total: number;
}

/** What a run made of what it found. */
export interface RunFigures {
  readonly runId: number;
  readonly day: string;
  readonly targets: number;
  readonly purchaseProposals: number;
  readonly transferProposals: number;
  /** Drafts of former runs that still say what this one says. */
  readonly kept: number;
  readonly superseded: number;
  readonly expired: number;
  readonly exceptionsOpen: number;
  readonly exceptionsResolved: number;
  readonly withoutSupplier: number;
}

/**
 * Makes targets, proposals and exceptions from the current forecasts: after the nightly run, or
 * when somebody asks. The same state of the database and the same day give the same result.
 * @throws Problem conflict while another run is under way.
 */
export async function planProposals(_context: Context, _request: RunRequest): Promise<RunFigures> {
  throw new Error('not there yet');
}
