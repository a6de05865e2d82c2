import { currencyDigits, formatMoney } from '../../platform/money.ts';
import type { FieldError } from '../../platform/problems.ts';
import { DecimalError, parseDecimal } from '../../platform/quantity.ts';
import type { Proposal, ProposalLine } from './proposal.queries.ts';
import type { EditBody } from './proposal.schemas.ts';

/** What an edit makes of a proposal: pure rules. */

/** New quantities by line; those that are wrong become errors. */
export function editedQuantities(
  lines: readonly ProposalLine[],
  body: EditBody,
  errors: FieldError[],
): Map<number, bigint> {
  const quantities = new Map<number, bigint>();
  for (const [i, { line, quantity }] of (body.lines ?? []).entries()) {
    const known = lines.find((each) => each.line === line);
    const path = `body.lines.${i}`;
    if (!known) {
      errors.push({ path: `${path}.line`, message: 'does not exist', found: String(line) });
      continue;
    }
    if (quantities.has(line)) {
      errors.push({ path: `${path}.line`, message: 'is named twice', found: String(line) });
      continue;
    }
    try {
      quantities.set(line, parseDecimal(quantity, known.scale));
    } catch (error) {
      if (!(error instanceof DecimalError)) throw error;
      const expected = `at most ${known.scale} digits after the point`;
      errors.push({ path: `${path}.quantity`, message: error.message, expected, found: quantity });
    }
  }
  return quantities;
}

/** The days after an edit; neither may lie behind, or what is made of it is late at once. */
export function editedDays(
  proposal: Proposal,
  body: EditBody,
  today: string,
  errors: FieldError[],
): { readonly orderOn: string; readonly expectedOn: string } {
  const orderOn = body.orderOn ?? proposal.orderOn;
  const expectedOn = body.expectedOn ?? proposal.expectedOn;
  const refuse = (name: 'orderOn' | 'expectedOn', found: string, least: string) => {
    const expected = `a day from ${least} on`;
    errors.push({ path: `body.${name}`, message: 'is too early', expected, found });
  };
  if (body.orderOn !== undefined && orderOn < today) refuse('orderOn', orderOn, today);
  const isGiven = body.expectedOn !== undefined;
  const least = isGiven && orderOn < today ? today : orderOn;
  if (expectedOn < least) refuse('expectedOn', expectedOn, least);
  return { orderOn, expectedOn };
}

/** What an edited proposal is about; the run's own sentence would name what is no longer so. */
export function editedSummary(
  proposal: Proposal,
  supplier: string | undefined,
  lines: readonly ProposalLine[],
): string {
  const { kind, from, site, amount, currency } = proposal;
  const count = lines.filter(({ quantity }) => quantity > 0n).length;
  const items = `${count} ${count === 1 ? 'item' : 'items'}`;
  if (kind === 'transfer') return `Move ${items} from ${from} to ${site}, as edited.`;
  const value = `${formatMoney(amount, currencyDigits(currency))} ${currency}`;
  return `Buy ${items} of ${supplier ?? proposal.supplier} for ${site}, ${value}, as edited.`;
}
