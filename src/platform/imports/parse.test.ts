import { describe, expect, it } from 'vitest';
import { detectDelimiter, normaliseHeader } from './parse.ts';
import { type PlanEntry, staleRows } from './plan.ts';

describe('the delimiter', () => {
  it.each([
    ['sku,name', ','],
    ['sku;name;price', ';'],
    ['sku\tname', '\t'],
    ['sku|name', '|'],
    ['sku', ','],
    ['', ','],
    ['"a,b,c";"d"\n1,2,3,4,5', ';'],
    ['\uFEFFsku;name\r\n', ';'],
  ])('of %j is %j', (text, delimiter) => {
    expect(detectDelimiter(text)).toBe(delimiter);
  });
});

describe('a header', () => {
  it.each([
    ['shelf_life_days', 'shelf_life_days'],
    ['shelfLifeDays', 'shelf_life_days'],
    [' Shelf life (days) ', 'shelf_life_days'],
    ['SKU', 'sku'],
    ['Capacity Volume mm3', 'capacity_volume_mm3'],
    ['capacityVolumeMm3', 'capacity_volume_mm3'],
  ])('%j is %j', (text, header) => {
    expect(normaliseHeader(text)).toBe(header);
  });
});

describe('rows that changed since the preview', () => {
  const seen: PlanEntry[] = [
    [2, 'create', null, null],
    [3, 'update', 7, 1],
    [4, 'unchanged', 8, 3],
  ];
  it.each<[string, PlanEntry[], number[]]>([
    ['none', seen, []],
    ['one that exists now', [[2, 'update', 9, 1], ...seen.slice(1)], [2]],
    ['one with a newer version', [...seen.slice(0, 2), [4, 'unchanged', 8, 4]], [4]],
    ['one that cannot be planned any more', seen.slice(0, 2), [4]],
  ])('%s', (_, now, rows) => {
    expect(staleRows(seen, now)).toEqual(rows);
  });
});
