import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPlanningWorld } from '../../../test/support/planning-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Body = any;

const world = await createPlanningWorld();
const { done, house } = world;
const PROPOSALS = '/v1/planning/proposals';

/** An item of a supplier with a price and some terms. */
async function sold(supplier: string, terms: object = {}, price = '4'): Promise<string> {
  const item = await world.item();
  await done('POST /v1/supplier-items', { supplier, item, leadTimeDays: 7, ...terms });
  const from = { currency: 'EUR', validFrom: '2026-01-01' };
  await done('POST /v1/supplier-prices', { supplier, item, unitPrice: price, ...from });
  return item;
}

const lineOf = (proposal: Body, item: string) =>
  proposal?.lines.find((line: Body) => line.item === item);

/** The one open proposal that has a line of the item. */
async function proposalOf(item: string, query = ''): Promise<Body> {
  const all = await world.open(`&item=${item}${query}`);
  expect(all.length).toBeLessThanOrEqual(1);
  return all[0];
}

const history = async (number: string): Promise<string[]> => {
  const { body } = await house(`GET ${PROPOSALS}/${number}/history`);
  return body.items.map(({ action }: Body) => action);
};

// Everything is forecast once; each test has items, suppliers and proposals of its own.
const items: Record<string, string> = {};
const suppliers: Record<string, string> = {};
beforeAll(async () => {
  const names = ['raced', 'edited', 'rejected', 'kept', 'bulk', 'other', 'lone', 'dear', 'priced'];
  for (const name of [...names, 'run1', 'run2', 'run3', 'run4']) {
    suppliers[name] = await world.supplier();
    items[name] = await sold(suppliers[name]!);
    await world.history(items[name]!, 'N', 5);
  }
  await done('POST /v1/supplier-items', { supplier: suppliers.other, item: items.edited });
  const price = { supplier: suppliers.other, item: items.edited, currency: 'EUR' };
  await done('POST /v1/supplier-prices', { ...price, unitPrice: '9', validFrom: '2026-01-01' });
  suppliers.minimum = await world.supplier({ minimumOrderValue: '2000' });
  items.small = await sold(suppliers.minimum!, {}, '2');
  items.filler = await sold(suppliers.minimum!, {}, '2');
  for (const name of ['small', 'filler']) await world.history(items[name]!, 'N', 6);
  await world.receive(items.filler!, '120', 'B1', { unitCost: '2' });
  suppliers.central = await world.supplier();
  items.fed = await sold(suppliers.central);
  for (const site of ['N', 'S']) await world.history(items.fed!, site, 6);
  await world.receive(items.fed!, '60', 'B1', { unitCost: '3' });
  items.surplus = await sold(suppliers.central);
  for (const site of ['N', 'S']) await world.history(items.surplus!, site, 4);
  await world.receive(items.surplus!, '4000', 'B1', { unitCost: '3' });
  await done('POST /v1/planning/settings', {
    ...{ code: 'FED-AT-S', item: items.fed, site: 'S', sourceSite: 'N' },
  });
  await world.forecast();
  const run = await world.plan();
  expect(run).toMatchObject({ state: 'finished', message: null });
});

