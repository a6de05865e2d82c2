import type { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { openReckoner } from '../reckoner/reckoner.ts';
import { parseRequest } from '../whatif/door.ts';
import {
  acceptPlacement,
  dayOf,
  keepPlacement,
  reckonPlacement,
  rejectPlacement,
  showPlacement,
} from './placement.commands.ts';
import { selectPlacement } from './placement.queries.ts';
import { type PlacementAnswer, placementBody } from './schemas.ts';

/** Makes a placement and keeps it, as `POST /v1/planning/placements` does. */
export async function makePlacement(
  context: Context,
  principal: Principal,
  given: z.input<typeof placementBody>,
): Promise<PlacementAnswer> {
  const body = parseRequest(placementBody, given);
  const result = await reckonPlacement(context, principal, body, openReckoner());
  const by = { actorId: principal.principalId, at: context.clock() };
  const row = await writeAs(context.database, principal.scope, (tx) =>
    keepPlacement(tx, body, result, by),
  );
  return showPlacement(row);
}

/** One placement. @throws Problem not-found. */
export async function showPlaced(
  context: Context,
  principal: Principal,
  number: string,
): Promise<PlacementAnswer> {
  const row = await readAs(context.database, principal.scope, (tx) =>
    selectPlacement(tx, number, dayOf(context.clock())),
  );
  if (!row) throw new Problem(notFound, `There is no placement ${number}.`);
  return showPlacement(row);
}

/** What somebody decides of a placement. */
export type PlacementDecision = { readonly acceptDays: number } | { readonly reject: string };

/** Accepts or rejects a placement. @throws Problem not-found, placement-decided. */
export async function decidePlaced(
  context: Context,
  principal: Principal,
  number: string,
  decision: PlacementDecision,
): Promise<PlacementAnswer> {
  const by = { actorId: principal.principalId, at: context.clock() };
  const row = await writeAs(context.database, principal.scope, (tx) =>
    'reject' in decision
      ? rejectPlacement(tx, number, decision.reject, by)
      : acceptPlacement(context, tx, number, decision.acceptDays, by),
  );
  return showPlacement(row);
}
