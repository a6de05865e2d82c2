import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiClient, ApiError } from './client.ts';

/** A command as a bulk request holds it. */
interface BulkCommand {
  readonly id: string;
}

type Outcome = ApiAnswer['body'];

const TRIES_MAX = 6;
const FIRST_WAIT_MS = 200;

/** Whether nobody knows what became of a command, or the ledger was not able to take it. */
function isOpen(outcome: Outcome): boolean {
  return outcome.status === 'unknown' || (outcome.problem?.status ?? 0) >= 500;
}

/**
 * Posts commands in bulk until each has an outcome. Repeating is safe, since each has an id.
 * @throws ApiError when the request as a whole is refused.
 */
async function postAll(
  client: ApiClient,
  path: string,
  commands: readonly BulkCommand[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let open = commands.map((_, index) => index);
  for (let trial = 1; open.length > 0; trial += 1) {
    const answer = await client.post(path, { commands: open.map((index) => commands[index]) });
    if (answer.status >= 300) throw new ApiError(`POST ${path}`, answer);
    for (const [nth, index] of open.entries()) outcomes[index] = answer.body.outcomes[nth];
    open = open.filter((index) => isOpen(outcomes[index]));
    if (open.length === 0 || trial >= TRIES_MAX) break;
    await sleep(FIRST_WAIT_MS * 2 ** trial, undefined, { signal: client.signal });
  }
  return outcomes;
}

/**
 * Posts commands in bulk and answers what became of each, in their order. A command that was
 * posted before may name what has changed since, such as a pallet that stands elsewhere now; the
 * ledger still knows it by its id.
 */
export async function settle(
  client: ApiClient,
  path: string,
  commands: readonly BulkCommand[],
): Promise<Outcome[]> {
  const outcomes = await postAll(client, path, commands);
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.problem?.type !== '/problems/invalid-request') continue;
    const known = await client.find(`/v1/commands/${commands[index]!.id}`);
    if (known?.status === 'committed') outcomes[index] = known;
  }
  return outcomes;
}
