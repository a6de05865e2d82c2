import { describe, expect, it } from 'vitest';
import { createBuyingWorld } from '../../test/support/buying-world.ts';
import { testContext } from '../../test/support/context.ts';
import { ledgerViolations } from '../../test/support/invariants.ts';
import { openLedger } from '../ledger/index.ts';
import { SYSTEM } from '../platform/auth/index.ts';
import { readAs, writeAs } from '../platform/database.ts';
import { newId } from '../platform/ids.ts';
import { completions } from './completions.ts';
import { createInbound } from './inbound.ts';
import { readExpectedReceipts } from './index.ts';
import { readSteps } from './operations.queries.ts';
import { commandKey, finishStalled } from './operations.ts';
import { createReceipt, RECEIPT } from './receipt.commands.ts';

const world = await createBuyingWorld();
const { done, command } = world;

const line = (item: string, more: object = {}) => ({
  item,
  quantity: '10',
  unitPrice: '2',
  ...more,
});
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const refused = async (purchaseOrder: string, lines: object[]) => {
  const located = lines.map((each) => ({ location: 'B1', ...each }));
  const body = { purchaseOrder, lines: located };
  const { status, body: problem } = await command('POST /v1/receipts', body);
  return { status, ...problem };
};
const onHand = async (item: string): Promise<string> => {
  const { items } = await done(`GET /v1/stock?item=${item}&groupBy=item`);
  return items[0]?.onHand ?? '0';
};

describe('a receipt', () => {
  it('in parts moves the purchase order along and posts the price of the day', async () => {
    const item = await world.item();
    const { number } = await world.sent({ lines: [line(item)] });
    const first = await world.receipt(number, [{ item, quantity: '4' }]);
    expect(first).toMatchObject({
      state: 'posted',
      lines: [{ value: '8.00', receivedOn: day(0) }],
    });
    const movement = await done(`GET /v1/movements/${first.lines[0].movement}`);
    expect(movement).toMatchObject({
      kind: 'receipt',
      value: '8.00',
      document: { type: 'receipt', number: first.number },
      actor: 'house',
    });
    const order = await done(`GET /v1/purchase-orders/${number}`);
    expect(order).toMatchObject({ state: 'partly_received', lines: [{ received: '4' }] });
    await world.receipt(number, [{ line: 1, quantity: '6' }]);
    const full = await done(`GET /v1/purchase-orders/${number}`);
    expect(full).toMatchObject({ state: 'received', lines: [{ received: '10' }] });
    expect(await onHand(item)).toBe('10');
  });

  it('comes from the location of the supplier, where the network knows it', async () => {
    const site = `SITE-${newId().slice(-6)}`;
    const place = { code: site, name: site, type: 'supplier', timeZone: 'UTC' };
    await done('POST /v1/sites', place);
    const supplier = await world.supplier({ site });
    const item = await world.item();
    const { number } = await world.sent({ supplier, lines: [line(item)] });
    const { lines } = await world.receipt(number, [{ line: 1, quantity: '1' }]);
    const movement = await done(`GET /v1/movements/${lines[0].movement}`);
    expect(movement.from.location).toBe(`SUPPLIER-${site}`);
  });

  it('is posted once, however often it is sent', async () => {
    const item = await world.item();
    const { number } = await world.sent({ lines: [line(item)] });
    const body = { purchaseOrder: number, lines: [{ line: 1, quantity: '3', location: 'B1' }] };
    const key = world.fresh();
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await world.house('POST /v1/receipts', body, key));
    expect(new Set(answers.map((answer) => answer.body.number)).size).toBe(1);
    expect(await onHand(item)).toBe('3');
  });

  it('of many docks at once never takes more than was ordered', async () => {
    const item = await world.item();
    const { number } = await world.sent({ lines: [line(item)] });
    const scans = Array.from({ length: 8 }, () =>
      command('POST /v1/receipts', {
        purchaseOrder: number,
        lines: [{ line: 1, quantity: '3', location: 'B1' }],
      }),
    );
    const statuses = (await Promise.all(scans)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 201, 201, 409, 409, 409, 409, 409]);
    expect(await onHand(item)).toBe('9');
  });

  it('puts units into a container that it makes', async () => {
    const item = await world.item();
    const { number } = await world.sent({ lines: [line(item)] });
    const lpn = `LPN-${newId()}`;
    await world.receipt(number, [{ line: 1, quantity: '4', lpn }]);
    await world.receipt(number, [{ line: 1, quantity: '2', lpn }]);
    const unit = await done(`GET /v1/handling-units/${lpn}`);
    expect(unit).toMatchObject({ type: 'pallet', location: 'B1' });
  });

  it('of serials names each one', async () => {
    const item = await world.item({ tracksSerial: true });
    const { number } = await world.sent({ lines: [line(item, { quantity: '2' })] });
    const short = await refused(number, [{ line: 1, quantity: '2', serials: ['S1'] }]);
    expect(short.errors[0]).toMatchObject({ path: 'body.lines.0.serials' });
    await world.receipt(number, [{ line: 1, quantity: '2', serials: ['S1', 'S2'] }]);
    expect(await onHand(item)).toBe('2');
  });
});

