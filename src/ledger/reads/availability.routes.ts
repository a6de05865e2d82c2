import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import type { App } from '../../platform/http.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { createItemAvailabilityReader, type ItemAvailability } from './availability.ts';
import { checkSites, findOwner } from './resolve.queries.ts';
import { codeText } from './schemas.ts';

const ITEMS_MAX = 5_000;
const ITEMS_IN_QUERY_MAX = 100;
const SITES_MAX = 1_000;

const answer = z.object({
  items: z.array(
    z.object({
      item: z.string(),
      site: z.string(),
      owner: z.string(),
      onHand: z.string(),
      reserved: z.string(),
      available: z.string().describe('negative where promised stock is gone'),
    }),
  ),
  unknown: z.array(z.string()).describe('items that do not exist, or not for this key'),
});

interface Asked {
  readonly items: readonly string[];
  readonly sites: readonly string[] | undefined;
  readonly owner: string | undefined;
}

type Read = ReturnType<typeof createItemAvailabilityReader>;

async function readAvailability(
  context: Context,
  read: Read,
  principal: Principal,
  asked: Asked,
): Promise<z.output<typeof answer>> {
  const { sites, owner } = asked;
  if (sites !== undefined || owner !== undefined) {
    await readAs(context.database, principal.scope, async (tx) => {
      if (sites !== undefined) await checkSites(tx, sites);
      if (owner !== undefined) await findOwner(tx, owner);
    });
  }
  const skus = [...new Set(asked.items)];
  const found = await Promise.all(skus.map((sku) => read(principal.scope, sku)));
  const rows = skus.flatMap((sku, i) => (found[i] ? show(sku, found[i], asked) : []));
  return { items: rows, unknown: skus.filter((_, i) => found[i] === undefined) };
}

function show(item: string, found: ItemAvailability, { sites, owner }: Asked) {
  const write = (figure: bigint) => formatDecimal(figure, found.quantityScale);
  return found.rows
    .filter((row) => sites === undefined || sites.includes(row.site))
    .filter((row) => owner === undefined || row.owner === owner)
    .map((row) => ({
      item,
      site: row.site,
      owner: row.owner,
      onHand: write(row.onHand),
      reserved: write(row.reserved),
      available: write(row.available),
    }));
}

/** What can be promised, for one item or thousands. */
export function availabilityRoutes(app: App, context: Context): void {
  const read = createItemAvailabilityReader(context.database);
  const config = { scope: 'ledger:read' as const, sheds: false };
  app.get(
    '/v1/availability',
    {
      config,
      schema: {
        tags: ['Ledger'],
        summary: 'Availability of a few items',
        querystring: z.object({
          item: z
            .union([codeText, z.array(codeText).min(1).max(ITEMS_IN_QUERY_MAX)])
            .describe('SKU; may be repeated'),
          site: codeText.optional(),
          owner: codeText.optional(),
        }),
        response: { 200: answer },
      },
    },
    async (request) => {
      const { item, site, owner } = request.query;
      const items = typeof item === 'string' ? [item] : item;
      const sites = site === undefined ? undefined : [site];
      return readAvailability(context, read, request.principal, { items, sites, owner });
    },
  );
  app.post(
    '/v1/availability',
    {
      config,
      schema: {
        tags: ['Ledger'],
        summary: `Availability of up to ${ITEMS_MAX} items`,
        body: z.object({
          items: z.array(codeText).min(1).max(ITEMS_MAX),
          sites: z.array(codeText).max(SITES_MAX).optional(),
          owner: codeText.optional(),
        }),
        response: { 200: answer },
      },
    },
    async (request) => {
      const { items, sites, owner } = request.body;
      return readAvailability(context, read, request.principal, { items, sites, owner });
    },
  );
}