describe('approval', () => {
  it('lets one of two planners win, and makes one purchase order', async () => {
    const { number, supplier } = await proposalOf(items.raced!);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => world.command(`POST ${PROPOSALS}/${number}/approve`, {})),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 409, 409, 409, 409, 409]);
    const { body: made } = await house(`GET /v1/purchase-orders?supplier=${supplier}`);
    expect(made.items).toHaveLength(1);
    const refused = answers.find(({ status }) => status === 409)!;
    expect(refused.body).toMatchObject({
      type: '/problems/proposal-decided',
      state: 'approved',
      document: { type: 'purchase_order', number: made.items[0].number },
    });
    expect(await history(number)).toEqual(['proposed', 'approved']);
  });

  it('answers the same again under the same key, and nothing is made twice', async () => {
    const { number, supplier } = await proposalOf(items.lone!);
    const key = world.fresh();
    const first = await house(`POST ${PROPOSALS}/${number}/approve`, { submit: false }, key);
    const second = await house(`POST ${PROPOSALS}/${number}/approve`, { submit: false }, key);
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    const { body } = await house(`GET /v1/purchase-orders?supplier=${supplier}`);
    expect(body.items).toHaveLength(1);
    expect(body.items[0].state).toBe('draft');
  });

  it('leaves neither document nor decision where purchasing refuses', async () => {
    const { number, supplier, lines } = await proposalOf(items.dear!);
    const term = { minimumQuantity: '1000000' };
    const { items: known } = await done(`GET /v1/supplier-items?supplier=${supplier}`);
    const { supplierItemId, version } = known[0];
    const ifMatch = { 'if-match': `"${version}"` };
    const path = `/v1/supplier-items/${supplierItemId}`;
    expect((await house(`PATCH ${path}`, term, ifMatch)).status).toBe(200);
    const refused = await world.command(`POST ${PROPOSALS}/${number}/approve`, {});
    expect(refused.body).toMatchObject({ type: '/problems/supplier-terms', status: 409 });
    const { body: orders } = await house(`GET /v1/purchase-orders?supplier=${supplier}`);
    expect(orders.items).toEqual([]);
    expect((await done(`GET ${PROPOSALS}/${number}`)).state).toBe('draft');
    const approved = await done(`POST ${PROPOSALS}/${number}/approve`, { overrideTerms: true });
    const order = await done(`GET /v1/purchase-orders/${approved.document.number}`);
    expect(order.lines[0]).toMatchObject({ item: items.dear, quantity: lines[0].quantity });
  });

  it('buys once where a run and a planner meet', async () => {
    for (const [i, name] of ['run1', 'run2', 'run3', 'run4'].entries()) {
      const item = items[name]!;
      const { number } = await proposalOf(item);
      // So that the run wants something else than the draft says.
      await world.receive(item, '3', 'B1', { unitCost: '4' });
      const planned = world.plan();
      await sleep(i * 15);
      const answer = await world.command(`POST ${PROPOSALS}/${number}/approve`, {});
      expect(await planned).toMatchObject({ state: 'finished' });
      const { state } = await done(`GET ${PROPOSALS}/${number}`);
      expect([answer.status, state]).toEqual(
        answer.status === 200 ? [200, 'approved'] : [409, 'superseded'],
      );
      // Bought, or proposed anew, and never both.
      const draft = await proposalOf(item);
      expect(draft === undefined).toBe(answer.status === 200);
    }
  });

  it('buys for the amount that was approved, or not at all', async () => {
    const { number, supplier, lines } = await proposalOf(items.priced!);
    const price = { supplier, item: items.priced, unitPrice: '9', currency: 'EUR' };
    await done('POST /v1/supplier-prices', { ...price, validFrom: world.day(0) });
    const path = `${PROPOSALS}/${number}`;
    const refused = await world.command(`POST ${path}/approve`, {});
    expect(refused.body).toMatchObject({
      ...{ type: '/problems/proposal-prices-changed', status: 409 },
      changed: [{ line: 1, item: items.priced, proposed: '4.000000', found: '9.000000' }],
    });
    const { body: none } = await house(`GET /v1/purchase-orders?supplier=${supplier}`);
    expect(none.items).toEqual([]);
    const edited = await house(`PATCH ${path}`, {}, { 'if-match': '"1"' });
    expect(edited.body.lines[0]).toMatchObject({ unitPrice: '9.000000' });
    const { amount, document } = await done(`POST ${path}/approve`, {});
    const order = await done(`GET /v1/purchase-orders/${document.number}`);
    expect(order.total.net).toBe(amount);
    expect(order.lines[0]).toMatchObject({ quantity: lines[0].quantity });
  });

  it('approves many at once, each on its own', async () => {
    const [one, two] = [await proposalOf(items.bulk!), await proposalOf(items.kept!)];
    const proposals = [{ number: one.number }, { number: two.number, version: 77 }];
    const answer = await done(`POST ${PROPOSALS}/approve`, {
      proposals: [...proposals, { number: 'PP-999999' }],
    });
    expect(answer).toMatchObject({ approved: 1, refused: 2 });
    const byNumber = new Map(answer.proposals.map((each: Body) => [each.number, each]));
    expect(byNumber.get(one.number)).toMatchObject({ status: 'approved' });
    expect(byNumber.get(two.number)).toMatchObject({ problem: { status: 412 } });
    expect(byNumber.get('PP-999999')).toMatchObject({ problem: { status: 404 } });
    expect((await done(`GET ${PROPOSALS}/${two.number}`)).state).toBe('draft');
  });
});

