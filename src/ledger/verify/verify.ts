import type { Clock } from '../../platform/clock.ts';
import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import { genesisHash } from '../posting/poster.ts';
import { type Batch, type ChainState, followChain } from './chain.ts';
import { selectSameCommands } from './compare.queries.ts';
import { compareTables } from './compare.ts';
import { compareClosed, compareOpen } from './compare-promises.ts';
import { deriveRange } from './derive.ts';
import { type Facts, readFacts } from './facts.queries.ts';
import {
  type Checked,
  createFindings,
  type Finding,
  type Findings,
  nothingChecked,
} from './findings.ts';
import * as queries from './journal.queries.ts';
import { checkAdopted, loadFor } from './load.queries.ts';
import { checkReturns } from './returns.queries.ts';
import { type DerivedJournal, emptyJournal } from './state.ts';

export interface VerifyOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** From the first fact, or from where the last clean verification ended. */
  readonly since?: 'start' | 'checkpoint';
  /** Findings kept; beyond these they are counted. */
  readonly findingsMax?: number;
  /** Told how far it is, some times a second at most. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly journal: number;
  readonly seq: number;
  /** Facts looked at, of all there are to look at. */
  readonly done: number;
  readonly total: number;
}

/** What a verification found. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly since: 'start' | 'checkpoint';
  /** Each journal up to the seq that was its head when the verification began. */
  readonly journals: readonly { journal: number; from: number; to: number; hash: string }[];
  readonly checked: Checked;
  readonly seconds: number;
  readonly total: number;
  readonly findings: readonly Finding[];
}

const FINDINGS_MAX = 1_000;
const RANGE_ROWS = 20_000;
const BATCHES_MAX = 5_000;

/**
 * Re-derives the whole ledger from its facts and names the exact row where anything differs: seqs
 * without gap or repetition, the digest of every batch, every link of the chain, both balances
 * after every movement, the chains of positions, promises, serials, the cost of every issue, cost
 * layers, pools, accounts, and every derived table.
 *
 * Everything is read in one snapshot, so a ledger at work is verified as it was at one moment
 * without being stopped. O(facts) time, a sequential pass over each table; memory grows with
 * positions, pools, serials and open promises, not with movements. A snapshot held for long keeps
 * PostgreSQL from cleaning up behind updates, so large ledgers verify since the checkpoint often
 * and from the start seldom.
 */
export async function verifyLedger(options: VerifyOptions): Promise<VerifyReport> {
  const started = performance.now();
  const findings = createFindings(options.findingsMax ?? FINDINGS_MAX);
  const checked = nothingChecked();
  const clean: { head: queries.Head; journal: DerivedJournal }[] = [];
  const journals: VerifyReport['journals'][number][] = [];
  const begin = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
  const work = async (tx: Tx): Promise<void> => {
    await tx.query('SET LOCAL statement_timeout = 0');
    const heads = await queries.selectHeads(tx);
    await checkFrame(tx, findings);
    const starts = new Map<number, queries.Head>();
    for (const head of heads) starts.set(head.journal, await startOf(tx, options, head, findings));
    const progress = createProgress(options, heads, starts);
    for (const head of heads) {
      const before = findings.total;
      const start = starts.get(head.journal)!;
      const journal = await verifyJournal(tx, head, start, { findings, checked, progress });
      journals.push({
        journal: head.journal,
        from: start.seq,
        to: head.seq,
        hash: head.hash.toString('hex'),
      });
      if (findings.total === before && head.seq > start.seq) clean.push({ head, journal });
    }
  };
  await inTransaction(options.database.poster, work, begin);
  if (findings.total === 0) {
    for (const { head, journal } of clean) {
      await queries.saveCheckpoint(options.database, head, journal, options.clock());
    }
  }
  return {
    ok: findings.total === 0,
    since: options.since ?? 'start',
    journals,
    checked,
    seconds: Math.trunc(performance.now() - started) / 1000,
    total: findings.total,
    findings: findings.list,
  };
}

