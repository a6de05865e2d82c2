import type { Context } from '../../platform/context.ts';
import { writeAs } from '../../platform/database.ts';
import { createDocuments, type Values } from '../../platform/documents/index.ts';
import type { ImportKind } from '../../platform/imports/index.ts';
import { CliError, EXIT } from '../exit.ts';
import { TIME_ZONE } from './line.ts';
import type { PlannedItem } from './plan.ts';

/** The site that the shop's goods are in, and its one bin. */
export const SITE = 'SHOP';
export const BIN = 'SHOP-BIN';

/** Items a transaction. */
const CHUNK = 1_000;

/**
 * Makes those of the documents that are not there yet, and leaves the others as they are.
 * @returns how many were made.
 */
async function ensure(
  context: Pick<Context, 'database' | 'clock'>,
  kind: ImportKind,
  documents: readonly Values[],
): Promise<number> {
  const { store } = kind;
  return writeAs(context.database, 'house', async (tx) => {
    const known = await store.load(tx, documents, false);
    const keys = new Set(
      [...known.values()].map(({ values }) => store.type.key.map((name) => values[name]).join()),
    );
    const missing = documents.filter(
      (given) => !keys.has(store.type.key.map((name) => given[name]).join()),
    );
    const lines = missing.map((given) => ({ given }));
    const outcomes = await createDocuments(tx, store, lines, context.clock());
    for (const outcome of outcomes) {
      if (outcome.status === 'created') continue;
      const { problem } = outcome;
      throw new CliError(EXIT.refused, `${problem.message} ${problem.type.remedy}`);
    }
    return missing.length;
  });
}

function kindOf(kinds: readonly ImportKind[], name: string): ImportKind {
  const kind = kinds.find((candidate) => candidate.name === name);
  if (!kind) throw new Error(`there is no import of ${name}`);
  return kind;
}

/**
 * Makes the items that are missing, and the shop's site where that is asked for.
 * @returns how many items were made.
 * @throws CliError when one of them cannot be made.
 */
export async function ensureItems(
  context: Pick<Context, 'database' | 'clock'>,
  kinds: readonly ImportKind[],
  items: readonly { readonly sku: string; readonly name: string }[],
  { makesSite, say }: { makesSite: boolean; say: (line: string) => void },
): Promise<number> {
  const site = { code: SITE, name: 'Shop', type: 'store', timeZone: TIME_ZONE };
  if (makesSite) await ensure(context, kindOf(kinds, 'sites'), [site]);
  let made = 0;
  for (let at = 0; at < items.length; at += CHUNK) {
    const chunk = items.slice(at, at + CHUNK).map(({ sku, name }) => ({ sku, name }));
    made += await ensure(context, kindOf(kinds, 'items'), chunk);
    say(`${Math.min(at + CHUNK, items.length)} of ${items.length} items`);
  }
  return made;
}

/**
 * Makes the site, its bin and the items that the file names, where they are missing.
 * @returns how many items were made.
 * @throws CliError when one of them cannot be made.
 */
export async function ensureReferenceData(
  context: Pick<Context, 'database' | 'clock'>,
  kinds: readonly ImportKind[],
  items: readonly PlannedItem[],
  say: (line: string) => void,
): Promise<number> {
  const documents = items.map(({ sku }) => ({ sku, name: `Item ${sku}` }));
  const made = await ensureItems(context, kinds, documents, { makesSite: true, say });
  await ensure(context, kindOf(kinds, 'locations'), [{ code: BIN, site: SITE, type: 'bin' }]);
  return made;
}
