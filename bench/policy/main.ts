import { type Part, runBenchmark } from '../support/parts.ts';
import { ANCHOR_IDS, anchorRows } from './anchors.ts';
import { FILL_RATE_IDS, fillRateRows } from './fill-rate.ts';
import { PREPOSITION_IDS, prepositionRows } from './preposition.ts';
import { SPEED_IDS, speedRows } from './speed.ts';

/** Each part gives its rows; the same seed gives the same figures, speeds aside. */
const PARTS: readonly Part[] = [
  { ids: ANCHOR_IDS, run: anchorRows },
  { ids: FILL_RATE_IDS, run: fillRateRows },
  { ids: SPEED_IDS, run: speedRows },
  { ids: PREPOSITION_IDS, run: prepositionRows },
];

await runBenchmark('policy', PARTS);
