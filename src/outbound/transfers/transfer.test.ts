import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canDo,
  inTransit,
  openToShip,
  type Parcel,
  planReceipt,
  planShipment,
  type StepKind,
  stateOfLines,
  TRANSFER_MACHINE,
  TRANSFER_STATES,
  type TransferLine,
} from './transfer.ts';

const line = (more: Partial<TransferLine> = {}): TransferLine => ({
  ...{ line: 1, itemId: 1, item: 'A', quantityScale: 0, tracksLot: false, tracksSerial: false },
  ...{ quantity: 10n, lot: null, serials: null, disposition: 'sellable', from: 'B1', to: 'C1' },
  ...{ shipped: 0n, received: 0n, lost: 0n, cancelled: 0n, reservation: null },
  ...more,
});
const parcel = (number: number, openQuantity: bigint, more: Partial<Parcel> = {}): Parcel => ({
  ...{ line: 1, parcel: number, lot: null, openQuantity, openSerials: null },
  ...more,
});

describe('the life of a transfer order', () => {
  it('is drawn in the documentation as it is in the table', () => {
    const arrows = new Map<string, string[]>();
    for (const { from, event, to } of TRANSFER_MACHINE) {
      const arrow = `    ${from} --> ${to}: `;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
    }
    const drawn = [...arrows].map(([arrow, events]) => arrow + events.join(', '));
    const picture = ['stateDiagram-v2', '    [*] --> draft', ...drawn].join('\n');
    expect(readFileSync('docs/concepts/promise.md', 'utf8')).toContain(picture);
  });

  it('reaches every state, and ends in those from which nothing leads', () => {
    const reached = new Set(['draft']);
    for (let i = 0; i < TRANSFER_STATES.length; i += 1) {
      for (const { from, to } of TRANSFER_MACHINE) if (reached.has(from)) reached.add(to);
    }
    expect([...reached].sort()).toEqual([...TRANSFER_STATES].sort());
    const ends = TRANSFER_STATES.filter((state) => !TRANSFER_MACHINE.some((r) => r.from === state));
    expect(ends).toEqual(['received', 'cancelled']);
  });

  it('never leaves the table, whatever is shipped, received and lost', () => {
    const event = fc.record({
      kind: fc.constantFrom<StepKind>('ship', 'receive', 'close'),
      units: fc.integer({ min: 1, max: 6 }),
      final: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        let figures = line();
        for (const { kind, units, final } of events) {
          const before = stateOfLines([figures]);
          if (!canDo(before, kind)) continue;
          const most = kind === 'ship' ? openToShip(figures) : inTransit(figures);
          const some = most < BigInt(units) ? most : BigInt(units);
          if (some === 0n) continue;
          if (kind === 'ship') figures = { ...figures, shipped: figures.shipped + some };
          else if (kind === 'receive') figures = { ...figures, received: figures.received + some };
          else figures = { ...figures, lost: figures.lost + inTransit(figures) };
          if (kind === 'ship' && final) {
            figures = { ...figures, cancelled: figures.quantity - figures.shipped };
          }
          const to = stateOfLines([figures]);
          const row = TRANSFER_MACHINE.some(
            (each) => each.from === before && each.event === kind && each.to === to,
          );
          expect(row, `${before} --> ${to}: ${kind}`).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a plan', () => {
  it('ships everything that is open, from where the line says', () => {
    const lines = [line({ shipped: 4n }), line({ line: 2, shipped: 10n })];
    const { moves, errors } = planShipment(lines, undefined);
    expect(errors).toEqual([]);
    expect(moves).toMatchObject([{ line: 1, quantity: '6', place: 'B1' }]);
  });

  it('names every wrong field of a shipment', () => {
    const { errors } = planShipment(
      [line({ from: null })],
      [
        { line: 9 },
        { line: 1, quantity: '1.5', place: 'B1' },
        { line: 1, quantity: '11', place: 'B1' },
        { line: 1, quantity: '1' },
      ],
    );
    expect(errors.map(({ path }) => path)).toEqual([
      ...['lines.0.line', 'lines.1.quantity', 'lines.2.quantity', 'lines.3.from'],
    ]);
  });

  it('takes the oldest parcels first, and only of the lot that arrived', () => {
    const shipped = line({ shipped: 9n, tracksLot: true });
    const parcels = [
      parcel(1, 4n, { lot: 'L1' }),
      parcel(2, 2n, { lot: 'L2' }),
      parcel(3, 3n, { lot: 'L1' }),
    ];
    const some = planReceipt([shipped], parcels, [{ line: 1, quantity: '5', lot: 'L1' }]);
    expect(some.moves).toMatchObject([
      { parcel: 1, quantity: '4' },
      { parcel: 3, quantity: '1' },
    ]);
    const all = planReceipt([shipped], parcels, undefined);
    expect(all.moves.map(({ quantity }) => quantity)).toEqual(['4', '2', '3']);
    const twice = [
      { line: 1, quantity: '2', lot: 'L2' },
      { line: 1, quantity: '1', lot: 'L2' },
    ];
    expect(planReceipt([shipped], parcels, twice).errors[0]?.path).toBe('lines.1.quantity');
  });

  it('knows which serials are on the way', () => {
    const shipped = line({ shipped: 3n, tracksSerial: true });
    const parcels = [
      parcel(1, 2n, { openSerials: ['X1', 'X2'] }),
      parcel(2, 1n, { openSerials: ['X3'] }),
    ];
    const given = [{ line: 1, quantity: '2', serials: ['X3', 'X1'] }];
    expect(planReceipt([shipped], parcels, given).moves.map(({ serials }) => serials)).toEqual([
      ...[['X1'], ['X3']],
    ]);
    const unknown = [{ line: 1, quantity: '1', serials: ['X9'] }];
    expect(planReceipt([shipped], parcels, unknown).errors).toHaveLength(1);
  });
});
