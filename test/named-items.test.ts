import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCatalogue } from '../src/sim/catalogue/index.ts';
import { demoScale } from '../src/sim/index.ts';
import { DEMO_SEED } from '../src/sim/scale.ts';
import { root } from './support/sources.ts';

const guides = readdirSync(join(root, 'docs/guides')).map((name) => `docs/guides/${name}`);

it.each(['README.md', ...guides])('%s names items that the demo has', (page) => {
  const catalogue = makeCatalogue(DEMO_SEED, demoScale.full);
  const families = new Set(catalogue.items.map(({ sku }) => sku.slice(0, 3)));
  const known = new Set(catalogue.items.map(({ sku }) => sku));
  const named = readFileSync(join(root, page), 'utf8').match(/\b[A-Z]{3}-\d{5}\b/g) ?? [];
  const ours = named.filter((sku) => families.has(sku.slice(0, 3)));
  expect(ours.filter((sku) => !known.has(sku))).toEqual([]);
});
