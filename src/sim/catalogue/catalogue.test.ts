import { describe, expect, it } from 'vitest';
import { isGtin } from '../../catalog/index.ts';
import { demoScale } from '../scale.ts';
import { makeCatalogue, SELLERS, sitesOf } from './index.ts';
import { FAMILIES } from './products.ts';

const full = makeCatalogue('onhand', demoScale.full);

interface Body {
  readonly name: string;
  readonly packaging: readonly { gtin: string; baseQuantity: string; level: string }[];
}
const bodies = full.items.map(({ body }) => body as unknown as Body);

describe('the catalogue', () => {
  it('is the same for the same seed and another for another', () => {
    const text = (seed: string) =>
      JSON.stringify(makeCatalogue(seed, demoScale.small), (_, value) =>
        typeof value === 'bigint' ? String(value) : value,
      );
    expect(text('a')).toBe(text('a'));
    expect(text('a')).not.toBe(text('b'));
  });

  it('has what a full demo promises', () => {
    expect(full.items).toHaveLength(3_000);
    expect(full.bins).toHaveLength(20_000);
    expect(full.sites).toHaveLength(4);
    expect(full.suppliers).toHaveLength(30);
    expect(full.lanes).toHaveLength(4 * 33);
    const own = new Set(full.items.map(({ owner }) => owner));
    expect([...own].sort()).toEqual([...SELLERS.map(({ code }) => code), null].sort());
    const methods = full.items.map(({ body }) => body.costMethod);
    for (const method of ['moving_average', 'fifo', 'standard']) expect(methods).toContain(method);
    expect(full.items.filter(({ tracksSerial }) => tracksSerial).length).toBeGreaterThan(100);
    expect(full.items.filter(({ shelfLifeDays }) => shelfLifeDays).length).toBeGreaterThan(500);
    expect(full.items.filter(({ quantityScale }) => quantityScale > 0).length).toBeGreaterThan(20);
  });

  it('gives every item a name and every pack a GTIN of its own, with a right check digit', () => {
    expect(new Set(bodies.map(({ name }) => name)).size).toBe(bodies.length);
    const gtins = bodies.flatMap(({ packaging }) => packaging.map(({ gtin }) => gtin));
    expect(new Set(gtins.map((gtin) => gtin.padStart(14, '0'))).size).toBe(gtins.length);
    expect(gtins.filter((gtin) => !isGtin(gtin))).toEqual([]);
  });

  it('reads every product line to the last column', () => {
    for (const { articles } of FAMILIES) {
      for (const { name, commodityCode, priceCents, sizeMm, weightG } of articles) {
        expect.soft(commodityCode, name).toMatch(/^\d{6}$/);
        expect
          .soft(
            [priceCents, weightG, ...sizeMm].every((figure) => figure > 0),
            name,
          )
          .toBe(true);
        expect.soft(name).toMatch(/^[A-Z].*[^, ]$/);
      }
    }
  });

  it('fits every unit into a bin of its zone', () => {
    for (const { sku, storage, unitVolumeMm3 } of full.items) {
      const largest = Math.max(
        ...full.bins.slice(0, 5_000).map((bin) => (bin.storage === storage ? bin.volumeMm3 : 0)),
      );
      expect.soft(unitVolumeMm3, sku).toBeLessThan(largest);
    }
  });

  it('keeps what sells fast everywhere, and finds its sites again by the SKU', () => {
    expect(sitesOf('GRO-00001', 'A', 4)).toEqual([0, 1, 2, 3]);
    const slow = full.items.filter(({ velocity }) => velocity === 'C').map(({ sku }) => sku);
    const counts = new Set(slow.map((sku) => sitesOf(sku, 'C', 4).length));
    expect([...counts].sort()).toEqual([1, 2]);
    expect(sitesOf(slow[0]!, 'C', 4)).toEqual(sitesOf(slow[0]!, 'C', 4));
  });
});
