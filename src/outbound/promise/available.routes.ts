import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { type FieldError, invalidRequest, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { type AvailableToPromise, type CountedSupply, dayText } from './available.ts';
import type { ItemToPromise, ReadToPromise } from './reader.ts';

const ITEMS_IN_QUERY_MAX = 100;
const ITEMS_MAX = 1_000;
const SITES_MAX = 200;

const code = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);

const supplyAnswer = z.object({
  expectedOn: z.string(),
  countedOn: z.string().nullable().describe('null: so late that it is not counted'),
  quantity: z.string(),
  isLate: z.boolean(),
  document: z.object({ type: z.string(), number: z.string() }),
  line: z.number(),
});

const answer = z.object({
  at: z.string(),
  items: z.array(
    z.object({
      item: z.string(),
      site: z.string(),
      owner: z.string(),
      onHand: z.string(),
      reserved: z.string(),
      available: z.string().describe('on hand less reserved; negative where stock is missing'),
      backordered: z.string().describe('units of backorders that this site will serve'),
      days: z.array(
        z.object({
          on: z.string().nullable().describe('a local day of the site; null is now'),
          supply: z.string(),
          demand: z.string(),
          projected: z.string().describe('what is there less what is promised'),
          promisable: z.string().describe('what can be promised from this day on'),
        }),
      ),
      supplies: z.array(supplyAnswer).optional(),
    }),
  ),
  unknown: z.array(z.string()).describe('items that do not exist, or not for this key'),
});
export type AvailableAnswer = z.output<typeof answer>;

export interface AskedAvailable {
  readonly items: readonly string[];
  readonly sites?: readonly string[] | undefined;
  readonly owner?: string | undefined;
  /** With the documents that bring supply. */
  readonly explain: boolean;
}

function showSupply(
  supply: CountedSupply,
  write: (units: bigint) => string,
  isCounted: boolean,
): z.output<typeof supplyAnswer> {
  const { expectedOn, quantity, isLate, document, line } = supply;
  const countedOn = isCounted ? dayText(supply.day) : null;
  return { expectedOn, countedOn, quantity: write(quantity), isLate, document, line };
}

function showRow(
  row: AvailableToPromise,
  { network, owners }: ItemToPromise,
  explain: boolean,
): AvailableAnswer['items'][number] {
  const write = (units: bigint) => formatDecimal(units, row.item.quantityScale);
  return {
    item: row.item.item,
    site: network.siteById.get(row.siteId)?.code ?? '',
    owner: owners.get(row.ownerId) ?? '',
    onHand: write(row.onHand),
    reserved: write(row.reserved),
    available: write(row.onHand - row.reserved),
    backordered: write(row.backordered),
    days: row.projection.map(({ day, supply, demand, projected, promisable }) => ({
      on: dayText(day),
      supply: write(supply),
      demand: write(demand),
      projected: write(projected),
      promisable: write(promisable),
    })),
    ...(explain
      ? {
          supplies: [
            ...row.supplies.map((supply) => showSupply(supply, write, true)),
            ...row.uncounted.map((supply) => showSupply(supply, write, false)),
          ],
        }
      : {}),
  };
}

/** Names what was asked for and is not there. @throws Problem invalid-request */
function checkNames(asked: AskedAvailable, found: readonly ItemToPromise[]): void {
  const errors: FieldError[] = [];
  const [first] = found;
  if (!first) return;
  for (const [i, site] of (asked.sites ?? []).entries()) {
    if (first.network.siteByCode.has(site)) continue;
    errors.push({ path: `sites.${i}`, message: 'does not exist', found: site });
  }
  const [error] = errors;
  if (error) throw new Problem(invalidRequest, `${error.path} ${error.message}.`, { errors });
}

/**
 * What can be promised of items by day.
 * @throws Problem invalid-request for a site that does not exist.
 */
export async function showAvailable(
  read: ReadToPromise,
  principal: Pick<Principal, 'scope'>,
  asked: AskedAvailable,
  at: Date,
): Promise<AvailableAnswer> {
  const skus = [...new Set(asked.items)];
  const all = await Promise.all(skus.map((sku) => read(principal.scope, sku)));
  const found = all.filter((each) => each !== undefined);
  checkNames(asked, found);
  const sites = asked.sites && new Set(asked.sites);
  const items = found.flatMap((each) =>
    each.rows
      .map((row) => showRow(row, each, asked.explain))
      .filter(({ site }) => !sites || sites.has(site))
      .filter(({ owner }) => asked.owner === undefined || owner === asked.owner)
      .sort((a, b) => (a.site < b.site ? -1 : 1)),
  );
  const unknown = skus.filter((_, i) => all[i] === undefined);
  return { at: at.toISOString(), items, unknown };
}

const listOf = (max: number) => z.union([code, z.array(code).min(1).max(max)]);
const asList = (value: string | string[] | undefined) =>
  value === undefined || Array.isArray(value) ? value : [value];

/** GET and POST /v1/available-to-promise. */
export function availableRoutes(app: App, context: Context, read: ReadToPromise): void {
  const config = { scope: 'orders:read' as const, sheds: false };
  const tags = ['Promises'];
  app.get(
    '/v1/available-to-promise',
    {
      config,
      schema: {
        tags,
        summary: 'What can be promised of a few items, by day',
        querystring: z.object({
          items: listOf(ITEMS_IN_QUERY_MAX).describe('SKU; may be repeated'),
          sites: listOf(SITES_MAX).optional().describe('code of a site; may be repeated'),
          owner: code.optional(),
        }),
        response: { 200: answer },
      },
    },
    async (request) => {
      const { items, sites, owner } = request.query;
      const asked = { items: asList(items) ?? [], sites: asList(sites), owner, explain: true };
      return showAvailable(read, request.principal, asked, context.clock());
    },
  );
  app.post(
    '/v1/available-to-promise',
    {
      config,
      schema: {
        tags,
        summary: `What can be promised of up to ${ITEMS_MAX} items at once, by day`,
        body: z.strictObject({
          items: z.array(code).min(1).max(ITEMS_MAX).describe('SKUs'),
          sites: z.array(code).min(1).max(SITES_MAX).optional(),
          owner: code.optional(),
          explain: z.boolean().default(false).describe('with the documents that bring supply'),
        }),
        response: { 200: answer },
      },
    },
    async (request) => showAvailable(read, request.principal, request.body, context.clock()),
  );
}