describe('edit and rejection', () => {
  it('prices an edited proposal anew, and the next run leaves it alone', async () => {
    const before = await proposalOf(items.edited!);
    const path = `${PROPOSALS}/${before.number}`;
    expect((await house(`PATCH ${path}`, {}, world.fresh())).status).toBe(428);
    const ifMatch = { 'if-match': `"${before.version}"` };
    const wrong = { lines: [{ line: 9, quantity: '1' }], supplier: suppliers.raced };
    const refused = await house(`PATCH ${path}`, wrong, ifMatch);
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map((each: Body) => each.path)).toEqual([
      'body.lines.0.line',
      'body.supplier',
    ]);
    const past = { orderOn: world.day(-1), expectedOn: world.day(-1) };
    const twice = [1, 1].map((line) => ({ line, quantity: '7' }));
    const worse = await house(`PATCH ${path}`, { ...past, lines: twice }, ifMatch);
    expect(worse.body.errors.map((each: Body) => each.path)).toEqual([
      ...['body.lines.1.line', 'body.orderOn', 'body.expectedOn'],
    ]);
    const body = { supplier: suppliers.other, lines: [{ line: 1, quantity: '500' }] };
    const edited = await house(`PATCH ${path}`, { ...body, note: 'bigger' }, ifMatch);
    expect(edited.body).toMatchObject({
      ...{ state: 'edited', supplier: suppliers.other, amount: '4500.00' },
      summary: `Buy 1 item of ${suppliers.other} for N, 4500.00 EUR, as edited.`,
      lines: [{ quantity: '500', unitPrice: '9.000000' }],
    });
    expect((await house(`PATCH ${path}`, body, ifMatch)).status).toBe(412);

    await world.plan();
    expect((await done(`GET ${path}`)).state).toBe('edited');
    // What is being planned by hand counts as coming.
    expect(await proposalOf(items.edited!)).toBeUndefined();
    const { document } = await done(`POST ${path}/approve`, {});
    const order = await done(`GET /v1/purchase-orders/${document.number}`);
    expect(order).toMatchObject({ supplier: suppliers.other, lines: [{ quantity: '500' }] });
    expect(await history(before.number)).toEqual(['proposed', 'edited', 'approved']);
  });

  it('rejects with a reason, and is quiet about it for a while', async () => {
    const { number } = await proposalOf(items.rejected!);
    expect((await world.command(`POST ${PROPOSALS}/${number}/reject`, {})).status).toBe(400);
    const body = { reason: 'the line ends', quietDays: 5 };
    const rejected = await done(`POST ${PROPOSALS}/${number}/reject`, body);
    expect(rejected).toMatchObject({ state: 'rejected', reason: 'the line ends' });
    await world.plan();
    expect(await proposalOf(items.rejected!)).toBeUndefined();
    const { figures } = await world.plan({ day: world.day(6) });
    expect(figures.purchaseProposals).toBeGreaterThan(0);
    expect(lineOf(await proposalOf(items.rejected!), items.rejected!)).toBeDefined();
    const late = await world.command(`POST ${PROPOSALS}/${number}/approve`, {});
    expect(late.body).toMatchObject({ status: 409, state: 'rejected' });
  });
});

