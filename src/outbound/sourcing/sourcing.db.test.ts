import { beforeAll, describe, expect, it } from 'vitest';
import type { TestAnswer } from '../../../test/support/api.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';

/** Sites N and S, whose rates to two regions mirror each other. */
const world = await createLedgerWorld();
const { house, command } = world;

beforeAll(async () => {
  const made = async (request: string, body: object): Promise<void> => {
    const answer = await house(request, body);
    if (answer.status !== 201) throw new Error(answer.text);
  };
  await made('POST /v1/channels', { code: 'WEB', name: 'Web', backorder: 'allow' });
  const rate = (site: string, region: string, parcelCost: string) =>
    made('POST /v1/sourcing/rates', {
      ...{ site, region, parcelCost },
      ...{ country: 'DE', kilogramCost: '0.00' },
    });
  await rate('N', 'NORTH', '3.00');
  await rate('N', 'SOUTH', '7.00');
  await rate('S', 'NORTH', '7.00');
  await rate('S', 'SOUTH', '3.00');
});

/** Asks until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const shipTo = (region: string) => ({ name: 'Ada', city: 'X', country: 'DE', region });
const place = async (region: string, lines: readonly object[], more: object = {}) => {
  const body = { channel: 'WEB', shipTo: shipTo(region), lines, ...more };
  const answer = await command('POST /v1/sales-orders', body);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
};
/** `line:site:quantity` of each part that waits or is promised. */
const parts = async (number: string): Promise<string[]> => {
  const { body } = await house(`GET /v1/sales-orders/${number}`);
  return body.lines.flatMap(
    (line: { line: number; parts: { site: string; quantity: string; state: string }[] }) =>
      line.parts.map(({ site, quantity, state }) => `${line.line}:${site}:${quantity}:${state}`),
  );
};
const decisions = async (number: string): Promise<TestAnswer['body'][]> =>
  (await house(`GET /v1/sales-orders/${number}/sourcing`)).body.items;
const stocked = async (north: string, south: string): Promise<string> => {
  const item = await world.item();
  if (north !== '0') await world.receive(item, north, 'B1');
  if (south !== '0') await world.receive(item, south, 'C1');
  return item;
};
const run = async (): Promise<TestAnswer['body']> => {
  const started = await command('POST /v1/sourcing/runs', {});
  expect(started.status, started.text).toBe(202);
  return until(async () => {
    const { body } = await house(`GET /v1/sourcing/runs/${started.body.number}`);
    return body.state === 'done' || body.state === 'failed' ? body : undefined;
  });
};

describe('a new sales order', () => {
  it('ships from the cheapest site that has everything, and says why', async () => {
    const item = await stocked('5', '5');
    const { number } = await place('SOUTH', [{ item, quantity: '2' }]);
    expect(await parts(number)).toEqual(['1:S:2:reserved']);
    const [decision] = await decisions(number);
    expect(decision).toMatchObject({
      method: 'greedy',
      lines: [{ line: 1, item, site: 'S', quantity: '2' }],
      cost: { total: '3.75', shipping: '3.00', handling: '0.75', split: '0.00' },
      alternatives: [{ site: 'N', verdict: 'dearer', cost: '7.75', short: null }],
    });
    expect(decision.explanation).toBe(
      'Everything ships from S. That costs 3.75 EUR: shipping 3.00 EUR, handling 0.75 EUR. ' +
        'Everything from N would cost 4.00 EUR more.',
    );
  });

  it('is split only where no site has everything', async () => {
    const [one, two] = [await stocked('5', '0'), await stocked('0', '5')];
    const lines = [one, two].map((item) => ({ item, quantity: '1' }));
    const { number } = await place('NORTH', lines);
    expect(await parts(number)).toEqual(['1:N:1:reserved', '2:S:1:reserved']);
    const [{ cost, alternatives }] = await decisions(number);
    expect(cost.split).toBe('1.50');
    expect(alternatives.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'short',
      'short',
    ]);
  });

  it('that must be complete keeps what one site has and waits for the rest', async () => {
    const [one, two] = [await stocked('5', '0'), await stocked('0', '5')];
    const lines = [one, two].map((item) => ({ item, quantity: '1' }));
    const captured = await place('NORTH', lines, { shipmentPolicy: 'complete' });
    const states = captured.lines.map((line: { state: string }) => line.state);
    expect(states).toEqual(['reserved', 'backordered']);
    const [{ explanation }] = (await decisions(captured.number)).slice(-1);
    expect(explanation).toContain(`No site has 1 ${two}.`);
  });

  it('shows its owner where it ships from, but not what that costs', async () => {
    const { call } = await world.owner('SELLER');
    const item = await world.item();
    await world.receive(item, '5', 'B1', { owner: 'SELLER' });
    const body = { channel: 'WEB', shipTo: shipTo('NORTH'), lines: [{ item, quantity: '1' }] };
    const { number } = (await command('POST /v1/sales-orders', body, call)).body;
    const [decision] = (await call(`GET /v1/sales-orders/${number}/sourcing`)).body.items;
    expect(decision).toMatchObject({ cost: null, explanation: 'Everything ships from N.' });
    const other = await place('NORTH', [{ item: await stocked('1', '0'), quantity: '1' }]);
    expect((await call(`GET /v1/sales-orders/${other.number}/sourcing`)).status).toBe(404);
    expect((await command('POST /v1/sourcing/runs', {}, call)).status).toBe(403);
  });
});

