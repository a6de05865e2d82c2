import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createBuyingWorld } from '../../../test/support/buying-world.ts';
import { startProgram } from '../../../test/support/program.ts';
import { root } from '../../../test/support/sources.ts';
import { EXIT } from '../exit.ts';

const world = await createBuyingWorld();
const folder = mkdtempSync(join(tmpdir(), 'onhand-purchasing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const env = { DATABASE_URL: world.connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
  const command = [join(root, 'bin/onhand.mjs'), 'purchasing', ...args];
  const program = startProgram(process.execPath, command, { env });
  const code = await program.ended;
  return { code, output: program.output(), stdout: program.stdout() };
}

async function runJson(...args: string[]) {
  const { code, stdout, output } = await run(...args, '--json');
  expect(code, output).toBe(EXIT.ok);
  return JSON.parse(stdout);
}

it('takes a purchase order from its draft to the payable', { timeout: 180_000 }, async () => {
  const item = await world.item();
  const lines = [{ item, quantity: '10', unitPrice: '2', expectedOn: '2026-01-01' }];
  const supplier = await world.supplier();
  const { number } = await world.draft({ supplier, lines });
  expect((await run('submit', number)).stdout).toContain(
    `${number} of ${supplier} for N: approved`,
  );
  expect(await runJson('send', number)).toMatchObject({ state: 'sent' });
  expect(await runJson('list', '--state', 'sent')).toMatchObject({ items: [{ number }] });
  const part = await runJson('receive', number, '1=4', '--location', 'B1');
  expect(part).toMatchObject({ state: 'posted', lines: [{ quantity: '4', value: '8.00' }] });
  const rest = await run('receive', number, '--location', 'B1');
  expect(rest.stdout).toMatch(/6 +B1 +12\.00 +posted/);
  expect((await run('show', number)).stdout).toContain('received, 20.00 EUR');
  const nothing = await run('receive', number, '1=1', '--location', 'B1');
  expect(nothing).toMatchObject({ code: EXIT.refused });
  expect(nothing.output).toContain('takes 0 more');
  expect((await run('receive', number, '--location', 'B1')).output).toContain('Nothing of');
  const open = await runJson('grni');
  expect(open).toMatchObject({ total: '20.00', items: [{ quantity: '4' }, { quantity: '6' }] });
  const invoice = await world.invoice(number, [{ line: 1, quantity: '10', amount: '21.00' }]);
  expect(await run('approve-invoice', invoice.number)).toMatchObject({ code: EXIT.refused });
  const paid = await run('approve-invoice', invoice.number, '--accept', 'price');
  expect(paid.stdout).toContain('is approved');
  expect((await run('grni')).stdout).toContain('Everything that was received is invoiced.');
  expect((await run('scorecard', supplier)).stdout).toMatch(/on time in full +0\.0 %/);
  expect((await run('bottlenecks')).stdout).toContain(`supplier  ${supplier}`);
  expect(await run('show', 'PO-999999')).toMatchObject({ code: EXIT.refused });
  expect(await run('receive', number, 'x', '--location', 'B1')).toMatchObject({ code: EXIT.usage });
});
