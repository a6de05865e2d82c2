import { describe, expect, it } from 'vitest';
import { completeValues } from '../platform/documents/index.ts';
import { checkItem, type ItemValues, itemFields } from './item.ts';
import { checkPacks, type Pack, packsField } from './packaging.ts';

const fields = itemFields(2);

function item(values: Partial<ItemValues>): ItemValues {
  return completeValues(fields, { sku: 'A', name: 'A', ...values }, {}) as ItemValues;
}

function pack(level: Pack['level'], baseQuantity: string, gtin: string | null = null): Pack {
  const size = { lengthMm: null, widthMm: null, heightMm: null, weightG: null };
  return { level, baseQuantity, gtin, ...size };
}

describe('an item', () => {
  it.each<[string, Partial<ItemValues>]>([
    ['by its defaults', {}],
    ['with serials in whole units', { tracksSerial: true }],
    ['with lots and expiry', { tracksLot: true, tracksExpiry: true, minLifeReceiptDays: 0 }],
    ['at standard cost', { costMethod: 'standard', standardUnitCost: '0.000000' }],
  ])('is fine %s', (_, values) => {
    expect(checkItem(item(values))).toEqual([]);
  });

  it.each<[string, Partial<ItemValues>, string]>([
    ['serials of fractions', { tracksSerial: true, quantityScale: 1 }, 'quantityScale'],
    ['expiry without lots', { tracksExpiry: true }, 'tracksLot'],
    ['standard cost without a cost', { costMethod: 'standard' }, 'standardUnitCost'],
    ['a life at receipt without expiry', { minLifeReceiptDays: 3 }, 'minLifeReceiptDays'],
    ['a life at shipment without expiry', { minLifeShipmentDays: 3 }, 'minLifeShipmentDays'],
    [
      'more life at receipt than it ever has',
      { tracksLot: true, tracksExpiry: true, shelfLifeDays: 9, minLifeReceiptDays: 10 },
      'minLifeReceiptDays',
    ],
    [
      'more life at shipment than it ever has',
      { tracksLot: true, tracksExpiry: true, shelfLifeDays: 9, minLifeShipmentDays: 10 },
      'minLifeShipmentDays',
    ],
  ])('cannot have %s', (_, values, path) => {
    expect(checkItem(item(values)).map((error) => error.path)).toEqual([path]);
  });
});

describe('packs', () => {
  it('are kept in the order of their levels, each in its one form', () => {
    const given = [pack('pallet', '480'), pack('each', '3/3', '96385074'), pack('case', '12.00')];
    expect(packsField.normalise(given)).toEqual([
      pack('each', '1', '00000096385074'),
      pack('case', '12'),
      pack('pallet', '480'),
    ]);
  });

  it.each<[string, Pack[], string]>([
    ['a level twice', [pack('each', '1'), pack('each', '1')], 'packaging.1.level'],
    [
      'a case of less than an inner',
      [pack('inner', '6'), pack('case', '5')],
      'packaging.1.baseQuantity',
    ],
    ['nothing inside', [pack('each', '0')], 'packaging.0.baseQuantity'],
    ['a division by zero', [pack('each', '1/0')], 'packaging.0.baseQuantity'],
    ['a wrong check digit', [pack('each', '1', '96385075')], 'packaging.0.gtin'],
  ])('cannot have %s', (_, packs, path) => {
    expect(checkPacks(packsField.normalise(packs)).map((error) => error.path)).toEqual([path]);
  });

  it('may hold fractions, and the same at two levels', () => {
    expect(checkPacks([pack('each', '1/3'), pack('inner', '1/2'), pack('case', '1/2')])).toEqual(
      [],
    );
  });
});

describe('a standard cost', () => {
  const { standardUnitCost } = fields;
  it.each([
    ['4.25', '4.250000', '4250000'],
    ['0', '0.000000', '0'],
    ['99999999999.999999', '99999999999.999999', '99999999999999999'],
  ])('%s is kept exactly', (given, canonical, stored) => {
    expect(standardUnitCost.normalise(given)).toBe(canonical);
    expect(standardUnitCost.toDatabase(given)).toBe(stored);
    expect(standardUnitCost.fromDatabase(BigInt(stored))).toBe(canonical);
  });

  it.each(['-1', '1.0000001', '1e3', '', '123456789012'])('is not %j', (text) => {
    expect(standardUnitCost.schema.safeParse(text).success).toBe(false);
  });
});
