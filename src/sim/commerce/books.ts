import type { Desk } from './client.ts';

interface TrialRow {
  readonly account: string;
  readonly closing: string;
}

const CENTS = 100n;

function toCents(text: string): bigint {
  const [, sign, whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const cents = BigInt(whole) * CENTS + BigInt(fraction.padEnd(2, '0').slice(0, 2));
  return sign ? -cents : cents;
}

function fromCents(cents: bigint): string {
  return `${cents / CENTS}.${`${cents % CENTS}`.padStart(2, '0')}`;
}

/** Takings for every 100 of cost, before orders were kept here. */
const TAKINGS_PERCENT = 155n;

/**
 * What the business did before its documents were kept here, as two journal entries: the bills
 * of what had been received, and the takings of what had been sold.
 */
export async function seedOpeningEntries(desk: Desk): Promise<void> {
  const { items } = await desk.get('/v1/books/trial-balance?limit=1000');
  const closing = new Map(
    (items as TrialRow[]).map(({ account, closing: amount }) => [account, toCents(amount)]),
  );
  const received = -(closing.get('2100') ?? 0n);
  const sold = closing.get('5000') ?? 0n;
  await enter(desk, 'bills', 'Bills of goods received before documents were kept here', {
    debit: '2100',
    credit: '2000',
    cents: received,
  });
  await enter(desk, 'takings', 'Takings before sales orders were kept here', {
    debit: '1000',
    credit: '4000',
    cents: (sold * TAKINGS_PERCENT) / 100n,
  });
}

async function enter(
  desk: Desk,
  key: string,
  description: string,
  { debit, credit, cents }: { debit: string; credit: string; cents: bigint },
): Promise<void> {
  if (cents <= 0n) return;
  const amount = fromCents(cents);
  const lines = [
    { account: debit, debit: amount },
    { account: credit, credit: amount },
  ];
  await desk.tried('/v1/books/entries', { description, lines }, `opening-${key}`);
}
