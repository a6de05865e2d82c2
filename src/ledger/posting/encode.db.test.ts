import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../test/support/database.ts';
import { newId } from '../../platform/ids.ts';
import {
  encodeBigints,
  encodeBigintsOf,
  encodeInstants,
  encodeInt2,
  encodeInt4,
  encodeIntegers,
  encodeIntegersOf,
  encodeUuids,
  foldBigints,
  foldInstants,
  foldInt2,
  foldInt4,
  foldIntegers,
} from './encode.ts';

const { database } = await createTestDatabase();

/** Sends a buffer as a binary array and answers what PostgreSQL read, as text. */
async function readBack(buffer: Buffer, type: string): Promise<string[]> {
  const { rows } = await database.poster.query<{ list: string[] }>(
    `SELECT $1::${type}[]::text[] AS list`,
    [buffer],
  );
  return rows[0]!.list;
}

/** Lists of values, their extremes included. */
async function checkAll<V>(
  value: fc.Arbitrary<V>,
  encode: (values: V[]) => Buffer,
  type: string,
  write: (value: V) => string = String,
): Promise<void> {
  const lists = fc.array(value, { minLength: 1, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(lists, async (values) => {
      expect(await readBack(encode(values), type)).toEqual(values.map(write));
    }),
    { numRuns: 40 },
  );
}

const INT8 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const SAFE = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
const INT4 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const INT2 = { min: -(2 ** 15), max: 2 ** 15 - 1 };

describe('PostgreSQL reads back what was encoded', () => {
  it('of bigints, to both ends of their range', async () => {
    await checkAll(fc.bigInt(INT8), encodeBigints, 'bigint');
    const rows = (values: bigint[]) => values.map((amount) => ({ amount }));
    const encode = (values: bigint[]) => encodeBigintsOf(rows(values), (row) => row.amount);
    await checkAll(fc.bigInt(INT8), encode, 'bigint');
  });

  it('of safe integers, negative ones included', async () => {
    await checkAll(fc.integer(SAFE), encodeIntegers, 'bigint');
    const rows = (values: number[]) => values.map((id) => ({ id }));
    const encode = (values: number[]) => encodeIntegersOf(rows(values), (row) => row.id);
    await checkAll(fc.integer(SAFE), encode, 'bigint');
  });

  it('of integers and small integers', async () => {
    await checkAll(fc.integer(INT4), encodeInt4, 'integer');
    await checkAll(fc.integer(INT2), encodeInt2, 'smallint');
  });

  it('of UUIDs, in either case', async () => {
    await checkAll(fc.uuid(), encodeUuids, 'uuid');
    await checkAll(fc.constant(0).map(newId), encodeUuids, 'uuid');
    const upper = fc.uuid().map((id) => id.toUpperCase());
    await checkAll(upper, encodeUuids, 'uuid', (id) => id.toLowerCase());
  });

  it('of instants, exactly', async () => {
    const from = Date.UTC(1900, 0, 1);
    const instants = fc.integer({ min: from, max: Date.UTC(9999, 11, 31) });
    const written = async (values: number[]) => {
      const { rows } = await database.poster.query<{ list: string[] }>(
        `SELECT ARRAY(SELECT (extract(epoch FROM i) * 1000000)::bigint
           FROM unnest($1::timestamptz[]) AS i) AS list`,
        [encodeInstants(values)],
      );
      return rows[0]!.list;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(instants, { minLength: 1 }), async (values) => {
        expect(await written(values)).toEqual(values.map((value) => String(BigInt(value) * 1000n)));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a folded column', () => {
  it('is one element where all are the same, and whole otherwise', async () => {
    const lists = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 6 });
    const folds: [(values: number[]) => Buffer, string][] = [
      [(values) => foldBigints(values.map(BigInt)), 'bigint'],
      [foldIntegers, 'bigint'],
      [foldInt4, 'integer'],
      [foldInt2, 'smallint'],
    ];
    await fc.assert(
      fc.asyncProperty(lists, async (values) => {
        const same = new Set(values).size === 1;
        const expected = (same ? values.slice(0, 1) : values).map(String);
        for (const [fold, type] of folds) {
          expect(await readBack(fold(values), type)).toEqual(expected);
        }
        expect(foldInstants(values).equals(encodeInstants(same ? [values[0]!] : values))).toBe(
          true,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('of nothing is empty', async () => {
    expect(await readBack(foldIntegers([]), 'bigint')).toEqual([]);
    expect(await readBack(encodeUuids([]), 'uuid')).toEqual([]);
  });
});

describe('what does not fit', () => {
  it('is an error, not another number', () => {
    expect(() => encodeBigints([2n ** 63n])).toThrow(RangeError);
    expect(() => encodeBigints([-(2n ** 63n) - 1n])).toThrow(RangeError);
  });
});
