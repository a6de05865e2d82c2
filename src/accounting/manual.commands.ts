import type { Context, Principal } from '../platform/context.ts';
import type { Tx } from '../platform/database.ts';
import { newId } from '../platform/ids.ts';
import { conflict, invalidRequest, notFound, Problem } from '../platform/problems.ts';
import { rateOn } from '../platform/rates.ts';
import { readCodes } from './bookings.queries.ts';
import { dayAfter, localDay, periodOf } from './calendar.ts';
import { appendEntries } from './entries.commands.ts';
import { selectEntries } from './entries.queries.ts';
import type { ManualBody } from './entries.schemas.ts';
import type { Entry, EntryLine } from './entry.ts';
import { lockBooks } from './intake.ts';
import { type ManualCodes, manualLines } from './manual.ts';
import { type Head, readRules, readSuspense } from './policy.queries.ts';
import { entryNotReversible, entryReversed, periodClosed } from './problems.ts';
import { chooseRule, sideKey } from './rules.ts';

/** The day a person wants to book on. @throws Problem period-closed, invalid-request. */
function dayToBook(head: Head, wanted: string | undefined, now: Date): string {
  const today = localDay(now, head.timeZone);
  const day = wanted ?? today;
  if (day > today) {
    const errors = [{ path: 'body.bookedOn', message: 'is in the future', found: day }];
    throw new Problem(invalidRequest, 'Nothing is booked on days to come.', { errors });
  }
  if (head.closedThrough === null || day > head.closedThrough) return day;
  throw new Problem(periodClosed, `The period ${periodOf(day).code} is closed.`, {
    period: periodOf(day).code,
    openFrom: dayAfter(head.closedThrough),
  });
}

async function readManualCodes(tx: Tx, body: ManualBody): Promise<ManualCodes> {
  const { rows } = await tx.query<{
    code: string;
    id: number;
    purpose: string | null;
    active: boolean;
  }>(
    `SELECT code, account_id AS id, purpose, active FROM accounting.account
     WHERE code = ANY($1)`,
    [body.lines.map(({ account }) => account)],
  );
  const accounts = new Map(rows.map(({ code, ...account }) => [code, account]));
  return { accounts, ...(await readCodes(tx, body.lines)) };
}

/** Books by hand what is common to entries and reversals. */
async function book(
  tx: Tx,
  head: Head,
  principal: Principal,
  given: Pick<Entry, 'kind' | 'document' | 'party' | 'currency' | 'rate' | 'description'> & {
    readonly bookedOn: string;
    readonly reversesSeq: bigint | null;
    readonly lines: readonly EntryLine[];
    readonly at: Date;
    readonly id: string;
  },
): Promise<bigint> {
  const { at, ...rest } = given;
  const [seq] = await appendEntries(tx, head, [
    {
      ...rest,
      source: 'manual',
      occurredAt: at,
      recordedAt: at,
      actorId: principal.principalId,
      version: head.version,
    },
  ]);
  return seq!;
}

/**
 * Books an entry that somebody wrote. Answers its number. `tx` is a writer's transaction of the
 * house, in which the request's key commits too.
 * @throws Problem invalid-request naming every wrong field, period-closed, exchange-rate-missing.
 */
export async function bookManual(
  tx: Tx,
  context: Context,
  principal: Principal,
  body: ManualBody,
): Promise<bigint> {
  const at = context.clock();
  const head = await lockBooks(tx);
  const bookedOn = dayToBook(head, body.bookedOn, at);
  const { currency: houseCurrency } = context.config;
  const currency = body.currency ?? houseCurrency;
  const rate = await rateOn(tx, houseCurrency, currency, bookedOn);
  const rules = await readRules(tx, head.version);
  const rounding = chooseRule(rules, sideKey('booking', { role: 'rounding' }));
  const roundingAccountId = rounding?.accountId ?? (await readSuspense(tx));
  const lines = manualLines(body.lines, await readManualCodes(tx, body), {
    ...{ currency, rate, houseCurrency, roundingAccountId },
  });
  const errors = lines.filter((line) => 'path' in line);
  if (errors.length > 0) {
    throw new Problem(invalidRequest, `The entry is not valid: ${errors[0]?.message}.`, { errors });
  }
  const id = newId();
  const document = body.document ?? { type: 'manual_entry', number: id };
  const { description, party = null } = body;
  const entry = { id, kind: 'manual', document, party, currency, rate, description, bookedOn, at };
  return book(tx, head, principal, {
    ...entry,
    reversesSeq: null,
    lines: lines as EntryLine[],
  });
}

/**
 * Books the opposite of a manual entry; each can be reversed once.
 * @throws Problem not-found, entry-not-reversible, entry-reversed, period-closed.
 */
export async function reverseManual(
  tx: Tx,
  context: Context,
  principal: Principal,
  entrySeq: bigint,
  request: { readonly reason?: string | undefined; readonly bookedOn?: string | undefined },
): Promise<bigint> {
  const at = context.clock();
  const head = await lockBooks(tx);
  const [original] = await selectEntries(tx, 'WHERE e.entry_seq = $1', [entrySeq]);
  if (!original) throw new Problem(notFound, `There is no entry ${entrySeq}.`);
  if (original.source !== 'manual' || original.reversesSeq !== null) {
    const what =
      original.source === 'manual' ? 'a reversal' : `booked by ${original.document.type}`;
    throw new Problem(entryNotReversible, `The entry ${entrySeq} is ${what}.`, {
      document: original.document,
    });
  }
  const { rows } = await tx.query<{ by: bigint }>(
    'SELECT entry_seq AS by FROM accounting.entry WHERE reverses_seq = $1',
    [entrySeq],
  );
  if (rows[0]) {
    const by = `${rows[0].by}`;
    throw new Problem(entryReversed, `The entry ${entrySeq} was reversed by ${by}.`, { by });
  }
  const bookedOn = dayToBook(head, request.bookedOn, at);
  if (bookedOn < original.bookedOn) {
    const detail = `The entry ${entrySeq} is booked on ${original.bookedOn}.`;
    throw new Problem(conflict, `${detail} It cannot be reversed before.`, {});
  }
  const { document, party, currency, rate } = original;
  return book(tx, head, principal, {
    ...{ id: newId(), kind: 'reversal', document, party, currency, rate, bookedOn, at },
    description: request.reason ?? `Reversal of ${original.description}`.slice(0, 500),
    reversesSeq: entrySeq,
    lines: original.lines.map((line) => ({
      ...line,
      amount: -line.amount,
      documentAmount: -line.documentAmount,
    })),
  });
}
