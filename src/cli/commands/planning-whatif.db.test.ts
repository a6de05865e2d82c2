import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlanningWorld } from '../../../test/support/planning-world.ts';
import { startProgram } from '../../../test/support/program.ts';
import { root } from '../../../test/support/sources.ts';

const world = await createPlanningWorld();
const folder = mkdtempSync(join(tmpdir(), 'onhand-what-if-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const { connectionString } = world;
  const env = { DATABASE_URL: connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
  const onhand = join(root, 'bin/onhand.mjs');
  const program = startProgram(process.execPath, [onhand, 'planning', ...args], { env });
  const code = await program.ended;
  return { code, output: program.output(), stdout: program.stdout() };
}

describe('onhand planning', { timeout: 180_000 }, () => {
  let item: string;
  let supplier: string;
  beforeAll(async () => {
    supplier = await world.supplier();
    item = await world.item();
    await world.done('POST /v1/supplier-items', { supplier, item, leadTimeDays: 7 });
    const price = { unitPrice: '4', currency: 'EUR', validFrom: '2026-01-01' };
    await world.done('POST /v1/supplier-prices', { supplier, item, ...price });
    await world.history(item, 'N', 20);
    await world.receive(item, '300', 'B1', { unitCost: '4' });
    await world.forecast();
  });

  it('plays a scenario, shows it again and deletes it', async () => {
    const failure = `${world.day(3)}..${world.day(20)}`;
    const options = ['--days', '28', '--paths', '20', '--supplier-failure', failure];
    const played = await run('what-if', item, ...options, '--name', 'closed');
    expect(played.code, played.output).toBe(0);
    expect(played.stdout).toContain('AS IT IS');
    expect(played.stdout).toContain('stock by week');
    const [number] = /WI-\d+/.exec(played.stdout)!;
    const listed = await run('scenarios', '--json');
    expect(JSON.parse(listed.stdout).items).toMatchObject([{ number, name: 'closed' }]);
    expect((await run('scenarios', number)).stdout).toBe(played.stdout);
    expect((await run('scenarios', number, '--delete')).code).toBe(0);
    expect((await run('scenarios', number)).code).toBe(3);
    const wrong = await run('what-if', item, '--promotion', 'soon');
    expect(wrong.code).toBe(2);
    expect(wrong.output).toContain('2026-12-01..2026-12-24=1.8');
  });

  it('approves what it can, and says what it made and what was refused', async () => {
    const short = await world.item();
    await world.done('POST /v1/supplier-items', { supplier, item: short, leadTimeDays: 7 });
    const price = { unitPrice: '4', currency: 'EUR', validFrom: '2026-01-01' };
    await world.done('POST /v1/supplier-prices', { supplier, item: short, ...price });
    await world.history(short, 'N', 20);
    await world.forecast();
    expect((await run('proposals', 'run')).code).toBe(0);
    const listed = await run('proposals', 'list', '--state', 'draft', '--limit', '1');
    const [number] = /PP-\d+/.exec(listed.stdout)!;
    expect(listed.stdout).toContain('The first 1; --limit shows more.');
    const answer = await run('proposals', 'approve', 'PP-999999', number);
    expect(answer.code).toBe(3);
    expect(answer.stdout).toMatch(new RegExp(`^${number} became PO-\\d+\\.$`, 'm'));
    expect(answer.stdout).toMatch(/^PP-999999 was refused: There is no .*PP-999999/m);
  });

  it.each([['abc'], ['-101'], ['1e400']])('refuses an override of %s', async (value) => {
    const days = ['--from', world.day(3), '--to', world.day(9)];
    const said = ['--kind', 'percent', `--value=${value}`, '--reason', 'fair'];
    const answer = await run('override', 'add', '--item', item, ...days, ...said);
    expect(answer.code).toBe(2);
    expect(answer.output).toContain('Give a number from -100 to 1000000000.');
  });

  it('places stock before a peak and makes orders of it', async () => {
    const dates = ['--from', world.day(21), '--until', world.day(34)];
    const placed = await run('preposition', ...dates, '--site', 'N=2,0.2', '--item', item);
    expect(placed.code, placed.output).toBe(0);
    const [number] = /PL-\d+/.exec(placed.stdout)!;
    expect(placed.stdout).toContain('(draft)');
    const accepted = await run('placement', number, '--accept', '--days', '42', '--json');
    expect(JSON.parse(accepted.stdout)).toMatchObject({ number, state: 'accepted' });
    const again = await run('placement', number, '--reject', 'too late');
    expect(again.code).toBe(3);
    expect(again.output).toContain('accepted');
  });

  it('plans a price, lists it and calls it off', async () => {
    const dates = ['--item', item, '--from', world.day(9), '--to', world.day(20)];
    const made = await run('price', 'add', 'CUT', ...dates, '--price', '0.0075', '--json');
    expect(made.code, made.output).toBe(0);
    const price = { code: 'CUT', item, site: null, price: '0.0075', currency: 'EUR' };
    expect(JSON.parse(made.stdout)).toMatchObject({ ...price, active: true });
    const twice = await run('price', 'add', 'CUT', ...dates, '--price', '8');
    expect(twice.code).toBe(3);
    const off = await run('price', 'cancel', 'CUT');
    expect(off.stdout).toContain('called off');
    const listed = await run('price', 'list', '--item', item, '--json');
    expect(JSON.parse(listed.stdout).items).toMatchObject([{ ...price, active: false }]);
  });

  it('says what is missing to judge a price', async () => {
    const unknown = await run('elasticity', '--item', item);
    expect(unknown.code).toBe(3);
    expect(unknown.stdout).toContain('not known');
    const effect = await run('elasticity', '--item', item, '--new-price', '8');
    expect(effect.stdout).toContain('What 8 would do to ');
    expect(effect.stdout).toContain('how demand follows its price is not known');
    expect(effect.stdout).toContain('onhand import demand FILE --commit');
    expect(effect.stdout).not.toContain('there is no');
  });

  it('simulates without a database, the same for the same seed', async () => {
    const size = ['--items', '2', '--sites', '1', '--years', '1', '--replan-days', '90'];
    const [one, two] = [
      await run('simulate', ...size, '--threads', '1', '--json'),
      await run('simulate', ...size, '--threads', '2', '--json'),
    ];
    expect(one.code, one.output).toBe(0);
    expect(JSON.parse(two.stdout)).toEqual(JSON.parse(one.stdout));
    const wrong = await run('simulate', '--fill-rate', '97');
    expect(wrong.code).toBe(2);
  });
});
