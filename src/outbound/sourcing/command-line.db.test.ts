import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { startProgram } from '../../../test/support/program.ts';
import { packageRoot } from '../../platform/package.ts';

const TIMEOUT_MS = 60_000;
const world = await createLedgerWorld();
let folder: string;
let number: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-cli-'));
  await world.house('POST /v1/channels', { code: 'WEB', name: 'Web' });
  const item = await world.item();
  await world.receive(item, '5');
  const shipTo = { name: 'Ada', city: 'Berlin', country: 'DE' };
  const body = { channel: 'WEB', shipTo, lines: [{ item, quantity: '1' }] };
  number = (await world.command('POST /v1/sales-orders', body)).body.number;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function onhand(...args: string[]) {
  const env = { DATABASE_URL: world.connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
  const file = join(packageRoot, 'bin/onhand.mjs');
  const program = startProgram(process.execPath, [file, ...args], { env });
  return { code: await program.ended, stdout: program.stdout(), output: program.output() };
}

it('shows why a sales order ships from where', { timeout: TIMEOUT_MS }, async () => {
  const shown = await onhand('sourcing', 'show', number);
  expect(shown.stdout).toContain('Everything ships from N. That costs 5.05 EUR');
  expect((await onhand('sourcing', 'show', 'SO-999999')).code).toBe(3);
});

it('runs as it was built and packed, its thread beside it', { timeout: TIMEOUT_MS }, async () => {
  const ran = await onhand('--json', 'sourcing', 'run');
  expect(ran.code, ran.output).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    state: 'done',
    result: { salesOrders: 1, moved: 0, fallback: null, costBefore: '5.05', bound: '5.05' },
  });
  expect((await onhand('sourcing', 'run', '--policy', 'none')).code).toBe(3);
});
