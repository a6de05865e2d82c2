import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readSnapshotAs } from '../../platform/database.ts';
import { type App, decodeCursor, toPage } from '../../platform/http.ts';
import { invalidRequest, Problem } from '../../platform/problems.ts';
import { DISPOSITION_NAMES } from '../service/vocabulary.ts';
import { listRoute, type Page } from './list.routes.ts';
import { resolveFilter } from './resolve.queries.ts';
import { instantQuery, placeQuery } from './schemas.ts';
import {
  STOCK_DIMENSIONS,
  type StockDimension,
  type StockRow,
  selectStock,
} from './stock.queries.ts';

const stockQuery = {
  ...placeQuery,
  groupBy: z
    .string()
    .max(100)
    .optional()
    .describe(`comma list of ${STOCK_DIMENSIONS.join(', ')}; all when it is left out`),
  ...instantQuery,
};
type StockQueryString = z.output<z.ZodObject<typeof stockQuery>> & {
  cursor?: string | undefined;
  limit: number;
};

const stockAnswer = z.object({
  item: z.string().optional(),
  site: z.string().nullable().optional(),
  location: z.string().optional(),
  lot: z.string().nullable().optional(),
  expiresOn: z.string().nullable().optional(),
  owner: z.string().optional(),
  disposition: z.enum(DISPOSITION_NAMES).optional(),
  lpn: z.string().nullable().optional(),
  position: z.string().optional().describe('for `why?position=`, where a row is one position'),
  onHand: z.string(),
  inTransit: z.string(),
  allocated: z.string().optional().describe('not as of an instant'),
});
export type StockAnswer = z.output<typeof stockAnswer>;

function readGroupBy(text: string | undefined): readonly StockDimension[] {
  if (text === undefined) return STOCK_DIMENSIONS;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !STOCK_DIMENSIONS.includes(name as StockDimension));
  if (unknown.length === 0) return STOCK_DIMENSIONS.filter((name) => names.includes(name));
  throw new Problem(invalidRequest, 'Stock cannot be grouped by that.', {
    errors: unknown.map((found) => ({
      path: 'query.groupBy',
      message: 'is not a dimension of stock',
      expected: STOCK_DIMENSIONS.join(', '),
      found,
    })),
  });
}

function toAnswer(groupBy: readonly StockDimension[], row: StockRow): StockAnswer {
  const codes = Object.fromEntries(
    Object.entries(row.codes).map(([name, code]) => [name, code === '' ? null : code]),
  );
  return {
    ...codes,
    ...(groupBy.includes('lot') ? { expiresOn: row.expiresOn } : {}),
    ...(row.position === null ? {} : { position: row.position }),
    onHand: row.onHand,
    inTransit: row.inTransit,
    ...(row.allocated === null ? {} : { allocated: row.allocated }),
  };
}

const cursorText = z.string().refine((text) => !text.includes('\u0000'));

export async function readStock(
  context: Context,
  principal: Principal,
  query: StockQueryString,
): Promise<Page<StockAnswer>> {
  const groupBy = readGroupBy(query.groupBy);
  const after = decodeCursor(query.cursor, z.array(cursorText).length(groupBy.length));
  const asOf = query.at === undefined ? undefined : { at: Date.parse(query.at), by: query.by };
  return readSnapshotAs(context.database, principal.scope, async (tx) => {
    const { filter } = await resolveFilter(tx, query);
    const rows = await selectStock(tx, { filter, groupBy, asOf, after, limit: query.limit + 1 });
    return toPage(
      rows,
      query.limit,
      (row) => row.keys,
      (row) => toAnswer(groupBy, row),
    );
  });
}

/** On hand, now or as of any instant. */
export function stockRoutes(app: App, context: Context): void {
  listRoute(app, context, {
    path: '/stock',
    summary: 'Stock by item, site, location, lot, owner, disposition and handling unit',
    description:
      'Sorted by the codes it is grouped by. `at` asks for any past instant: by `recorded` what ' +
      'the ledger knew then, by `occurred` what had happened by then as it is known now.',
    query: stockQuery,
    item: stockAnswer,
    read: readStock,
  });
}
