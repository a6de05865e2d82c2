import type { Tx } from '../platform/database.ts';
import {
  type Claim,
  changeClaimed,
  lockClaims,
  type NewClaim,
  restateClaim,
} from './claims.queries.ts';
import { readPaid, refuseBeyondShipped } from './create.commands.ts';
import { createCollector, readUnits } from './resolve.ts';
import type { LockedReturn } from './rma.commands.ts';
import { changeHeader, changeLine } from './rma.queries.ts';
import { claimKey, type Rma, type RmaLine } from './rma.ts';
import type { PatchBody } from './schemas.ts';
import { type By, refuseFields } from './service.ts';
import { canLine, type Deed, recordDeeds, wrongState } from './trail.ts';

type LinePatch = NonNullable<PatchBody['lines']>[number];

/**
 * Edits a return: plain facts at any time, quantities of a line as long as it may still be
 * cancelled, what was paid as long as no money was given back for it.
 * @throws Problem invalid-request, return-state, return-beyond-shipped.
 */
export async function editReturn(
  tx: Tx,
  { rma, lines }: LockedReturn,
  patch: PatchBody,
  by: By,
): Promise<void> {
  const { lines: patches = [], ...header } = patch;
  await changeHeader(tx, rma.rmaId, header);
  const claims = patches.length > 0 ? await claimsOfReturn(tx, rma) : [];
  const deeds: Deed[] = [];
  for (const [i, one] of patches.entries()) {
    const line = lines.find((candidate) => candidate.line === one.line);
    if (!line) {
      const collector = createCollector();
      collector.fail(`lines.${i}.line`, 'is not on the return', 'a line of it', `${one.line}`);
      refuseFields(collector.errors);
      continue;
    }
    const key = claimKey(rma, line);
    const claim = claims.find((each) => each.document === key.document && each.line === key.line);
    if (claim) await editLine(tx, rma, line, { ...one, path: `lines.${i}` }, claim);
    deeds.push({ line: line.line, action: 'edited', details: { ...one } });
  }
  const names = Object.keys(header);
  if (names.length > 0) deeds.push({ action: 'edited', details: { fields: names } });
  await recordDeeds(tx, rma, deeds, by);
}

/** Everything that lines of the return claim, locked. */
export async function claimsOfReturn(tx: Tx, rma: Rma): Promise<Claim[]> {
  const ofSale = rma.salesOrder === null ? [] : await lockClaims(tx, rma.salesOrder);
  return [...ofSale, ...(await lockClaims(tx, rma.number))];
}

async function editLine(
  tx: Tx,
  rma: Rma,
  line: RmaLine,
  patch: LinePatch & { readonly path: string },
  claim: Claim,
): Promise<void> {
  const collector = createCollector();
  const units =
    patch.quantity === undefined
      ? line.expected
      : readUnits(collector, `${patch.path}.quantity`, patch.quantity, line.scale);
  const isBlind = claim.document === rma.number;
  if (patch.paid && !isBlind) {
    collector.fail(`${patch.path}.paid`, 'is said by the sales order', 'nothing');
  }
  refuseFields(collector.errors);
  if (units !== line.expected) await changeExpected(tx, rma, line, units, claim, isBlind);
  if (patch.paid) {
    if (claim.settled > 0n) {
      throw wrongState(rma, line.state, line.line, 'Money was given back for it already.');
    }
    const price = readPaid(collector, `${patch.path}.paid`, patch.paid, rma.currency);
    refuseFields(collector.errors);
    const known = { ...claim, sold: units > claim.sold ? units : claim.sold };
    const priced: NewClaim = { ...known, ...price, pricedQuantity: known.sold };
    await restateClaim(tx, priced);
  }
  await changeLine(tx, rma.rmaId, {
    line: line.line,
    expected: units,
    reason: patch.reason,
    comment: patch.comment,
  });
}

async function changeExpected(
  tx: Tx,
  rma: Rma,
  line: RmaLine,
  units: bigint,
  claim: Claim,
  isBlind: boolean,
): Promise<void> {
  const settled = line.refunded + line.refused + line.pendingRefund;
  if (!canLine(line, 'cancel') || line.arriving > 0n || units < settled) {
    throw wrongState(rma, line.state, line.line, `Line ${line.line} cannot change any more.`);
  }
  if (isBlind) {
    await changeClaimed(
      tx,
      claim.document,
      claim.line,
      units < line.expected ? units - line.expected : 0n,
    );
    const pricedQuantity = claim.pricedQuantity === null ? null : units;
    await restateClaim(tx, { ...claim, sold: units, pricedQuantity });
    await changeClaimed(
      tx,
      claim.document,
      claim.line,
      units > line.expected ? units - line.expected : 0n,
    );
    return;
  }
  const others = { ...claim, claimed: claim.claimed - line.expected };
  refuseBeyondShipped(others, units, line);
  await changeClaimed(tx, claim.document, claim.line, units - line.expected);
}
