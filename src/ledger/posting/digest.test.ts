import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  given,
  lines,
  posting,
  receive,
  reserve,
} from '../../../test/support/ledger-model-story.ts';
import { PLACE } from '../../../test/support/ledger-model-world.ts';
import { digestOf, encodeEntries, encodeMovements, encodeValueEntries, linkOf } from './digest.ts';
import type { EntryDraft, MovementColumns, ValueEntryDraft } from './draft.ts';

/** A batch with two rows of each kind, so that a change of one is not hidden by folding. */
const { draft } = given(receive(100n, 100n)).when(
  posting(lines.receipt(300n, 15n, { item: 3 }), lines.receipt(200n, 14n, { item: 3 })),
  posting(lines.move(3n, PLACE.secondSite)),
  reserve(5n, { expiresAt: 5_000 }),
  reserve(6n, { held: true }),
);

function digest(
  movements: MovementColumns = draft.movements,
  entries: readonly EntryDraft[] = draft.entries,
  values: readonly ValueEntryDraft[] = draft.valueEntries,
): string {
  const buffers = [
    ...encodeMovements(movements),
    ...encodeEntries(entries),
    ...encodeValueEntries(values),
  ];
  return digestOf(buffers).toString('hex');
}

/** Another value of the same type. */
function changed(value: unknown): unknown {
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'number') return value + 1;
  if (value === null) return 1;
  return `f${String(value).slice(1)}`;
}

describe('the digest of a batch', () => {
  it('is the same for the same rows', () => {
    expect(draft.movements.seq.length).toBe(3);
    expect(draft.entries.length).toBe(2);
    expect(draft.valueEntries.length).toBe(2);
    expect(digest()).toBe(digest(structuredClone(draft.movements)));
  });

  it.each(Object.keys(draft.movements))('changes with %s of a movement', (name) => {
    const columns = structuredClone(draft.movements) as unknown as Record<string, unknown[]>;
    columns[name]![1] = changed(columns[name]![1]);
    expect(digest(columns as unknown as MovementColumns)).not.toBe(digest());
  });

  it.each(Object.keys(draft.entries[0]!))('changes with %s of an entry', (name) => {
    const [first, second] = draft.entries as unknown as Record<string, unknown>[];
    const other = { ...second, [name]: changed(second?.[name]) };
    const rows = [first, other] as unknown as EntryDraft[];
    expect(digest(draft.movements, rows)).not.toBe(digest());
  });

  it.each(Object.keys(draft.valueEntries[0]!))('changes with %s of a value entry', (name) => {
    const [first, second] = draft.valueEntries as unknown as Record<string, unknown>[];
    const other = { ...second, [name]: changed(second?.[name]) };
    const rows = [first, other] as unknown as ValueEntryDraft[];
    expect(digest(draft.movements, draft.entries, rows)).not.toBe(digest());
  });

  it('changes when rows change places', () => {
    const rows = [...draft.entries].reverse();
    expect(digest(draft.movements, rows)).not.toBe(digest());
  });
});

describe('a link', () => {
  const link = fc.record({
    previous: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    firstSeq: fc.maxSafeNat(),
    lastSeq: fc.maxSafeNat(),
    recordedAt: fc.maxSafeNat(),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });
  type Link = { previous: Uint8Array } & { [key: string]: unknown };
  const hashOf = ({ previous, ...batch }: Link) =>
    linkOf(Buffer.from(previous), {
      ...(batch as unknown as Parameters<typeof linkOf>[1]),
      digest: Buffer.from(batch.digest as Uint8Array),
    }).toString('hex');

  it('follows from everything in it, the link before included', () => {
    fc.assert(
      fc.property(link, link, (a, b) => {
        expect(hashOf(a)).toBe(hashOf({ ...a }));
        for (const key of Object.keys(a) as (keyof typeof a)[]) {
          if (String(a[key]) === String(b[key])) continue;
          expect(hashOf({ ...a, [key]: b[key] }), key).not.toBe(hashOf(a));
        }
      }),
    );
  });
});
