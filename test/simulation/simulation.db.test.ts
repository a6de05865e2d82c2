import { describe, expect, it } from 'vitest';
import { ledgerViolations } from '../support/invariants.ts';
import { createLedgerDatabase, type LedgerDatabase } from '../support/ledger-model-database.ts';
import { checkJournal, checkReplays } from './check.ts';
import { simulate } from './run.ts';

/**
 * Several processes post to the same journals of a real database while answers are lost,
 * connections break, statements fail and clients send everything again. Afterwards the journal is
 * replayed in the model. SIMULATION_SEEDS=1,2,3 runs these seeds, SIMULATION_COMMANDS more work.
 */
const SEEDS = (process.env.SIMULATION_SEEDS ?? '11,12').split(',').map(Number);
const COMMANDS = Number(process.env.SIMULATION_COMMANDS ?? 700);
interface Wanted {
  readonly journals: number;
  readonly seed: number;
}
const TIMEOUT_MS = 60_000 + COMMANDS * 100;
const JOURNALS = [1, 3];

const wanted: Wanted[] = JOURNALS.flatMap((journals) => SEEDS.map((seed) => ({ journals, seed })));
const cases: (Wanted & { ledger: LedgerDatabase })[] = [];
for (const one of wanted) cases.push({ ...one, ledger: await createLedgerDatabase(one.journals) });

describe('three processes on the same journals, with faults', () => {
  it.each(cases)('$journals journals, seed $seed', { timeout: TIMEOUT_MS }, async (one) => {
    const { journals, seed, ledger } = one;
    const run = await simulate(ledger, { seed, processes: 3, clients: 12, commands: COMMANDS });
    expect(await ledgerViolations(ledger.admin)).toEqual([]);
    let [committed, refused] = [0, 0];
    for (let journal = 0; journal < journals; journal += 1) {
      const checked = await checkJournal(ledger, run, journal);
      committed += checked.committed;
      refused += checked.refused;
    }
    console.log(committed, refused, run.attempts.length, run.expired, [...run.trouble].join(' '));
    expect(committed).toBeGreaterThan(COMMANDS / 4);
    expect(refused).toBeGreaterThan(COMMANDS / 20);
    // A run in which nothing went wrong proves nothing.
    expect(run.trouble.size).toBeGreaterThan(2);
    expect(await checkReplays(ledger, run)).toBeGreaterThan(COMMANDS / 4);
    expect(await ledgerViolations(ledger.admin)).toEqual([]);
  });
});
