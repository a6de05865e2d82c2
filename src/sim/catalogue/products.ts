import * as lines from './product-lines.ts';
import * as home from './product-lines-home.ts';

/** Kinds of storage: each fulfilment centre has one zone of each. */
export const STORAGE_KINDS = ['ambient', 'chilled', 'secure', 'hazard'] as const;
export type StorageKind = (typeof STORAGE_KINDS)[number];

/** One article as a shop lists it, before it becomes an item with a SKU. */
export interface Article {
  readonly name: string;
  readonly brand: string;
  readonly commodityCode: string;
  readonly priceCents: number;
  /** Length, width and height of one unit, packed. */
  readonly sizeMm: readonly [number, number, number];
  readonly weightG: number;
  /** UN class, where it is dangerous goods. */
  readonly hazardClass: string | null;
  readonly hasSerial: boolean;
  readonly isHighValue: boolean;
  readonly isLarge: boolean;
  /** Sold by weight or length in fractions of it; else by the piece. */
  readonly soldBy: 'each' | 'kg' | 'm';
}

/** Articles that are kept and tracked alike. */
export interface Family {
  readonly code: string;
  readonly name: string;
  /** Articles of 1000 that are of this family. */
  readonly share: number;
  readonly tracksLot: boolean;
  /** Shelf life in days, shortest and longest; undefined where nothing expires. */
  readonly shelfLifeDays?: readonly [number, number];
  readonly isChilled: boolean;
  readonly isFragile: boolean;
  /** How often one unit is bought, against the average of all families. */
  readonly demand: number;
  /** Of 100 units sold, how many come back. */
  readonly returnPercent: number;
  readonly costMethod: 'moving_average' | 'fifo' | 'standard';
  /** The seller, by index, that lists some of these articles; undefined for none. */
  readonly seller?: number;
  readonly articles: readonly Article[];
}

/** What a variant's factor does to the price: twice the pack costs less than twice as much. */
const PRICE_EXPONENT = 0.85;

function readTraits(text: string) {
  const words = text.split(' ');
  const hazard = words.find((word) => word.startsWith('hazard='));
  return {
    hazardClass: hazard ? hazard.slice('hazard='.length) : null,
    hasSerial: words.includes('serial'),
    isHighValue: words.includes('high'),
    isLarge: words.includes('large'),
    soldBy: words.includes('kg') ? 'kg' : words.includes('m') ? 'm' : 'each',
  } as const;
}

function readVariants(text: string): { label: string; factor: number }[] {
  const list = text.startsWith('@') ? (lines.VARIANT_LISTS[text.slice(1)] ?? '') : text;
  return list.split(',').map((variant) => {
    const [label = '', factor = '1'] = variant.split('*');
    return { label, factor: Number(factor) };
  });
}

function scaled(millimetres: number, factor: number): number {
  return Math.round(millimetres * Math.cbrt(factor));
}

/** All articles of a table: each product from each of `brandsEach` brands in each variant. */
function articlesOf(table: string, brands: readonly string[], brandsEach: number): Article[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line, row) => {
      const [name = '', code = '', price = '', size = '', grams = '', variants = '', traits = ''] =
        line.split('|');
      const [length = 0, width = 0, height = 0] = size.split('x').map(Number);
      const makers = Array.from(
        { length: brandsEach },
        (_, nth) => brands[(row + nth) % brands.length]!,
      );
      return makers.flatMap((brand, nth) =>
        readVariants(variants).map(({ label, factor }) => ({
          name: `${brand} ${name}, ${label}`,
          brand,
          commodityCode: code,
          // The second brand of a product is a little dearer than the first.
          priceCents: Math.round(Number(price) * factor ** PRICE_EXPONENT * (1 + nth * 0.12)),
          sizeMm: [scaled(length, factor), scaled(width, factor), scaled(height, factor)],
          weightG: Math.round(Number(grams) * factor),
          ...readTraits(traits),
        })),
      );
    });
}

function bookArticles(publishers: readonly string[]): Article[] {
  const { starts, ends, authors, formats } = home.BOOKS;
  return starts.flatMap((start, row) =>
    ends.flatMap((end, column) =>
      formats.map((format) => ({
        name: `${start} ${end}, ${authors[(row + column) % authors.length]}, ${format.name}`,
        brand: publishers[(row * ends.length + column) % publishers.length]!,
        commodityCode: format.code,
        priceCents: format.cents,
        sizeMm: format.size,
        weightG: format.grams,
        ...readTraits(''),
      })),
    ),
  );
}

