import { commandIdOf } from '../codes.ts';
import type { Chunk, FollowUp, MovementRequest, ReservationRequest, UnitRequest } from './chunk.ts';
import type { ApiAnswer, ApiClient } from './client.ts';
import { settle } from './settle.ts';

/** Commands of one bulk request. */
const BULK_MAX = 1000;
/** Ids remembered for requests to come; the oldest are forgotten first. */
const REMEMBERED_MAX = 50_000;

/** A request that the API refused. */
export interface Refusal {
  readonly ordinal: number;
  readonly item: string;
  /** Name of the problem, such as `insufficient-stock`. */
  readonly problem: string;
  readonly detail: string;
}

/** Posts chunks and remembers what later ones refer to. */
export interface Poster {
  readonly client: ApiClient;
  /** Command ids follow from it and the ordinal: repeating a chunk posts nothing twice. */
  readonly seed: string;
  /** Ids that the ledger gave, by ordinal. */
  readonly ids: Map<number, string>;
  readonly tally: Tally;
}

/** What was posted so far. */
export interface Tally {
  /** Commands committed, and the lines of movements among them. */
  commands: number;
  lines: number;
  reservations: number;
  /** Refused or skipped requests, by problem. */
  readonly refused: Map<string, number>;
  /** The first of them, for the log. */
  readonly examples: Refusal[];
}

const EXAMPLES_MAX = 10;

export function createPoster(client: ApiClient, seed: string): Poster {
  const tally = { commands: 0, lines: 0, reservations: 0, refused: new Map(), examples: [] };
  return { client, seed, ids: new Map(), tally };
}

/** Posts a chunk, group by group. @returns what was refused */
export async function postChunk(poster: Poster, chunk: Chunk): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  const note = (refusal: Refusal | undefined) => {
    if (!refusal) return;
    const { refused, examples } = poster.tally;
    refused.set(refusal.problem, (refused.get(refusal.problem) ?? 0) + 1);
    if (examples.length < EXAMPLES_MAX) examples.push(refusal);
    refusals.push(refusal);
  };
  for (const unit of chunk.units) note(await makeUnit(poster, unit));
  for (const some of slices(chunk.reservations)) await reserve(poster, some, note);
  for (const some of slices(chunk.movements)) await postMovements(poster, some, note);
  for (const one of chunk.followUps) note(await follow(poster, one));
  return refusals;
}

function slices<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BULK_MAX) }, (_, index) =>
    all.slice(index * BULK_MAX, (index + 1) * BULK_MAX),
  );
}

function remember(poster: Poster, ordinal: number, id: string | undefined): void {
  if (id === undefined) return;
  const { ids } = poster;
  ids.set(ordinal, id);
  if (ids.size <= REMEMBERED_MAX) return;
  for (const oldest of ids.keys()) {
    ids.delete(oldest);
    break;
  }
}

interface Named {
  readonly ordinal: number;
  readonly item: string;
}

function refusalOf({ ordinal, item }: Named, body: ApiAnswer['body']): Refusal {
  const problem = String(body?.problem?.type ?? body?.type ?? 'unknown');
  return {
    ordinal,
    item,
    problem: problem.replace('/problems/', ''),
    detail: String(body?.problem?.detail ?? body?.detail ?? ''),
  };
}

async function makeUnit(poster: Poster, unit: UnitRequest): Promise<Refusal | undefined> {
  const { ordinal, lpn, location, owner } = unit;
  const body = { lpn, type: 'pallet', location, owner };
  const key = commandIdOf(poster.seed, ordinal);
  const answer = await poster.client.post('/v1/handling-units', body, key);
  if (answer.status < 300) return undefined;
  // Made before, and moved since: then it is the same one all the same.
  const known = await poster.client.find(`/v1/handling-units/${lpn}`);
  if (known?.owner === owner) return undefined;
  return refusalOf({ ordinal, item: lpn }, answer.body);
}