describe('tolerance', () => {
  it('of the line, else of the item, else of the supplier, limits what is taken', async () => {
    const supplier = await world.supplier({ overReceiptBasisPoints: 1000 });
    const [plain, special] = [await world.item(), await world.item()];
    const terms = { supplier, item: special, overReceiptBasisPoints: 2000 };
    await done('POST /v1/supplier-items', terms);
    const own = { overReceiptBasisPoints: 0 };
    const lines = [line(plain), line(special), line(plain, own)];
    const { number } = await world.sent({ supplier, lines });
    for (const [index, most] of ['11', '12', '10'].entries()) {
      const over = `${Number(most) + 1}`;
      const answer = await refused(number, [{ line: index + 1, quantity: over }]);
      expect(answer).toMatchObject({
        status: 409,
        type: '/problems/over-receipt',
        acceptable: most,
        requested: over,
      });
      await world.receipt(number, [{ line: index + 1, quantity: most }]);
    }
  });

  it('below counts as in full', async () => {
    const item = await world.item();
    const lines = [line(item, { underReceiptBasisPoints: 1000 })];
    const { number } = await world.sent({ lines });
    await world.receipt(number, [{ line: 1, quantity: '9' }]);
    expect(await done(`GET /v1/purchase-orders/${number}`)).toMatchObject({ state: 'received' });
  });

  it('counts the lines of one receipt together', async () => {
    const item = await world.item();
    const { number } = await world.sent({ lines: [line(item)] });
    const two = [6, 6].map((quantity) => ({ line: 1, quantity: String(quantity) }));
    expect(await refused(number, two)).toMatchObject({ acceptable: '4', requested: '6' });
  });
});

describe('what cannot be received', () => {
  it('is what is not approved, closed, not ordered, or for another site', async () => {
    const item = await world.item();
    const { number } = await world.draft({ lines: [line(item)] });
    expect(await refused(number, [{ line: 1, quantity: '1' }])).toMatchObject({
      status: 409,
      state: 'draft',
    });
    const sent = await world.sent({ lines: [line(item)] });
    const fields = async (lines: object[]) =>
      (await refused(sent.number, lines)).errors.map(({ path }: { path: string }) => path);
    expect(await fields([{ line: 1, quantity: '1', location: 'C1' }])).toEqual([
      'body.lines.0.location',
    ]);
    expect(await fields([{ item: 'NONE', quantity: '1' }])).toEqual(['body.lines.0.item']);
    expect(await fields([{ line: 7, quantity: '1' }])).toEqual(['body.lines.0.line']);
    expect(await fields([{ quantity: '1' }])).toEqual(['body.lines.0.item']);
    expect(await refused('PO-999999', [{ line: 1, quantity: '1' }])).toMatchObject({ status: 400 });
  });

  it('is what does not keep long enough, unless it is not for sale', async () => {
    const life = { tracksLot: true, tracksExpiry: true, minLifeReceiptDays: 30 };
    const item = await world.item(life);
    const { number } = await world.sent({ lines: [line(item)] });
    const scan = { line: 1, quantity: '2', lot: 'L1', expiresOn: day(20) };
    expect(await refused(number, [scan])).toMatchObject({
      status: 409,
      type: '/problems/shelf-life-too-short',
      required: 30,
    });
    const kept = await world.receipt(number, [{ ...scan, disposition: 'quarantined' }]);
    expect(kept.lines[0]).toMatchObject({ disposition: 'quarantined', lot: 'L1' });
    const known = { line: 1, quantity: '2', lot: 'L1' };
    expect((await refused(number, [known])).type).toBe('/problems/shelf-life-too-short');
    await world.receipt(number, [{ line: 1, quantity: '2', lot: 'L2', expiresOn: day(40) }]);
  });

  it('is refused by the ledger for good, and frees the line again', async () => {
    const item = await world.item({ tracksSerial: true });
    const { number } = await world.sent({ lines: [line(item, { quantity: '2' })] });
    await world.receipt(number, [{ line: 1, quantity: '1', serials: ['TWICE'] }]);
    const body = {
      purchaseOrder: number,
      lines: [{ line: 1, quantity: '1', serials: ['TWICE'], location: 'B2' }],
    };
    const key = world.fresh();
    const first = await world.house('POST /v1/receipts', body, key);
    expect(first).toMatchObject({ status: 409, body: { type: '/problems/serial-elsewhere' } });
    const again = await world.house('POST /v1/receipts', body, key);
    expect(again.body.type).toBe('/problems/serial-elsewhere');
    await world.receipt(number, [{ line: 1, quantity: '1', serials: ['OTHER'] }]);
    const { items } = await done('GET /v1/receipts?state=refused');
    expect(items).toHaveLength(1);
  });
});