const plain = {
  tracksLot: false,
  isChilled: false,
  isFragile: false,
  demand: 1,
  returnPercent: 3,
  costMethod: 'moving_average',
} as const;

/** All families. The brands are made up. */
export const FAMILIES: readonly Family[] = [
  {
    ...plain,
    code: 'GRO',
    name: 'Grocery',
    share: 140,
    tracksLot: true,
    shelfLifeDays: [120, 540],
    demand: 2.2,
    returnPercent: 0.5,
    costMethod: 'fifo',
    articles: articlesOf(
      lines.GROCERY,
      ['Millbarrow', 'Oatsworth', 'Terrafina', 'Goldenfold', 'Pantry Row', 'Saltmere'],
      6,
    ),
  },
  {
    ...plain,
    code: 'CHL',
    name: 'Chilled food',
    share: 52,
    tracksLot: true,
    shelfLifeDays: [12, 45],
    isChilled: true,
    demand: 2.4,
    returnPercent: 0.3,
    costMethod: 'fifo',
    articles: articlesOf(
      lines.CHILLED,
      ['Meadowlatch', 'Coldspring Hollow', 'Byrefold', 'Fernmilk', 'Pantry Row'],
      5,
    ),
  },
  {
    ...plain,
    code: 'BEA',
    name: 'Beauty and care',
    share: 95,
    tracksLot: true,
    shelfLifeDays: [500, 1000],
    demand: 1.2,
    returnPercent: 2,
    costMethod: 'fifo',
    seller: 1,
    articles: articlesOf(
      lines.BEAUTY,
      ['Velmorra', 'Lunasylph', 'Petalwick', 'Osmanthe', 'Dewlark'],
      5,
    ),
  },
  {
    ...plain,
    code: 'ELE',
    name: 'Electronics',
    share: 110,
    isFragile: true,
    demand: 0.7,
    returnPercent: 7,
    articles: articlesOf(
      lines.ELECTRONICS,
      ['Kestravox', 'Ninebolt', 'Aurelume', 'Pixforge', 'Zephtron'],
      4,
    ),
  },
  {
    ...plain,
    code: 'APP',
    name: 'Clothing and shoes',
    share: 150,
    demand: 0.8,
    returnPercent: 14,
    articles: articlesOf(
      home.APPAREL,
      ['Larkmoor', 'Thistle & Tarn', 'Norrbeck', 'Cotswick', 'Fjallvik'],
      4,
    ),
  },
  {
    ...plain,
    code: 'TOY',
    name: 'Toys',
    share: 90,
    demand: 1.1,
    returnPercent: 3,
    seller: 0,
    articles: articlesOf(
      home.TOYS,
      ['Tumblewick', 'Puddlefox', 'Brightfen', 'Cobblewood', 'Jollybarn', 'Merrindale', 'Oakimp'],
      7,
    ),
  },
  {
    ...plain,
    code: 'HOU',
    name: 'Household',
    share: 120,
    demand: 1.3,
    articles: articlesOf(
      home.HOUSEHOLD,
      ['Havenlea', 'Scrubwell', 'Copperling', 'Nestwright', 'Dunmarrow'],
      5,
    ),
  },
  {
    ...plain,
    code: 'GAR',
    name: 'Garden',
    share: 65,
    demand: 0.7,
    seller: 2,
    articles: articlesOf(
      home.GARDEN,
      ['Rootwarden', 'Greenlathe', 'Bramblecroft', 'Loamhill', 'Fernhollow'],
      5,
    ),
  },
  {
    ...plain,
    code: 'BOO',
    name: 'Books',
    share: 95,
    demand: 0.6,
    returnPercent: 2,
    costMethod: 'standard',
    articles: bookArticles(['Quillgate Press', 'Ashlar Books', 'Northlamp', 'Little Heron']),
  },
  {
    ...plain,
    code: 'SPO',
    name: 'Sports and outdoors',
    share: 53,
    demand: 0.7,
    returnPercent: 6,
    seller: 2,
    articles: articlesOf(
      home.SPORTS,
      ['Ridgefern', 'Strideholm', 'Vantorra', 'Peakwillow', 'Torrentine'],
      5,
    ),
  },
  {
    ...plain,
    code: 'PET',
    name: 'Pets',
    share: 30,
    demand: 1.1,
    returnPercent: 1,
    articles: articlesOf(
      home.PETS,
      ['Waggleford', 'Purrington', 'Featherhay', 'Barkelden', 'Mossnose'],
      5,
    ),
  },
];