describe('what is proposed', () => {
  it('fills up to the minimum order value with what runs out next', async () => {
    const proposal = await proposalOf(items.small!);
    expect(Number(proposal.amount)).toBeGreaterThanOrEqual(2000);
    expect(proposal.why).toMatchObject({ filledFor: ['minimum_value'], missed: [] });
    const filler = lineOf(proposal, items.filler!);
    expect(filler.why.rounding.addedFor).toEqual(['minimum_value']);
    expect(filler.summary).toContain('the minimum order value');
  });

  it('refills a site from its central site, and buys for both there', async () => {
    const transfer = await proposalOf(items.fed!, '&kind=transfer');
    expect(transfer).toMatchObject({ from: 'N', site: 'S' });
    const moved = Number(lineOf(transfer, items.fed!).quantity);
    expect(moved).toBeGreaterThan(0);
    // Central keeps what its own customers ask for until its next review.
    expect(moved).toBeLessThan(60);
    const purchase = await proposalOf(items.fed!, '&kind=purchase');
    expect(purchase.site).toBe('N');
    const { why } = lineOf(purchase, items.fed!);
    expect(why.forecast.servesSites).toEqual(['S']);
    expect(why.forecast.perDay).toBeGreaterThan(9);
    const approved = await done(`POST ${PROPOSALS}/${transfer.number}/approve`, { release: true });
    const order = await done(`GET /v1/transfer-orders/${approved.document.number}`);
    expect(order).toMatchObject({ from: 'N', to: 'S', state: 'released' });
    expect(order.lines).toMatchObject(
      transfer.lines.map(({ item, quantity }: Body) => ({ item, quantity })),
    );
  });

  it('moves surplus before it buys', async () => {
    const all = await world.open(`&item=${items.surplus}`);
    const kinds = all.map(({ kind }) => kind);
    // The transfer of the test before took its lines of the same pair of sites along.
    const { body } = await house(`GET ${PROPOSALS}?item=${items.surplus}&from=N`);
    expect(kinds).not.toContain('purchase');
    expect(body.items.length).toBeGreaterThan(0);
    const { lines } = await done(`GET ${PROPOSALS}/${body.items.at(-1).number}`);
    const line = lines.find((each: Body) => each.item === items.surplus);
    expect(line.why.reason).toBe('surplus');
  });

  it('changes nothing where a run finds the same, and supersedes what is otherwise', async () => {
    const day = world.day(0);
    await world.plan({ day });
    const before = await world.open();
    const { figures } = await world.plan({ day });
    expect(figures).toMatchObject({ superseded: 0, expired: 0, kept: before.length });
    const { number } = await proposalOf(items.kept!);
    await world.receive(items.kept!, '20', 'B2', { unitCost: '4' });
    await world.plan({ day });
    expect(await done(`GET ${PROPOSALS}/${number}`)).toMatchObject({ state: 'superseded' });
    expect(await history(number)).toContain('superseded');
    const next = await proposalOf(items.kept!);
    expect(lineOf(next, items.kept!).why.position.onHand).toBe('20');
  });

  it('gives up what nobody decided', async () => {
    const { number } = await proposalOf(items.kept!);
    await world.plan({ day: world.day(40) });
    expect(await done(`GET ${PROPOSALS}/${number}`)).toMatchObject({ state: 'expired' });
    await world.plan({ day: world.day(0) });
  });

  it('lets only one run at a time work', async () => {
    const insert = `INSERT INTO planning.proposal_run (state, day, phase, actor_id, started_at,
      alive_at) VALUES ('running', now(), 'reading', 1, now(), now()) RETURNING run_id`;
    const { rows } = await world.admin.query<{ run_id: number }>(insert);
    const refused = await world.command('POST /v1/planning/proposal-runs', {});
    expect(refused.body).toMatchObject({ type: '/problems/planning-run-under-way', status: 409 });
    // One that has been silent for too long is taken for dead.
    await world.admin.query(
      `UPDATE planning.proposal_run SET alive_at = now() - interval '1 hour' WHERE run_id = $1`,
      [rows[0]!.run_id],
    );
    expect(await world.plan()).toMatchObject({ state: 'finished' });
    const dead = await done(`GET /v1/planning/proposal-runs/${rows[0]!.run_id}`);
    expect(dead).toMatchObject({ state: 'failed' });
  });
});

describe('owners', () => {
  it("shows an owner its own targets, and buys nothing with the house's money", async () => {
    const { id, call } = await world.owner('ACME');
    const item = await world.item({ owner: 'ACME' });
    await done('POST /v1/supplier-items', { supplier: suppliers.bulk, item });
    await world.history(item, 'N', 9, { owner: id });
    await world.forecast();
    await world.plan();
    const { body } = await call('GET /v1/planning/targets');
    expect(body.items.map((each: Body) => [each.item, each.owner, each.supplier])).toEqual([
      [item, 'ACME', null],
    ]);
    expect(body.items[0].orderUpTo).toBeGreaterThan(0);
    expect(await world.open(`&item=${item}`)).toEqual([]);
    for (const path of [PROPOSALS, '/v1/planning/exceptions', '/v1/planning/proposal-runs']) {
      expect((await call(`GET ${path}`)).status).toBe(403);
    }
  });
});
