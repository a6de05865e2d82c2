import { describe, expect, it } from 'vitest';
import { classify, StaleDecision, UnknownOutcome } from './faults.ts';

function withCode(code: string): Error {
  return Object.assign(new Error('what the driver says'), { code });
}

describe('an error of the database means', () => {
  it.each([
    ['22012', 'a guard that does not hold'],
    ['40001', 'a serialization failure'],
    ['40P01', 'a deadlock'],
    ['55P03', 'a lock that is not available'],
    ['57014', 'a statement that was cancelled'],
    ['23514', 'a CHECK that memory did not expect'],
  ])('%s, %s: decide again', (code) => {
    expect(classify(withCode(code))).toBe('stale');
  });

  it('23505, a unique index: look up what is durable', () => {
    expect(classify(withCode('23505'))).toBe('duplicate');
  });

  it.each(['08006', '57P01', '57P03', '53300', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])(
    '%s: the server is away, wait for it',
    (code) => {
      expect(classify(withCode(code))).toBe('connection');
    },
  );

  it.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
  ])('"%s" without a code: the same', (message) => {
    expect(classify(new Error(message))).toBe('connection');
  });

  it.each(['22003', '42501', '42P01', '23502'])('%s: a command that cannot be posted', (code) => {
    expect(classify(withCode(code))).toBe('fatal');
  });

  it('and one of our own means what it says', () => {
    expect(classify(new StaleDecision('rolled back'))).toBe('stale');
    expect(classify(new RangeError('does not fit in 64 bits'))).toBe('fatal');
    expect(classify(new TypeError('a bug'))).toBe('fatal');
    expect(new UnknownOutcome('abc').extras).toEqual({ commandId: 'abc', outcome: 'unknown' });
  });
});
