import type { Context, Principal } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { type ExceptionFilter, listExceptions, showException } from './exception.queries.ts';
import { type ExceptionStep, takeException } from './exception.steps.ts';
import {
  approveProposal,
  editProposal,
  readProposal,
  rejectProposal,
} from './proposal.commands.ts';
import {
  listProposals,
  listTargets,
  type ProposalFilter,
  type TargetFilter,
} from './proposal.lists.ts';
import type {
  ApproveBody,
  EditBody,
  ExceptionAnswer,
  ProposalAnswer,
  ProposalHead,
  TargetAnswer,
} from './proposal.schemas.ts';

/** What the command line does with proposals: the commands of the API, in process. */

type Actor = Pick<Principal, 'principalId'>;

function byOf(context: Context, { principalId }: Actor) {
  return { actorId: principalId, at: context.clock() };
}

/** The newest proposals that match. */
export async function findProposals(
  context: Context,
  filter: ProposalFilter,
  limit: number,
): Promise<ProposalHead[]> {
  const { items } = await readAs(context.database, 'house', (tx) =>
    listProposals(tx, context.config.currency, filter, { limit }),
  );
  return items;
}

/** One proposal with its lines. @throws Problem not-found. */
export function showProposal(context: Context, number: string): Promise<ProposalAnswer> {
  return readAs(context.database, 'house', (tx) =>
    readProposal(tx, context.config.currency, number),
  );
}

/** Approves a proposal. @throws Problem, see {@link approveProposal}. */
export async function approvePlanned(
  context: Context,
  actor: Actor,
  number: string,
  body: ApproveBody,
): Promise<ProposalAnswer> {
  await writeAs(context.database, 'house', (tx) =>
    approveProposal(context, tx, number, body, undefined, byOf(context, actor)),
  );
  return showProposal(context, number);
}

/** Rejects a proposal. @throws Problem, see {@link rejectProposal}. */
export async function rejectPlanned(
  context: Context,
  actor: Actor,
  number: string,
  body: { readonly reason: string; readonly quietDays: number },
): Promise<ProposalAnswer> {
  await writeAs(context.database, 'house', (tx) =>
    rejectProposal(tx, number, body, undefined, byOf(context, actor)),
  );
  return showProposal(context, number);
}

/** Edits a proposal. @throws Problem, see {@link editProposal}. */
export async function editPlanned(
  context: Context,
  actor: Actor,
  number: string,
  body: EditBody,
): Promise<ProposalAnswer> {
  await writeAs(context.database, 'house', (tx) =>
    editProposal(tx, number, body, undefined, byOf(context, actor)),
  );
  return showProposal(context, number);
}

/** Exceptions that match, the most money at risk first. */
export async function findPlanningExceptions(
  context: Context,
  filter: ExceptionFilter,
  limit: number,
): Promise<ExceptionAnswer[]> {
  const { items } = await readAs(context.database, 'house', (tx) =>
    listExceptions(tx, context.config.currency, filter, { limit }),
  );
  return items;
}

/** Does a step of an exception. @throws Problem, see {@link takeException}. */
export async function stepPlanningException(
  context: Context,
  actor: Actor,
  exception: number,
  step: ExceptionStep,
): Promise<ExceptionAnswer> {
  const row = await writeAs(context.database, 'house', (tx) =>
    takeException(tx, exception, step, undefined, byOf(context, actor)),
  );
  return showException(context.config.currency, row);
}

/** Stock targets that match, in order of items and sites. */
export async function findStockTargets(
  context: Context,
  filter: TargetFilter,
  limit: number,
): Promise<TargetAnswer[]> {
  const { items } = await readAs(context.database, 'house', (tx) =>
    listTargets(tx, filter, { limit }),
  );
  return items;
}