/** Rules that the whole ledger leans on, and facts outside every journal. */
async function checkFrame(tx: Tx, findings: Findings): Promise<void> {
  for (const name of await queries.selectMissingConstraints(tx)) {
    findings.add({
      kind: 'constraint',
      journal: -1,
      id: name,
      expected: 'enforced',
      found: 'missing',
      message: 'a rule of the database that the ledger leans on was taken away',
    });
  }
  for (const journal of await queries.selectStrayJournals(tx)) {
    findings.add({
      kind: 'head',
      journal,
      expected: 'a head',
      found: 'none',
      message: 'there are facts of a journal that does not exist',
    });
  }
}

/** Where to begin; a checkpoint that history no longer agrees with is a finding itself. */
async function startOf(
  tx: Tx,
  options: VerifyOptions,
  head: queries.Head,
  findings: Findings,
): Promise<queries.Head> {
  const { journal } = head;
  const genesis = { journal, seq: 0, hash: genesisHash(journal) };
  if (options.since !== 'checkpoint') return genesis;
  const checkpoint = await queries.selectCheckpoint(tx, journal);
  if (!checkpoint) return genesis;
  const { seq } = checkpoint;
  const [batch] = await queries.selectBatches(tx, journal, seq - 1, seq, 1);
  if (batch?.hash.equals(checkpoint.hash)) return checkpoint;
  findings.add({
    kind: 'checkpoint',
    journal,
    seq,
    expected: checkpoint.hash.toString('hex'),
    found: batch?.hash.toString('hex') ?? 'no batch',
    message: 'history before the checkpoint is not what was verified; it is verified anew',
  });
  return genesis;
}

type Progress = (journal: number, seq: number) => void;

function createProgress(
  options: VerifyOptions,
  heads: readonly queries.Head[],
  starts: ReadonlyMap<number, queries.Head>,
): Progress {
  const lengths = heads.map((head) => head.seq - (starts.get(head.journal)?.seq ?? 0));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const before = new Map<number, number>();
  let sum = 0;
  for (const [i, head] of heads.entries()) {
    before.set(head.journal, sum - (starts.get(head.journal)?.seq ?? 0));
    sum += lengths[i]!;
  }
  return (journal, seq) =>
    options.onProgress?.({ journal, seq, done: (before.get(journal) ?? 0) + seq, total });
}

interface Tools {
  readonly findings: Findings;
  readonly checked: Checked;
  readonly progress: Progress;
}

async function verifyJournal(
  tx: Tx,
  head: queries.Head,
  start: queries.Head,
  { findings, checked, progress }: Tools,
): Promise<DerivedJournal> {
  const whole = start.seq === 0;
  const journal = emptyJournal(head.journal, whole, await queries.selectSerialised(tx), findings);
  const chain: ChainState = { journal: head.journal, seq: start.seq, hash: start.hash };
  const accounts = whole ? await queries.selectAccountCheckpoints(tx, head.journal) : new Map();
  const onSeq = (seq: number): void => {
    const checkpoint = accounts.get(seq);
    if (checkpoint) compareAccounts(journal, checkpoint);
  };
  checked.journals += 1;
  for await (const { batches, facts } of ranges(tx, head, start.seq)) {
    followChain(chain, batches, facts, findings);
    await loadFor(tx, journal, facts);
    deriveRange(journal, facts, onSeq);
    await checkAdopted(tx, journal);
    await compareClosed(tx, journal, checked);
    count(checked, batches, facts);
    progress(head.journal, facts.to);
  }
  await checkHead(tx, head, chain, findings);
  await compareTables(tx, journal, checked);
  await compareOpen(tx, journal, checked);
  await checkReturns(tx, head.journal, start.seq, findings);
  for (const [one, other] of await selectSameCommands(tx, head.journal, start.seq)) {
    findings.add({
      kind: 'command',
      journal: head.journal,
      seq: Number(one),
      expected: 'one fact for one line of a command',
      found: `seq ${other} too`,
      message: 'the same line of a command was posted twice',
    });
  }
  return journal;
}

