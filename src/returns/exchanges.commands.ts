import type { Tx } from '../platform/database.ts';
import { formatMoney, parseMoney } from '../platform/money.ts';
import { refundOf } from './answers.ts';
import { quoteRefund, refuseNothing, type Wanted, wantedOf } from './quote.ts';
import { priceDifference, totalOf } from './refund.ts';
import { completeSettled, writeRefund } from './refunds.commands.ts';
import { readRefunds } from './refunds.queries.ts';
import { createCollector } from './resolve.ts';
import { changeLine, readLines } from './rma.queries.ts';
import type { Rma } from './rma.ts';
import { readShipTo } from './sales.queries.ts';
import type { ExchangeBody } from './schemas.ts';
import { digitsOf, type Returns, refuseFields } from './service.ts';
import type { StepCommand } from './steps.queries.ts';
import { type Completion, type PlanStep, toProblem } from './steps.ts';

/**
 * An exchange is a refund of what comes back and a sales order of what goes out instead. Both meet
 * in the customer's receivable, so that only the difference in price is left to be paid.
 */

/** A wish as it lies in a step, until the sales order is captured. */
interface KeptWish {
  readonly line: number;
  readonly units: string;
  readonly shareBasisPoints: number;
  readonly waiveFee: boolean;
  readonly supplement: string | null;
}

/** Plans an exchange: holds the units that are given back for, and asks for the sales order. */
export function planOfExchange(_returns: Returns, body: ExchangeBody): PlanStep {
  return async (tx, rma, _by) => {
    const lines = await readLines(tx, rma.rmaId);
    const wanted = wantedOf(rma, lines, { lines: body.lines });
    refuseNothing(rma, wanted);
    for (const { line, units } of wanted) {
      await changeLine(tx, rma.rmaId, { line: line.line, pendingRefund: units });
    }
    const subject = await nextExchange(tx, rma);
    const id = `returns/${rma.number}/exchange/${subject}`;
    const order = await orderOf(tx, rma, body, subject);
    const command: StepCommand = { kind: 'capture', id, body: order };
    const wishes = wanted.map(
      ({ line, units, shareBasisPoints, waiveFee, supplement }): KeptWish => ({
        line: line.line,
        units: `${units}`,
        shareBasisPoints,
        waiveFee,
        supplement: supplement === undefined ? null : `${supplement}`,
      }),
    );
    return { subject, details: { wishes, note: body.note ?? null }, commands: [command] };
  };
}

async function nextExchange(tx: Tx, rma: Rma): Promise<number> {
  const { rows } = await tx.query<{ next: number }>(
    `SELECT coalesce(max(subject), 0) + 1 AS next FROM returns.step
     WHERE rma_id = $1 AND kind = 'exchange'`,
    [rma.rmaId],
  );
  return rows[0]!.next;
}

/** The sales order in the words of whoever captures it. */
async function orderOf(
  tx: Tx,
  rma: Rma,
  body: ExchangeBody,
  subject: number,
): Promise<Record<string, unknown>> {
  const { order } = body;
  const collector = createCollector();
  const channel = order.channel ?? rma.channel;
  const shipTo = order.shipTo ?? (rma.salesOrder ? await readShipTo(tx, rma.salesOrder) : null);
  if (channel === null) collector.fail('order.channel', 'is missing', 'the code of a channel');
  if (!shipTo) collector.fail('order.shipTo', 'is missing', 'where the goods go');
  refuseFields(collector.errors);
  return {
    owner: rma.ownerCode,
    channel,
    ...(rma.customer === null ? {} : { customer: rma.customer }),
    // One that was refused leaves no sales order behind, so another attempt may take its place.
    channelReference: `${rma.number}/${subject}`,
    currency: rma.currency,
    shipTo,
    shippingCharge: order.shippingCharge,
    notes: order.notes ?? `In exchange for ${rma.number}.`,
    lines: order.lines,
  };
}

/** Completes an exchange: the refund, and what the prices differ by. */
export const completeExchange: Completion = async ({ returns, tx, rma, step, outcomes, by }) => {
  const { wishes, note } = step.details as unknown as { wishes: KeptWish[]; note: string | null };
  for (const { line, units } of wishes) {
    await changeLine(tx, rma.rmaId, { line, pendingRefund: -BigInt(units) });
  }
  const outcome = outcomes[0]!;
  if (outcome.problem) return { problem: toProblem(outcome.problem) };
  const captured = outcome.answer as { readonly total: string };
  const lines = await readLines(tx, rma.rmaId);
  const wanted = wishes.map((wish): Wanted => {
    const line = lines.find((one) => one.line === wish.line)!;
    const supplement = wish.supplement === null ? undefined : BigInt(wish.supplement);
    const { shareBasisPoints, waiveFee } = wish;
    return { line, units: BigInt(wish.units), shareBasisPoints, waiveFee, supplement };
  });
  const quote = await quoteRefund(returns, tx, rma, wanted);
  const digits = digitsOf(rma.currency);
  const given = quote.parts.reduce((sum, { refund }) => sum + totalOf(refund), quote.shipping);
  const figures = priceDifference(given, parseMoney(captured.total, digits));
  const exchange = {
    salesOrder: outcome.document,
    credit: formatMoney(figures.credit, digits),
    charge: formatMoney(figures.charge, digits),
    difference: formatMoney(figures.difference, digits),
    owedBy: figures.owedBy,
    explanation: explain(rma, figures, digits),
  };
  const notes = { note: note ?? undefined, exchangeOrder: outcome.document ?? '', exchange };
  const number = await writeRefund(tx, rma, quote, notes, by);
  await completeSettled(tx, rma, by);
  const refund = (await readRefunds(tx, rma.rmaId)).find((one) => one.refund === number)!;
  return { answer: { number: rma.number, ...refundOf(refund, lines) } };
};

function explain(
  rma: Rma,
  { credit, charge, difference, owedBy }: ReturnType<typeof priceDifference>,
  digits: number,
): string {
  const money = (amount: bigint) => `${formatMoney(amount, digits)} ${rma.currency}`;
  const sums = `The new goods cost ${money(charge)}, ${money(credit)} come back for the old ones`;
  if (owedBy === 'customer') return `${sums}: the customer owes ${money(difference)}.`;
  if (owedBy === 'house') return `${sums}: the customer gets ${money(-difference)} back.`;
  return `${sums}: nobody owes anything.`;
}
