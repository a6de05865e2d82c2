import { describe, expect, it } from 'vitest';
import { expiry } from '../posting/due.ts';
import { commandUuid, derivedUuid, parseLedgerId } from './identity.ts';

const house = { scope: 'house' } as const;

describe('the id of a command', () => {
  it("takes the house's own UUIDs as they are", () => {
    const id = '0192f0c1-2345-7abc-8def-0123456789ab';
    expect(commandUuid(id.toUpperCase(), house)).toBe(id);
  });

  it('lets nobody choose an id that the ledger gives to its own commands', () => {
    const own = expiry(77, 0).id;
    expect(commandUuid(own, house)).not.toBe(own);
  });

  it('keeps the keys of two owners apart', () => {
    const ids = ['house' as const, 2, 3].map((scope) => commandUuid('order-1', { scope }));
    expect(new Set(ids).size).toBe(3);
  });

  it('follows from the text, in the form of RFC 9562, version 8', () => {
    expect(derivedUuid('a')).toBe(derivedUuid('a'));
    expect(derivedUuid('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  });
});

describe('the id of a ledger row', () => {
  it('is a journal and a seq', () => {
    expect(parseLedgerId('3-1045')).toEqual({ journal: 3, seq: 1045 });
    expect(() => parseLedgerId('3.1045')).toThrow('not the id of a ledger row');
  });
});
