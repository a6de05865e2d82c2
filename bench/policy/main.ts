import {
  type Options,
  progress,
  type Row,
  readOptions,
  report,
  wanted,
} from '../support/report.ts';
import { ANCHOR_IDS, anchorRows } from './anchors.ts';
import { FILL_RATE_IDS, fillRateRows } from './fill-rate.ts';
import { PREPOSITION_IDS, prepositionRows } from './preposition.ts';
import { SPEED_IDS, speedRows } from './speed.ts';

/** Each part gives its rows; the same seed gives the same figures, speeds aside. */
const PARTS: readonly {
  readonly ids: readonly string[];
  readonly run: (options: Options) => Promise<Row[]>;
}[] = [
  { ids: ANCHOR_IDS, run: anchorRows },
  { ids: FILL_RATE_IDS, run: fillRateRows },
  { ids: SPEED_IDS, run: speedRows },
  { ids: PREPOSITION_IDS, run: prepositionRows },
];

const options = readOptions(process.argv.slice(2));
const startedAt = new Date();
const rows: Row[] = [];

for (const { ids, run } of PARTS) {
  if (!wanted(options, ...ids)) continue;
  progress(ids.join(', '));
  try {
    const made = await run(options);
    rows.push(...made.filter(({ id }) => wanted(options, id)));
  } catch (error) {
    // A part that breaks off fails its own rows; the others are still worth having.
    const note = `it broke off: ${(error as Error).message}`;
    const nothing = { value: null, unit: '', baseline: null, ratio: null, reach: 'to finish' };
    for (const id of ids) rows.push({ id, ...nothing, pass: false, note });
    progress((error as Error).stack ?? note);
  }
}
report('policy', options, startedAt, rows);
process.exit(0);
