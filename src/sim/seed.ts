import { makeCatalogue } from './catalogue/index.ts';
import { seedCommerce } from './commerce/index.ts';
import { type HistoryPlan, planHistory } from './plan.ts';
import type { Chunk } from './posting/chunk.ts';
import { createClient } from './posting/client.ts';
import { createPoster, type Poster, postChunk, type Refusal } from './posting/post-chunk.ts';
import { DEMO_SEED, type DemoScale, demoScale } from './scale.ts';
import { seedCatalogue } from './seed-catalogue.ts';

/** What to seed, and where. */
export interface SeedOptions {
  readonly baseUrl: string;
  /** A key of the house that may write reference data and post. */
  readonly apiKey: string;
  /** The same seed gives the same catalogue and the same history. */
  readonly seed?: string;
  readonly scale?: DemoScale;
  /** Told how far each step is. */
  readonly onProgress?: (step: SeedStep, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export type SeedStep = 'catalogue' | 'history' | 'documents';

/** What seeding did. Sums are the same when it is done again, since nothing is posted twice. */
export interface SeedSummary {
  readonly items: number;
  readonly locations: number;
  readonly commands: number;
  /** Lines of movements committed. */
  readonly movements: number;
  readonly reservations: number;
  /** Requests that the API refused, by problem; none if all went as planned. */
  readonly refused: Readonly<Record<string, number>>;
  /** The first refusals, in full. */
  readonly examples: readonly Refusal[];
  /** When the history ends: ISO 8601. */
  readonly endsAt: string;
}

/** Lets each lane take its chunks one by one; the next are planned when a lane needs them. */
function feedOf(plan: HistoryPlan, lanes: number) {
  const waiting: Chunk[][] = Array.from({ length: lanes }, () => []);
  return (lane: number): Chunk | undefined => {
    const own = waiting[lane]!;
    if (own.length === 0) {
      const chunks = plan.next();
      for (const [index, chunk] of (chunks ?? []).entries()) waiting[index]?.push(chunk);
    }
    return own.shift();
  };
}

async function postHistory(
  poster: Poster,
  plan: HistoryPlan,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const lanes = plan.simulation.outbox.length;
  const next = feedOf(plan, lanes);
  const total = plan.chunksPerLane * lanes;
  let done = 0;
  const work = async (lane: number) => {
    for (let chunk = next(lane); chunk !== undefined; chunk = next(lane)) {
      await postChunk(poster, chunk);
      done += 1;
      onProgress(done, total);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
}

/**
 * Fills an installation with the demo: reference data, then a history that ends now. When it was
 * cut short, doing it again with the same seed and scale continues where it ended.
 * @throws ApiError, CatalogueError, or the signal's reason.
 */
export async function seedDemo(options: SeedOptions): Promise<SeedSummary> {
  const { seed = DEMO_SEED, scale = demoScale.full, onProgress = () => {} } = options;
  const client = createClient(options);
  const catalogue = makeCatalogue(seed, scale);
  const end = await seedCatalogue(client, catalogue, (done, total) =>
    onProgress('catalogue', done, total),
  );
  const poster = createPoster(client, seed);
  const plan = planHistory(seed, scale, catalogue, end);
  await postHistory(poster, plan, (done, total) => onProgress('history', done, total));
  await seedCommerce(client, catalogue, { seed, scale, end }, (done, total) =>
    onProgress('documents', done, total),
  );
  const { commands, lines, reservations, refused, examples } = poster.tally;
  return {
    items: catalogue.items.length,
    locations: catalogue.bins.length,
    commands,
    movements: lines,
    reservations,
    refused: Object.fromEntries(refused),
    examples,
    endsAt: new Date(end).toISOString(),
  };
}