async function reserve(
  poster: Poster,
  requests: readonly ReservationRequest[],
  note: (refusal: Refusal) => void,
): Promise<void> {
  const commands = requests.map(({ ordinal, item, quantity, site, owner, ...rest }) => ({
    id: commandIdOf(poster.seed, ordinal),
    lines: [{ item, quantity, site, owner }],
    ...rest,
  }));
  const outcomes = await settle(poster.client, '/v1/reservations/bulk', commands);
  for (const [index, outcome] of outcomes.entries()) {
    const request = requests[index]!;
    if (outcome.status !== 'committed') note(refusalOf(request, outcome));
    else {
      poster.tally.reservations += 1;
      remember(poster, request.ordinal, outcome.lines[0]?.id);
    }
  }
}

/** The command of a request; undefined when what it refers to was refused itself. */
function commandOf(poster: Poster, request: MovementRequest) {
  const { ordinal, device, lines, reservation, returnOf } = request;
  const id = commandIdOf(poster.seed, ordinal);
  if (reservation === undefined && returnOf === undefined) return { id, device, lines };
  const kept = reservation === undefined ? undefined : poster.ids.get(reservation);
  const sold = returnOf === undefined ? undefined : poster.ids.get(returnOf);
  if (reservation !== undefined && kept === undefined) return undefined;
  if (returnOf !== undefined && sold === undefined) return undefined;
  const extra = kept === undefined ? { returnOf: sold } : { reservation: kept };
  return { id, device, lines: lines.map((line) => ({ ...line, ...extra })) };
}

async function postMovements(
  poster: Poster,
  requests: readonly MovementRequest[],
  note: (refusal: Refusal) => void,
): Promise<void> {
  const sent: MovementRequest[] = [];
  const commands: { id: string }[] = [];
  for (const request of requests) {
    const command = commandOf(poster, request);
    if (command) {
      sent.push(request);
      commands.push(command);
    } else note(skipped(request.ordinal, request.lines[0]?.item ?? ''));
  }
  if (commands.length === 0) return;
  const outcomes = await settle(poster.client, '/v1/movements/bulk', commands);
  for (const [index, outcome] of outcomes.entries()) {
    const { ordinal, lines, isReferred } = sent[index]!;
    if (outcome.status !== 'committed') {
      note(refusalOf({ ordinal, item: lines[0]?.item ?? '' }, outcome));
      continue;
    }
    poster.tally.commands += 1;
    poster.tally.lines += lines.length;
    if (isReferred) remember(poster, ordinal, outcome.lines[0]?.id);
  }
}

function skipped(ordinal: number, item: string): Refusal {
  return { ordinal, item, problem: 'skipped', detail: 'What it refers to was refused.' };
}

async function follow(poster: Poster, request: FollowUp): Promise<Refusal | undefined> {
  const [path, body] = pathOf(poster, request);
  if (path === undefined) return skipped(request.ordinal, request.item);
  const answer = await poster.client.post(path, body, commandIdOf(poster.seed, request.ordinal));
  if (answer.status >= 300 || answer.body?.status === 'rejected') {
    return refusalOf(request, answer.body);
  }
  poster.tally.commands += 1;
  if (request.type !== 'release') poster.tally.lines += 1;
  return undefined;
}

function pathOf(poster: Poster, request: FollowUp): [string | undefined, unknown] {
  if (request.type === 'move-unit') {
    return [`/v1/handling-units/${request.lpn}/move`, { to: request.to }];
  }
  const id = poster.ids.get(request.target);
  if (id === undefined) return [undefined, undefined];
  switch (request.type) {
    case 'reverse': {
      const { reason, occurredAt } = request;
      return [`/v1/movements/${id}/reverse`, { reason, occurredAt }];
    }
    case 'revalue': {
      const { amount, document, occurredAt } = request;
      const body = { amount, document, reason: 'invoice', occurredAt };
      return [`/v1/movements/${id}/revalue`, body];
    }
    case 'release':
      return [`/v1/reservations/${id}/release`, {}];
  }
}