describe('a reversal', () => {
  it('takes the units back and reopens the line', async () => {
    const item = await world.item();
    const line1 = { item, quantity: '10', unitPrice: '2', expectedOn: day(3) };
    const { number } = await world.sent({ lines: [line1, line(item)] });
    await done(`POST /v1/purchase-orders/${number}/confirmations`, {});
    const receipt = await world.receipt(number, [
      { line: 1, quantity: '10' },
      { line: 2, quantity: '10' },
    ]);
    const one = await done(`POST /v1/receipts/${receipt.number}/reverse`, { lines: [1] });
    expect(one.lines.map(({ state }: { state: string }) => state)).toEqual(['reversed', 'posted']);
    const order = await done(`GET /v1/purchase-orders/${number}`);
    expect(order.lines.map(({ state }: { state: string }) => state)).toEqual([
      'confirmed',
      'received',
    ]);
    expect(await onHand(item)).toBe('10');
    const all = await done(`POST /v1/receipts/${receipt.number}/reverse`, {});
    expect(all.state).toBe('reversed');
    expect((await command(`POST /v1/receipts/${receipt.number}/reverse`, {})).status).toBe(409);
  });

  it('is refused once an invoice stands on it, or when the goods are gone', async () => {
    const item = await world.item();
    const { number } = await world.sent({ lines: [line(item)] });
    const first = await world.receipt(number, [{ line: 1, quantity: '4' }]);
    const invoice = await world.invoice(number, [{ line: 1, quantity: '4', unitPrice: '2' }]);
    await world.approve(invoice.number);
    const path = (receipt: { number: string }) => `POST /v1/receipts/${receipt.number}/reverse`;
    expect((await command(path(first), {})).body.type).toBe('/problems/receipt-invoiced');
    const second = await world.receipt(number, [{ line: 1, quantity: '2' }]);
    await world.posted({ kind: 'shipment', item, quantity: '5', from: 'B1' });
    const gone = await command(path(second), {});
    expect(gone.body.type).toBe('/problems/insufficient-stock');
    expect(await done(`GET /v1/receipts/${second.number}`)).toMatchObject({ state: 'posted' });
    await world.receive(item, '3');
    expect(await done(path(second), {})).toMatchObject({ state: 'reversed' });
  });
});

