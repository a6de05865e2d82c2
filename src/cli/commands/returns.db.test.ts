import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startProgram } from '../../../test/support/program.ts';
import { createReturnsWorld } from '../../../test/support/returns-world.ts';
import { root } from '../../../test/support/sources.ts';

const world = await createReturnsWorld();
const folder = mkdtempSync(join(tmpdir(), 'onhand-returns-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const { connectionString } = world;
  const env = { DATABASE_URL: connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
  const onhand = join(root, 'bin/onhand.mjs');
  const program = startProgram(process.execPath, [onhand, 'returns', ...args], { env });
  const code = await program.ended;
  return { code, output: program.output(), stdout: program.stdout() };
}

describe('onhand returns', { timeout: 180_000 }, () => {
  it('takes a return from its making to the refund', async () => {
    const item = await world.stocked('3', '4.00');
    const line = { item, quantity: '2', unitPrice: '10.00', tax: '3.80' };
    const order = await world.sold([line], { customer: 'ADA' });
    const made = await run(
      'create',
      '1=2:damaged',
      '--sales-order',
      order,
      '--site',
      'N',
      '--json',
    );
    expect(made.code, made.output).toBe(0);
    const { number, state, lines } = JSON.parse(made.stdout);
    expect({ state, lines }).toMatchObject({ state: 'authorised', lines: [{ expected: '2' }] });
    const received = await run('receive', number, `${item}=2`, '--location', 'B4');
    expect(received.stdout).toContain('QUANTITY');
    expect(received.stdout).toContain('8.00');
    const inspected = await run('inspect', number, 'restock', '--grade', 'as_new');
    expect(inspected.code, inspected.output).toBe(0);
    const refunded = await run('refund', number, '--note', 'Sorry', '--json');
    expect(JSON.parse(refunded.stdout)).toMatchObject({
      state: 'completed',
      refunds: [{ total: '23.80', note: 'Sorry' }],
    });
    const listed = await run('list', '--customer', 'ADA', '--json');
    expect(JSON.parse(listed.stdout).items).toMatchObject([{ number, state: 'completed' }]);
    const shown = await run('show', number);
    expect(shown.stdout).toContain(`${number}, of ${order}, to N: completed`);
    expect(await world.onHand(item)).toEqual({ sellable: '2' });
  });

  it('says with its exit code what went wrong', async () => {
    const missing = await run('show', 'RMA-999999', '--json');
    expect(missing.code).toBe(3);
    expect(missing.output).toContain('There is no return RMA-999999');
    const usage = await run('create', 'nonsense', '--site', 'N');
    expect(usage.code).toBe(2);
    const fields = await run('create', 'NOPE=1', '--site', 'NOWHERE');
    expect(fields.code).toBe(3);
    expect(fields.output).toContain('body.site');
  });
});