function count(checked: Checked, batches: readonly Batch[], facts: Facts): void {
  checked.batches += batches.length;
  checked.movements += facts.movements.seq.length;
  checked.entries += facts.entries.seq.length;
  checked.valueEntries += facts.valueEntries.seq.length;
  checked.consumptions += facts.consumptions.seq.length;
}

interface Range {
  readonly batches: Batch[];
  readonly facts: Facts;
}

/**
 * The journal in ranges of whole batches. The next range is asked for before the last one is
 * worked on, so that the database and this process work at the same time.
 */
async function* ranges(tx: Tx, head: queries.Head, from: number): AsyncGenerator<Range> {
  const next = rangeReader(tx, head, from);
  let ahead = next();
  for (;;) {
    const range = await ahead;
    if (!range) return;
    ahead = next();
    // Whoever iterates may stop before asking for it; then nobody would hear it fail.
    ahead.catch(() => {});
    yield range;
  }
}

function rangeReader(tx: Tx, head: queries.Head, from: number): () => Promise<Range | undefined> {
  let at = from;
  let waiting: Batch[] = [];
  return async () => {
    if (at >= head.seq) return undefined;
    const known = waiting.at(-1)?.lastSeq ?? at;
    if (known < at + RANGE_ROWS && known < head.seq) {
      const more = await queries.selectBatches(tx, head.journal, known, head.seq, BATCHES_MAX);
      waiting.push(...more);
    }
    const batches = waiting.filter((batch, i) => i === 0 || batch.lastSeq <= at + RANGE_ROWS);
    waiting = waiting.slice(batches.length);
    // Without batches the facts are looked at all the same; the chain will miss the batches.
    const end = batches.at(-1)?.lastSeq ?? Math.min(head.seq, at + RANGE_ROWS);
    const facts = await readFacts(tx, head.journal, at, end);
    at = end;
    return { batches, facts };
  };
}

async function checkHead(
  tx: Tx,
  head: queries.Head,
  chain: ChainState,
  findings: Findings,
): Promise<void> {
  if (chain.seq !== head.seq || !chain.hash.equals(head.hash)) {
    findings.add({
      kind: 'head',
      journal: head.journal,
      seq: head.seq,
      expected: `seq ${chain.seq}, hash ${chain.hash.toString('hex')}`,
      found: `seq ${head.seq}, hash ${head.hash.toString('hex')}`,
      message: 'the chain of batches does not end where the journal says it does',
    });
  }
  for (const batch of await queries.selectBatchesBeyond(tx, head.journal, head.seq)) {
    findings.add({
      kind: 'batch',
      journal: head.journal,
      seq: batch.lastSeq,
      expected: `nothing after ${head.seq}`,
      found: `a batch up to ${batch.lastSeq}`,
      message: 'there is a batch beyond the head of the journal',
    });
  }
  for (const seq of await queries.selectFactsBeyond(tx, head.journal, head.seq)) {
    findings.add({
      kind: 'seq-twice',
      journal: head.journal,
      seq,
      expected: `1 to ${head.seq}`,
      found: `${seq}`,
      message: 'there is a fact outside the seqs of the journal',
    });
  }
}

function compareAccounts(journal: DerivedJournal, checkpoint: queries.AccountCheckpoint): void {
  const keys = new Set([...journal.accounts.keys(), ...checkpoint.values.keys()]);
  for (const key of keys) {
    const expected = journal.accounts.get(key) ?? 0n;
    const found = checkpoint.values.get(key) ?? 0n;
    if (expected === found) continue;
    journal.findings.add({
      kind: 'account',
      journal: journal.journal,
      seq: checkpoint.seq,
      id: `account ${key}`,
      expected: String(expected),
      found: String(found),
      message: 'the total that was written down is not the sum of the facts up to there',
    });
  }
}
