import type { Principal } from '../../platform/context.ts';
import { type Tx, writeAs } from '../../platform/database.ts';
import { etagOf } from '../../platform/http.ts';
import { type Answer, answerOnce, type IdempotentRequest } from '../../platform/idempotency.ts';
import { Problem, preconditionFailed } from '../../platform/problems.ts';
import { type OrderDraft, openDraft, writeDraft } from './draft.ts';
import type { OrderService } from './service.ts';
import { finishReleases, type ReleaseStep } from './steps.ts';
import { readOrder } from './view.ts';

/** What a change of a sales order needs to know of its request. */
export interface ChangeRequest {
  readonly principal: Principal;
  /** The version that the caller read; undefined to change whatever is there. */
  readonly version?: number | undefined;
  /** The request as it came, where an Idempotency-Key may repeat it. */
  readonly once?: IdempotentRequest | undefined;
}

/** @throws Problem precondition-failed */
export function requireVersion(draft: OrderDraft, version: number | undefined): void {
  const { order } = draft;
  if (version === undefined || version === order.version) return;
  const detail = `The sales order is at version ${order.version}, not ${version}.`;
  throw new Problem(preconditionFailed, detail, { version: order.version });
}

/**
 * Changes one sales order in one transaction, under the caller's row-level security; what the
 * change lets go of is released right after the commit.
 * @throws Problem not-found, precondition-failed, and whatever `change` throws.
 */
export async function changeOrder(
  service: OrderService,
  request: ChangeRequest,
  number: string,
  change: (draft: OrderDraft, tx: Tx) => void | Promise<void>,
): Promise<Answer> {
  const { principal, once } = request;
  const { context } = service;
  const releases: ReleaseStep[] = [];
  const answer = await writeAs(context.database, principal.scope, async (tx) => {
    const at = context.clock();
    const work = async (): Promise<Answer> => {
      const draft = await openDraft(tx, number);
      requireVersion(draft, request.version);
      await change(draft, tx);
      await writeDraft(tx, draft, { actorId: principal.principalId, at });
      releases.push(...draft.releases);
      const body = await readOrder(tx, number);
      return { status: 200, headers: { etag: etagOf(body.version) }, body };
    };
    return once ? answerOnce(tx, once, at, work) : work();
  });
  await finishReleases(service, releases);
  return answer;
}
