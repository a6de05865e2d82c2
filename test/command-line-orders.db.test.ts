import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOrderWorld, SHIP_TO } from './support/order-world.ts';
import { startProgram } from './support/program.ts';
import { root } from './support/sources.ts';

const world = await createOrderWorld();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-orders-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function onhand(...args: string[]) {
  const env = { DATABASE_URL: world.connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
  const bin = join(root, 'bin/onhand.mjs');
  const program = startProgram(process.execPath, [bin, '--json', ...args], { env });
  const code = await program.ended;
  const stdout = program.stdout();
  return { code, output: program.output(), result: stdout === '' ? null : JSON.parse(stdout) };
}

it('onhand orders leads from capture to shipment', { timeout: 180_000 }, async () => {
  const sku = await world.item();
  await world.receive(sku, '10');
  const file = join(folder, 'order.json');
  const lines = [{ item: sku, quantity: '4', unitPrice: '2.50' }];
  writeFileSync(file, JSON.stringify({ channel: 'WEB', shipTo: SHIP_TO, customer: 'C-1', lines }));
  const captured = await onhand('orders', 'capture', file, '--key', 'cli-1');
  expect(captured.code, captured.output).toBe(0);
  const again = await onhand('orders', 'capture', file, '--key', 'cli-1');
  expect(again.result).toEqual({ ...captured.result, replayed: true });
  const { number } = captured.result;
  const cancelled = await onhand('orders', 'cancel', number, '--line', '1', '--quantity', '1');
  expect(cancelled.result.lines[0]).toMatchObject({ cancelled: '1' });
  const released = await onhand('orders', 'release', number);
  const request = released.result.lines[0].parts.find(
    (part: { fulfilmentRequest: string | null }) => part.fulfilmentRequest,
  ).fulfilmentRequest;
  const shipped = await onhand('orders', 'ship', request, '--carrier', 'DHL');
  expect(shipped.result).toMatchObject({ salesOrder: number, carrier: 'DHL' });
  const shown = await onhand('orders', 'show', number);
  expect(shown.result).toMatchObject({ state: 'shipped', total: '7.50' });
  const listed = await onhand('orders', 'list', '--customer', 'C-1', '--state', 'shipped');
  expect(listed.result.items).toMatchObject([{ number }]);
  const missing = await onhand('orders', 'show', 'SO-999999');
  expect(missing.code).toBe(3);
});