describe('a notice', () => {
  it('is received by its lines, with what it announced', async () => {
    const item = await world.item({ tracksLot: true, tracksExpiry: true });
    const { number } = await world.sent({ lines: [line(item), line(item)] });
    const lot = { lot: 'ASN-LOT', expiresOn: day(200) };
    const asn = await done('POST /v1/asns', {
      purchaseOrder: number,
      expectedOn: day(5),
      units: [{ type: 'pallet', sscc: '340123450000000000' }],
      lines: [
        { line: 1, quantity: '6', unit: 1, ...lot },
        { line: 2, quantity: '10', ...lot },
      ],
    });
    expect(asn).toMatchObject({ state: 'announced', units: [{ unit: 1, type: 'pallet' }] });
    const lines = [{ asnLine: 1, quantity: '6', location: 'B2' }];
    const receipt = await done('POST /v1/receipts', { asn: asn.number, lines });
    expect(receipt).toMatchObject({ asn: asn.number, lines: [{ lot: 'ASN-LOT' }] });
    const part = await done(`GET /v1/asns/${asn.number}`);
    expect(part).toMatchObject({ state: 'partly_received', lines: [{ received: '6' }, {}] });
    const rest = [{ asnLine: 2, quantity: '10', location: 'B2' }];
    await done('POST /v1/receipts', { asn: asn.number, lines: rest });
    expect((await done(`GET /v1/asns/${asn.number}`)).state).toBe('received');
    await done(`POST /v1/receipts/${receipt.number}/reverse`, {});
    const reopened = await done(`GET /v1/asns/${asn.number}`);
    expect(reopened).toMatchObject({ state: 'partly_received', lines: [{ received: '0' }, {}] });
    expect((await done(`POST /v1/asns/${asn.number}/close`)).state).toBe('closed');
  });

  it('refuses a wrong SSCC and lines that do not wait for goods', async () => {
    const item = await world.item();
    const { number } = await world.draft({ lines: [line(item)] });
    const answer = await command('POST /v1/asns', {
      purchaseOrder: number,
      expectedOn: day(1),
      units: [{ type: 'pallet', sscc: '340123450000000001' }],
      lines: [{ line: 1, quantity: '1' }],
    });
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'body.units.0.sscc',
      'body.lines.0.line',
    ]);
  });

  it('says when the goods come that it covers', async () => {
    const item = await world.item();
    const lines = [line(item, { expectedOn: day(30) }), line(item)];
    const { number } = await world.sent({ lines });
    const body = { purchaseOrder: number, expectedOn: day(10) };
    const asn = await done('POST /v1/asns', { ...body, lines: [{ line: 1, quantity: '4' }] });
    const { items } = await done(`GET /v1/expected-receipts?item=${item}`);
    expect(items).toEqual([
      {
        quantity: '4',
        expectedOn: day(10),
        document: { type: 'asn', number: asn.number },
        line: 1,
      },
      {
        quantity: '6',
        expectedOn: day(30),
        document: { type: 'purchase_order', number },
        line: 1,
      },
    ]);
    await world.receipt(number, [{ line: 1, quantity: '10' }]);
    const itemId = (await done(`GET /v1/items/${item}`)).itemId;
    const left = await readAs(world.database, 'house', (tx) =>
      readExpectedReceipts(tx, { itemIds: [itemId] }),
    );
    expect(left).toEqual([]);
  });
});

describe('a crash', () => {
  /** What a process leaves behind that dies after it wrote down what it wants to post. */
  async function abandoned(isPosted: boolean): Promise<{ number: string; item: string }> {
    const context = testContext(world.database);
    const ledger = await openLedger({ context });
    const inbound = createInbound(context, ledger);
    const item = await world.item();
    const order = await world.sent({ lines: [line(item)] });
    const by = { actorId: SYSTEM.principalId, at: context.clock() };
    const written = {
      purchaseOrder: order.number,
      lines: [{ line: 1, quantity: '10', location: 'B1' }],
    };
    const number = await writeAs(world.database, 'house', (tx) =>
      createReceipt(inbound, tx, written, by),
    );
    const ref = { type: RECEIPT, number, operation: 'receive' };
    if (isPosted) {
      const [step] = await readAs(world.database, 'house', (tx) => readSteps(tx, ref));
      if (step?.request.kind !== 'post') throw new Error('a receipt posts movements');
      const command = { id: commandKey(ref, step.step), lines: step.request.lines };
      const [answer] = await ledger.post(SYSTEM, [command]);
      expect(answer?.status).toBe('committed');
    }
    await ledger.drain();
    return { number, item };
  }

  it.each([false, true])(
    'leaves a receipt that the next process finishes (posted: %s)',
    async (is) => {
      const { number, item } = await abandoned(is);
      expect(await done(`GET /v1/receipts/${number}`)).toMatchObject({ state: 'posting' });
      const context = testContext(world.database);
      const ledger = await openLedger({ context });
      const inbound = createInbound(context, ledger);
      const now = context.clock();
      await Promise.all([1, 2].map(() => finishStalled(inbound, completions, now)));
      await ledger.drain();
      const receipt = await done(`GET /v1/receipts/${number}`);
      expect(receipt).toMatchObject({ state: 'posted', lines: [{ value: '20.00' }] });
      expect(await onHand(item)).toBe('10');
    },
  );
});

it('left the ledger whole', async () => {
  expect(await ledgerViolations(world.admin)).toEqual([]);
  expect(await world.openByReceipts()).toBe(
    (await world.grni()) - (await valueReceivedWithoutOrder()),
  );
});

/** Units that tests received past purchasing, which carry no price here but may get a value. */
async function valueReceivedWithoutOrder(): Promise<bigint> {
  const { rows } = await world.admin.query<{ sum: bigint }>(
    `SELECT coalesce(sum(value), 0)::bigint AS sum FROM ledger.movement
     WHERE kind = 1 AND document_id IS NULL`,
  );
  return rows[0]?.sum ?? 0n;
}
