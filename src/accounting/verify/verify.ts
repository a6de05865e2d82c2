import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { catchUp } from '../intake.ts';
import { readSuspense } from '../policy.queries.ts';
import { verifyEntries } from './entries.ts';
import { BOOKS_FINDING_KINDS, type BooksFindings, collectFindings } from './findings.ts';
import { verifyBalances, verifyClosed, verifyRules, verifyTaken } from './frame.ts';
import { verifyStock } from './stock.ts';
import { verifyValuation } from './valuation.ts';

/** What a verification of the books looked at and found. */
const booksReport = z.object({
  ok: z.boolean(),
  checked: z.object({ stockEntries: z.number(), entries: z.number() }),
  seconds: z.number(),
  total: z.number().describe('findings, also those that are not listed'),
  findings: z.array(
    z.object({
      kind: z.enum(BOOKS_FINDING_KINDS),
      id: z.string(),
      expected: z.string(),
      found: z.string(),
      message: z.string(),
    }),
  ),
});
export type BooksReport = z.output<typeof booksReport>;

/** The proof of the books, as the API's verification tells it beside that of the ledger. */
export function booksProof(context: Pick<Context, 'database'>) {
  return {
    schema: booksReport,
    verify: (findingsMax: number) => verifyBooks(context, findingsMax),
  };
}

const FINDINGS_MAX = 1_000;
/** The hash before the first entry, as migration 0052 wrote it. */
const GENESIS = createHash('sha256').update('onhand books').digest();

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/**
 * Takes in what was committed, then derives the books again in one snapshot: each value movement
 * of the ledger has one entry, on the accounts that the rules of its time say; sums are the sums;
 * the chain of entries holds without a gap; each balances and says what its booking says; debits
 * are credits; accounts of stock are what the cost pools hold, site by site; closed periods say
 * what they said; what valuations rest on is what the facts add up to. Whatever differs is named
 * by row. O(facts).
 */
export async function verifyBooks(
  context: Pick<Context, 'database'>,
  findingsMax = FINDINGS_MAX,
): Promise<BooksReport> {
  const started = performance.now();
  await catchUp(context);
  const findings = collectFindings(findingsMax);
  const checked = await inTransaction(
    context.database.poster,
    (tx) => verifySnapshot(tx, findings),
    BEGIN,
  );
  return {
    ok: findings.total === 0,
    checked,
    seconds: Math.trunc(performance.now() - started) / 1000,
    total: findings.total,
    findings: findings.list,
  };
}

async function verifySnapshot(tx: Tx, findings: BooksFindings): Promise<BooksReport['checked']> {
  // Everything is read once, in bulk: loops over rows would take a thousand times as long where
  // the planner has no statistics yet.
  await tx.query(`SET LOCAL statement_timeout = 0; SET LOCAL plan_cache_mode = auto;
    SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'`);
  const suspense = await readSuspense(tx);
  const taken = await verifyTaken(tx, findings);
  const inTransit = new Map<number, bigint>();
  let stockEntries = 0;
  for (const journal of taken) {
    const stock = await verifyStock(tx, journal, suspense, findings);
    stockEntries += stock.entries;
    for (const [site, value] of stock.inTransit) {
      inTransit.set(site, (inTransit.get(site) ?? 0n) + value);
    }
  }
  await verifyValuation(tx, findings);
  await tx.query('SET LOCAL enable_nestloop = on');
  const entries = await verifyEntries(tx, GENESIS, suspense, findings);
  await verifyBalances(tx, taken, inTransit, findings);
  await verifyClosed(tx, findings);
  await verifyRules(tx, findings);
  return { stockEntries, entries };
}
