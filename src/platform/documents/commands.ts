import type { Tx } from '../database.ts';
import {
  conflict,
  declareProblem,
  type FieldError,
  invalidRequest,
  notFound,
  Problem,
  preconditionFailed,
} from '../problems.ts';
import { applyEach, type Refused } from './bisect.ts';
import {
  type Candidate,
  changedFields,
  completeValues,
  type DocumentType,
  keyLabel,
  keyOf,
  normaliseValues,
  type Stored,
  sameValue,
  settleValues,
  type Values,
} from './document.ts';
import type { DocumentStore, TableStore } from './store.ts';

export const fieldFrozen = declareProblem({
  name: 'field-frozen',
  status: 409,
  title: 'The field cannot change any more',
  remedy: 'Make a new one with the other value, and deactivate this one.',
});
export const houseOnly = declareProblem({
  name: 'house-only',
  status: 403,
  title: 'Only the house may change it',
  remedy: 'Use a key that is bound to no owner.',
});

/** What became of one line of a bulk creation. */
export type Outcome =
  | { readonly status: 'created'; readonly stored: Stored }
  | { readonly status: 'rejected'; readonly problem: Problem };

/** One creation asked for: values that passed the schema, or why they did not. */
export type CreateLine = { readonly given: Values } | { readonly errors: readonly FieldError[] };

/**
 * The problem of a document that breaks rules; `errors` name the fields, with `prefix` where the
 * document is the body of a request.
 */
function invalidDocument(
  type: DocumentType,
  errors: readonly FieldError[],
  prefix: '' | 'body.' = '',
): Problem {
  const fields = [...new Set(errors.map(({ path }) => path))].join(', ');
  return new Problem(invalidRequest, `The ${type.name} is not valid: see ${fields}.`, {
    errors: errors.map((error) => ({ ...error, path: `${prefix}${error.path}` })),
  });
}

/** A problem of a line as a problem of a request of its own. */
function asBody(type: DocumentType, problem: Problem): Problem {
  if (problem.type !== invalidRequest) return problem;
  return invalidDocument(type, problem.extras.errors as FieldError[], 'body.');
}

function taken(type: DocumentType, values: Values): Problem {
  const label = keyLabel(type, values);
  return new Problem(conflict, `There is already ${article(type.name)} ${label}.`, { key: label });
}

/** A noun with its article, for messages. */
export function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

/** The problem of a row that the database refused although the rules let it pass. */
function refusedRow(type: DocumentType, { row, error }: Refused<Values>): Problem {
  const { code, constraint } = error as { code: string; constraint?: string };
  if (code === '23505') {
    const label = keyLabel(type, row);
    const detail = `The ${type.name} ${label}, or a code it holds, is taken.`;
    return new Problem(conflict, detail, { key: label });
  }
  const message = `breaks the rule ${constraint ?? code}`;
  return invalidDocument(type, [{ path: type.key[0] ?? '', message }]);
}

type Draft = { readonly values: Values } | { readonly problem: Problem };

async function draftLines(
  tx: Tx,
  type: DocumentType,
  lines: readonly CreateLine[],
): Promise<Draft[]> {
  const defaults = (await type.defaults?.(tx)) ?? {};
  const seen = new Set<string>();
  return lines.map((line) => {
    if ('errors' in line) return { problem: invalidDocument(type, line.errors) };
    const given = normaliseValues(type.fields, line.given);
    const values = settleValues(type, completeValues(type.fields, given, defaults));
    const key = keyOf(type, values);
    if (seen.has(key)) return { problem: taken(type, values) };
    seen.add(key);
    return { values };
  });
}

/** Lines that may be inserted, after rules and existing keys; the others get their problem. */
async function judgeDrafts(
  tx: Tx,
  store: DocumentStore,
  drafts: readonly Draft[],
): Promise<Draft[]> {
  const { type } = store;
  const candidates = drafts.flatMap((draft) =>
    'values' in draft ? [{ values: draft.values, before: undefined }] : [],
  );
  const errors = await store.check(tx, candidates);
  const existing = await store.load(
    tx,
    candidates.map(({ values }) => values),
    false,
  );
  let index = 0;
  return drafts.map((draft) => {
    if ('problem' in draft) return draft;
    const found = errors[index++] ?? [];
    if (existing.has(keyOf(type, draft.values))) return { problem: taken(type, draft.values) };
    return found.length > 0 ? { problem: invalidDocument(type, found) } : draft;
  });
}

/**
 * Creates documents, each on its own: a refused line never takes its neighbours with it.
 * @returns one outcome a line, in order.
 */
