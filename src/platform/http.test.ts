import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCursor, encodeCursor, etagOf, requireIfMatch, toPage } from './http.ts';
import { Problem } from './problems.ts';

function problemName(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.type.name;
    throw error;
  }
  return 'none';
}

describe('cursors', () => {
  const keys = z.tuple([z.bigint(), z.string(), z.number().int()]);

  it('bring back what was packed, bigints included', () => {
    const packed = encodeCursor([9_007_199_254_740_993n, 'Ä/1', 7]);
    expect(packed).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor(packed, keys)).toEqual([9_007_199_254_740_993n, 'Ä/1', 7]);
    expect(decodeCursor(undefined, keys)).toBeUndefined();
  });

  it.each([
    ['text', 'hello'],
    ['keys of another list', encodeCursor(['a', 'b', 1])],
    ['too few keys', encodeCursor([1n])],
    [
      'an object that claims to be a bigint',
      Buffer.from('[{"n":"x"},"a",1]').toString('base64url'),
    ],
  ])('refuse %s', (_name, cursor) => {
    expect(problemName(() => decodeCursor(cursor, keys))).toBe('invalid-request');
  });

  it('are given only when more rows follow', () => {
    const rows = [{ id: 1 }, { id: 2 }, { id: 3 }];
    const first = toPage(
      rows,
      2,
      (row) => [row.id],
      (row) => row.id,
    );
    expect(first.items).toEqual([1, 2]);
    expect(decodeCursor(first.nextCursor ?? '', z.tuple([z.number()]))).toEqual([2]);
    const last = toPage(
      rows,
      3,
      (row) => [row.id],
      (row) => row.id,
    );
    expect(last).toEqual({ items: [1, 2, 3], nextCursor: null });
  });
});

describe('If-Match', () => {
  const request = (value?: string) => ({ headers: { 'if-match': value } }) as FastifyRequest;

  it('gives the version that an ETag names', () => {
    expect(requireIfMatch(request(etagOf(12)))).toBe(12);
  });

  it.each([
    [undefined, 'precondition-required'],
    ['12', 'invalid-request'],
    ['W/"12"', 'invalid-request'],
    ['*', 'invalid-request'],
  ])('%s is refused as %s', (value, name) => {
    expect(problemName(() => requireIfMatch(request(value)))).toBe(name);
  });
});
