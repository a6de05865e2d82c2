import type { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { openReckoner } from '../reckoner/reckoner.ts';
import { type WhatIfAnswer, whatIfBody } from './schemas.ts';
import { PLAYED_DAYS_MAX_ALONE, runWhatIf } from './what-if.commands.ts';
import {
  deleteWhatIf,
  insertWhatIf,
  selectWhatIf,
  selectWhatIfs,
  type WhatIfRow,
} from './what-if.queries.ts';
import { showWhatIf } from './what-if.routes.ts';

/** Checks a request that comes through another door than HTTP. @throws Problem invalid-request. */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }));
  throw new Problem(invalidRequest, 'What was asked for is not valid.', { errors });
}

/** Plays a scenario and keeps it, as `POST /v1/planning/what-ifs` does. */
export async function playScenario(
  context: Context,
  principal: Principal,
  given: z.input<typeof whatIfBody>,
): Promise<WhatIfAnswer> {
  const body = parseRequest(whatIfBody, given);
  const result = await runWhatIf(context, principal, body, {
    ...{ reckoner: openReckoner(), playedDaysMax: PLAYED_DAYS_MAX_ALONE },
  });
  const row = await writeAs(context.database, principal.scope, (tx) =>
    insertWhatIf(tx, {
      ...{ whatIfId: newId(), name: body.name ?? 'without a name', request: { ...body }, result },
      ...{ actorId: principal.principalId, createdAt: context.clock() },
    }),
  );
  return showWhatIf(row);
}

/** Stored scenarios, the newest first. */
export function listScenarios(
  context: Context,
  principal: Principal,
  limit: number,
): Promise<WhatIfRow[]> {
  return readAs(context.database, principal.scope, (tx) =>
    selectWhatIfs(tx, { name: null, before: undefined, limit }),
  );
}

/** One stored scenario. @throws Problem not-found. */
export async function showScenario(
  context: Context,
  principal: Principal,
  number: string,
): Promise<WhatIfAnswer> {
  const row = await readAs(context.database, principal.scope, (tx) => selectWhatIf(tx, number));
  if (!row) throw new Problem(notFound, `There is no scenario ${number}.`);
  return showWhatIf(row);
}

/** Deletes a stored scenario. @throws Problem not-found. */
export async function deleteScenario(
  context: Context,
  principal: Principal,
  number: string,
): Promise<void> {
  const isGone = await writeAs(context.database, principal.scope, (tx) => deleteWhatIf(tx, number));
  if (!isGone) throw new Problem(notFound, `There is no scenario ${number}.`);
}