export async function createDocuments(
  tx: Tx,
  store: DocumentStore,
  lines: readonly CreateLine[],
  at: Date,
): Promise<Outcome[]> {
  const { type } = store;
  const drafts = await judgeDrafts(tx, store, await draftLines(tx, type, lines));
  // Sorted by key, so that two writers of the same keys queue up instead of deadlocking.
  const rows = drafts
    .flatMap((draft) => ('values' in draft ? [draft.values] : []))
    .sort((a, b) => (keyOf(type, a) < keyOf(type, b) ? -1 : 1));
  const refused = await applyEach(tx, rows, (part) => store.insert(tx, part, at));
  const problems = new Map(
    refused.map((entry) => [keyOf(type, entry.row), refusedRow(type, entry)]),
  );
  const made = await store.load(tx, rows, false);
  return drafts.map((draft): Outcome => {
    if ('problem' in draft) return { status: 'rejected', problem: draft.problem };
    const key = keyOf(type, draft.values);
    const problem = problems.get(key);
    if (problem) return { status: 'rejected', problem };
    const stored = made.get(key);
    if (!stored) throw new Error(`a new ${type.name} is not visible to its maker`);
    return { status: 'created', stored };
  });
}

/**
 * Creates one document.
 * @throws Problem invalid-request, conflict
 */
export async function createDocument(
  tx: Tx,
  store: TableStore,
  given: Values,
  at: Date,
): Promise<Stored> {
  const [outcome] = await createDocuments(tx, store, [{ given }], at);
  if (outcome?.status === 'created') return outcome.stored;
  throw outcome ? asBody(store.type, outcome.problem) : new Error('no outcome');
}

/** How a path names a document: by the values of its key, or by its id. */
export type Address = { readonly key: Values } | { readonly id: number };

/** Finds a document. @throws Problem not-found */
export async function findDocument(tx: Tx, store: TableStore, address: Address): Promise<Stored> {
  const { type } = store;
  const stored =
    'id' in address
      ? await store.loadId(tx, address.id)
      : (await store.load(tx, [address.key], false)).get(keyOf(type, address.key));
  if (stored) return stored;
  const label = 'id' in address ? `with id ${address.id}` : keyLabel(type, address.key);
  throw new Problem(notFound, `There is no ${type.name} ${label}.`);
}

/** Loads and locks what is to be changed. */
async function lockDocument(tx: Tx, store: TableStore, address: Address): Promise<Stored> {
  const { type } = store;
  const visible = await findDocument(tx, store, address);
  const locked = (await store.load(tx, [visible.values], true)).get(keyOf(type, visible.values));
  if (locked) return locked;
  // It can be read but not locked: row-level security keeps it for the house.
  throw new Problem(houseOnly, `The ${type.name} is shared; only the house may change it.`);
}

/**
 * Fields that differ although the document is in use and they may not, one list a candidate.
 * Asks for usage only where such a field changes at all.
 */
export async function frozenChanges(
  tx: Tx,
  type: DocumentType,
  candidates: readonly Candidate[],
): Promise<string[][]> {
  const changes = candidates.map(({ values, before }) =>
    before ? type.frozen.filter((name) => !sameValue(before.values[name], values[name])) : [],
  );
  const touched = candidates.flatMap(({ before }, index) =>
    before && changes[index]?.length ? [before.id] : [],
  );
  if (touched.length === 0) return changes;
  const used = await type.inUse(tx, touched);
  return changes.map((names, index) => (used.has(candidates[index]?.before?.id ?? 0) ? names : []));
}

/**
 * Edits one document: fields in `patch` replace those it has.
 * @param version the version that the caller read; undefined to edit whatever is there.
 * @throws Problem not-found, precondition-failed, invalid-request, field-frozen, house-only
 */
export async function editDocument(
  tx: Tx,
  store: TableStore,
  edit: { address: Address; patch: Values; version: number | undefined },
  at: Date,
): Promise<Stored> {
  const { type } = store;
  const before = await lockDocument(tx, store, edit.address);
  if (edit.version !== undefined && edit.version !== before.version) {
    const detail = `The ${type.name} is at version ${before.version}, not ${edit.version}.`;
    throw new Problem(preconditionFailed, detail, { version: before.version });
  }
  const values = settleValues(type, {
    ...before.values,
    ...normaliseValues(type.fields, edit.patch),
  });
  if (changedFields(type.fields, before.values, values).length === 0) return before;
  const candidate = { values, before };
  const [errors = []] = await store.check(tx, [candidate]);
  if (errors.length > 0) throw invalidDocument(type, errors, 'body.');
  const [frozen = []] = await frozenChanges(tx, type, [candidate]);
  if (frozen.length > 0) {
    const detail = `The ${type.name} is in use, so ${frozen.join(', ')} cannot change.`;
    throw new Problem(fieldFrozen, detail, { fields: frozen });
  }
  const [refused] = await applyEach(tx, [values], () => store.update(tx, [candidate], at));
  if (refused) throw asBody(type, refusedRow(type, refused));
  return findDocument(tx, store, { id: before.id });
}
