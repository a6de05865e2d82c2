import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ReserveCommand } from '../../src/ledger/posting/commands.ts';
import type { Poster } from '../../src/ledger/posting/poster.ts';
import { newId } from '../../src/platform/ids.ts';
import { type Bench, openBench, settle } from '../ledger/bench-database.ts';
import { drive, everything, hot, warmUp } from '../ledger/workload.ts';
import { median, progress, type Row, readOptions, report, round } from '../support/report.ts';

/**
 * The ledger next to the most used open inventory module for Node, on the same PostgreSQL, with
 * the same number of callers. The peer is installed outside the project.
 */
const PEER = '2.21.2';
const CALLERS = 16;

/** What bench/peer/medusa.mjs prints: writes a second, and what became of the hot ones. */
interface PeerResult {
  readonly adjust: number;
  readonly hot: number;
  readonly reserve: number;
  readonly lostOfHot: number;
  readonly triedHot: number;
}

function installPeer(): string {
  const folder = process.env.ONHAND_PEER_FOLDER ?? mkdtempSync(join(tmpdir(), 'onhand-peer-'));
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(folder, 'node_modules/@medusajs/inventory'))) return folder;
  progress(`installing @medusajs/inventory ${PEER} into ${folder}`);
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const packages = [`@medusajs/inventory@${PEER}`, `@medusajs/framework@${PEER}`];
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the peer could not be installed');
  return folder;
}

const run = promisify(execFile);

async function measurePeer(bench: Bench, folder: string, seconds: number): Promise<PeerResult> {
  await bench.admin.query('DROP DATABASE IF EXISTS bench_peer WITH (FORCE)');
  await bench.admin.query('CREATE DATABASE bench_peer');
  const url = new URL(bench.connectionString);
  url.pathname = '/bench_peer';
  const args = ['bench/peer/medusa.mjs', folder, url.href, String(seconds), String(CALLERS)];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? 'null');
}

type Ours = Pick<PeerResult, 'adjust' | 'hot' | 'reserve'>;

async function measureOurs(bench: Bench, seconds: number): Promise<Ours> {
  const poster = await bench.openPoster();
  await warmUp(bench, poster, everything(bench.items));
  await warmUp(bench, poster, hot(bench.items));
  const asked = { window: CALLERS, seconds };
  const adjust = await drive(poster, everything(bench.items), asked);
  const hotRate = await drive(poster, hot(bench.items), asked);
  const reserve = await driveReservations(poster, bench.items, seconds);
  await poster.drain();
  return { adjust, hot: hotRate, reserve };
}

async function driveReservations(poster: Poster, items: number, seconds: number): Promise<number> {
  const started = performance.now();
  let done = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000) {
      const availabilityId = (1 + Math.floor(Math.random() * items)) * 2 + 1;
      const command: ReserveCommand = {
        type: 'reserve',
        id: newId(),
        bodyHash: 1n,
        actorId: 1,
        deviceId: 0,
        lines: [{ availabilityId, quantity: 1n, documentId: 0, line: 1 }],
        expiresAt: null,
        held: false,
        occurredAt: Date.now(),
      };
      const outcome = await poster.post(0, command);
      if (outcome.status !== 'committed') throw new Error('a reservation was refused');
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (done / (performance.now() - started)) * 1000;
}

const options = { ...readOptions(process.argv.slice(2)), journals: 1 };
const startedAt = new Date();
const folder = installPeer();
const bench = await openBench(options, 2000);
const [rounds, seconds] = options.quick ? [1, 3] : [3, 8];
const peer: PeerResult[] = [];
const ours: Ours[] = [];
for (let n = 1; n <= rounds; n += 1) {
  await settle(bench.admin);
  peer.push(await measurePeer(bench, folder, seconds));
  ours.push(await measureOurs(bench, seconds));
  progress(
    `  round ${n}: peer ${JSON.stringify(peer.at(-1))}, ours ${JSON.stringify(ours.at(-1))}`,
  );
}
await bench.admin.query('DROP DATABASE bench_peer WITH (FORCE)');
await bench.close();

const lost = peer.reduce((sum, result) => sum + result.lostOfHot, 0);
const tried = peer.reduce((sum, result) => sum + result.triedHot, 0);
const same =
  `@medusajs/inventory ${PEER}, event bus that does nothing, same PostgreSQL, ${CALLERS} callers ` +
  'each in process; ours writes units, value, lots and hash chain';
const notes = {
  adjust: `adjustInventory against receipts and shipments; ${same}`,
  hot: `all (ours: 90%) on one item; the peer lost ${lost} of ${tried} acknowledged; ${same}`,
  reserve: `createReservationItems against reserve; ${same}`,
};
const rows = (['adjust', 'hot', 'reserve'] as const).map((kind): Row => {
  const value = median(ours.map((result) => result[kind]));
  const baseline = median(peer.map((result) => result[kind]));
  return {
    id: `peer.${kind}`,
    value: round(value),
    unit: 'writes/s',
    baseline: round(baseline),
    ratio: round(value / baseline),
    reach: 'informs',
    pass: null,
    note: notes[kind],
  };
});
report('peer', options, startedAt, rows);