describe('a run', () => {
  it('moves reservations to where they cost less together', async () => {
    const item = await stocked('1', '1');
    // Each took the only one that was left when it came.
    await place('SOUTH', [{ item, quantity: '1', site: 'S' }]);
    const far = await place('SOUTH', [{ item, quantity: '1' }]);
    expect(await parts(far.number)).toEqual(['1:N:1:reserved']);
    await world.receive(item, '3', 'C1');
    const done = await run();
    expect(done, JSON.stringify(done)).toMatchObject({ state: 'done', result: { moved: 1 } });
    expect(await parts(far.number)).toEqual(['1:S:1:reserved']);
    const [newest] = await decisions(far.number);
    expect(newest).toMatchObject({ method: 'batch', run: done.number });
    expect(newest.explanation).toContain('Decided together with others');
    const { body } = await house(`GET /v1/availability?item=${item}`);
    const reserved = body.items.map((row: { reserved: string }) => row.reserved);
    expect(reserved.map(Number).reduce((a: number, b: number) => a + b)).toBe(2);
  });

  it('says what could not move, and moves it when there is room to begin', async () => {
    const item = await stocked('0', '1');
    const north = await place('NORTH', [{ item, quantity: '1' }]);
    await world.receive(item, '1', 'B1');
    const south = await place('SOUTH', [{ item, quantity: '1' }]);
    // They would swap, but a promise is never let go of before the other one is had.
    const first = await run();
    const stayed = { from: 'N', to: 'S', salesOrder: south.number };
    expect(first.result).toMatchObject({ moved: 0, stayedCount: 2 });
    expect(first.result.stayed).toContainEqual(expect.objectContaining(stayed));
    expect(await parts(north.number)).toEqual(['1:S:1:reserved']);
    expect(await parts(south.number)).toEqual(['1:N:1:reserved']);
    await world.receive(item, '1', 'B2');
    const second = await run();
    expect(second.result).toMatchObject({ moved: 2, stayedCount: 0 });
    expect(Number(second.result.costAfter)).toBeLessThan(Number(second.result.costBefore));
    expect(await parts(north.number)).toEqual(['1:N:1:reserved']);
    expect(await parts(south.number)).toEqual(['1:S:1:reserved']);
  });

  it('finds nothing to do the second time', async () => {
    await run();
    expect((await run()).result.moved).toBe(0);
  });

  it('is queued once for one key', async () => {
    const key = world.fresh();
    const first = await house('POST /v1/sourcing/runs', {}, key);
    const second = await house('POST /v1/sourcing/runs', {}, key);
    expect(second.body.number).toBe(first.body.number);
    const unknown = await command('POST /v1/sourcing/runs', { policy: 'none' });
    expect(unknown.body.type).toBe('/problems/sourcing-policy-missing');
  });
});

describe('promised stock that is gone', () => {
  const counted = (item: string, quantity: string) =>
    world.posted({ kind: 'count', item, quantity, from: 'B1' });

  it('is taken from the lowest priority, the youngest first, and found elsewhere', async () => {
    const item = await stocked('3', '1');
    const first = await place('NORTH', [{ item, quantity: '1' }], { priority: 10 });
    const urgent = await place('NORTH', [{ item, quantity: '1' }], { priority: 90 });
    const last = await place('NORTH', [{ item, quantity: '1' }], { priority: 10 });
    await counted(item, '1');
    await until(async () =>
      (await parts(first.number))[0]?.includes('backordered') ? 1 : undefined,
    );
    expect(await parts(last.number)).toEqual(['1:S:1:reserved']);
    expect(await parts(first.number)).toEqual(['1:null:1:backordered']);
    expect(await parts(urgent.number)).toEqual(['1:N:1:reserved']);
    const [decision] = await decisions(last.number);
    expect(decision).toMatchObject({ method: 'shortage', lines: [{ site: 'S' }] });
    expect(decision.explanation).toContain('stock that was promised is gone');
    const { rows } = await world.admin.query('SELECT FROM outbound.sourcing_shortage');
    expect(rows).toHaveLength(0);
  });

  it('takes back no more than is short', async () => {
    const item = await stocked('5', '0');
    const { number } = await place('NORTH', [{ item, quantity: '5' }]);
    await counted(item, '3');
    await until(async () => ((await parts(number)).length > 1 ? 1 : undefined));
    expect((await parts(number)).sort()).toEqual(['1:N:3:reserved', '1:null:2:backordered']);
  });
});
