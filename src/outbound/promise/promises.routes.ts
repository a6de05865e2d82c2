import { z } from 'zod';
import type { SiteForPromise } from '../../network/index.ts';
import type { Principal } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { type FieldError, invalidRequest, Problem } from '../../platform/problems.ts';
import { DecimalError, formatDecimal, parseDecimal } from '../../platform/quantity.ts';
import { dayText } from './available.ts';
import {
  bestPromise,
  type OptionsQuestion,
  promiseOptions,
  type SiteOption,
  type WantedLine,
} from './options.ts';
import type { PromiseDate } from './promise.ts';
import type { ItemToPromise, ReadToPromise } from './reader.ts';
import { destinationOf, SERVICE_LEVELS } from './transit.ts';

const LINES_MAX = 100;
const SITES_MAX = 200;

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const code = text(64);

const isTimeZone = (name: string): boolean => {
  // The runtime also takes offsets such as +02:00, which know no summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
};

const shipTo = z.strictObject({
  site: code.optional().describe('code of a site; or tell where it is'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional()
    .describe('ISO 3166-1 alpha-2'),
  region: text(100).optional(),
  postalCode: text(20).optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'is no IANA time zone')
    .optional()
    .describe("by default the customer region's, else the sending site's"),
});

const promisesBody = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        item: code.describe('SKU'),
        quantity: z.string().regex(/^\d{1,13}(\.\d{1,6})?$/),
      }),
    )
    .min(1)
    .max(LINES_MAX),
  shipTo,
  serviceLevel: z.enum(SERVICE_LEVELS).default('standard'),
  sites: z.array(code).min(1).max(SITES_MAX).optional().describe('by default every site'),
  owner: code.optional().describe("by default the key's own, or the house"),
});
export type PromisesBody = z.output<typeof promisesBody>;

const transitAnswer = z.object({
  basis: z.enum(['same_site', 'lane', 'distance', 'flat']),
  mode: z.string(),
  hoursMin: z.number(),
  hoursTypical: z.number(),
  hoursMax: z.number(),
  hoursPlanned: z.number(),
  distanceM: z.number().nullable(),
});

const stepAnswer = z.object({
  step: z.enum(['available', 'begins', 'ready', 'dispatched', 'arrives', 'delivered']),
  at: z.string(),
  siteTime: z.string(),
  customerTime: z.string(),
  because: z.string(),
});

const dateAnswer = {
  deliverOn: z.string().nullable().describe('local day at the ship-to; null: no promise'),
  earliestOn: z.string().nullable(),
  latestOn: z.string().nullable(),
};

const promisesAnswer = z.object({
  at: z.string(),
  serviceLevel: z.enum(SERVICE_LEVELS),
  shipTo: z.object({
    region: z.string().nullable().describe('the site or customer region that was found'),
    timeZone: z.string().nullable(),
  }),
  best: z.object({
    kind: z.enum(['single', 'split', 'none']),
    deliverOn: z.string().nullable(),
    latestOn: z.string().nullable(),
    lines: z.array(z.object({ line: z.number(), site: z.string() })),
  }),
  options: z.array(
    z.object({
      site: z.string(),
      complete: z.boolean().describe('whether the site can promise every line'),
      ...dateAnswer,
      dispatchAt: z.string().nullable(),
      transit: transitAnswer,
      lines: z.array(
        z.object({
          line: z.number(),
          item: z.string(),
          quantity: z.string(),
          promisable: z.string().describe('the most that the site can promise at all'),
          availableOn: z.string().nullable().describe('null: it is there, or never will be'),
          ...dateAnswer,
        }),
      ),
      steps: z.array(stepAnswer).describe('of the line that arrives last'),
    }),
  ),
});
export type PromisesAnswer = z.output<typeof promisesAnswer>;

/** Everything that an answer is made of. */
interface Prepared {
  readonly question: OptionsQuestion;
  readonly found: readonly ItemToPromise[];
}

const SENDING = ['fulfilment_centre', 'store'];

function prepare(
  principal: Pick<Principal, 'scope'>,
  body: PromisesBody,
  found: readonly (ItemToPromise | undefined)[],
): Prepared {
  const errors: FieldError[] = [];
  const lines = body.lines.flatMap(({ item, quantity }, i): WantedLine[] => {
    const known = found[i];
    if (!known) {
      errors.push({ path: `lines.${i}.item`, message: 'does not exist', found: item });
      return [];
    }
    const units = readUnits(quantity, known.item.quantityScale, `lines.${i}.quantity`, errors);
    const ownerId = ownerOf(principal, body.owner, known);
    return [{ line: i + 1, itemId: known.item.itemId, ownerId, quantity: units }];
  });
  const known = found.filter((each) => each !== undefined);
  const [first] = known;
  const network = first?.network;
  const destination = network && destinationOf(network, body.shipTo);
  if (network && !destination) {
    errors.push({ path: 'shipTo.site', message: 'does not exist', found: body.shipTo.site ?? '' });
  }
  const sites = network ? sendingSites(network.sites, body.sites, errors) : [];
  if (errors.length > 0 || !network || !destination || !first) {
    const [error] = errors;
    throw new Problem(invalidRequest, `${error?.path} ${error?.message}.`, { errors });
  }
  const rows = [...new Map(known.map((each) => [each.item.itemId, each])).values()].flatMap(
    (each) => each.rows,
  );
  const { nowMs } = first;
  const { serviceLevel } = body;
  return {
    question: { nowMs, lines, rows, network, sites, destination, serviceLevel },
    found: known,
  };
}

/** The owner whose goods are meant; 0, of whom there are none, where it is not to be seen. */
function ownerOf(
  principal: Pick<Principal, 'scope'>,
  named: string | undefined,
  { owners, item }: ItemToPromise,
): number {
  if (named !== undefined) return [...owners].find(([, each]) => each === named)?.[0] ?? 0;
  if (principal.scope !== 'house') return principal.scope;
  return item.ownerId ?? HOUSE_OWNER_ID;
}

/** Migration 0002 makes the house the first of all owners. */
const HOUSE_OWNER_ID = 1;

function readUnits(text: string, scale: number, path: string, errors: FieldError[]): bigint {
  try {
    const units = parseDecimal(text, scale);
    if (units > 0n) return units;
    errors.push({ path, message: 'must be more than zero', found: text });
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    const expected = `at most ${scale} digits after the point`;
    errors.push({ path, message: 'is no quantity of this item', expected, found: text });
  }
  return 0n;
}

function sendingSites(
  sites: readonly SiteForPromise[],
  named: readonly string[] | undefined,
  errors: FieldError[],
): SiteForPromise[] {
  const sending = sites.filter(({ type, active }) => active && SENDING.includes(type));
  if (named === undefined) return sending;
  return named.flatMap((site, i) => {
    const found = sending.find((each) => each.code === site);
    if (found) return [found];
    const expected = 'the code of an active fulfilment centre or store';
    errors.push({ path: `sites.${i}`, message: 'is no site that sends', expected, found: site });
    return [];
  });
}

function showDate(promise: PromiseDate | null | undefined) {
  return {
    deliverOn: promise?.deliverOn ?? null,
    earliestOn: promise?.earliestOn ?? null,
    latestOn: promise?.latestOn ?? null,
  };
}

function showOption(
  { site, transit, lines, last }: SiteOption,
  body: PromisesBody,
  scales: readonly number[],
): PromisesAnswer['options'][number] {
  return {
    site: site.code,
    complete: last !== null,
    ...showDate(last?.promise),
    dispatchAt: last ? new Date(last.promise.dispatchMs).toISOString() : null,
    transit: { ...transit, distanceM: transit.distanceM ?? null },
    lines: lines.map(({ line, most, promise, availableDay }) => ({
      line,
      item: body.lines[line - 1]?.item ?? '',
      quantity: body.lines[line - 1]?.quantity ?? '',
      promisable: formatDecimal(most, scales[line - 1] ?? 0),
      availableOn: dayText(availableDay),
      ...showDate(promise),
    })),
    steps: [...(last?.steps ?? [])],
  };
}

/**
 * When goods can be with a customer: what each site can promise, and the best of it.
 * @throws Problem invalid-request with every wrong field.
 */
export async function showPromises(
  read: ReadToPromise,
  principal: Pick<Principal, 'scope'>,
  body: PromisesBody,
): Promise<PromisesAnswer> {
  const found = await Promise.all(body.lines.map(({ item }) => read(principal.scope, item)));
  const { question } = prepare(principal, body, found);
  const options = promiseOptions(question);
  const best = bestPromise(question, options);
  const { network, destination } = question;
  const scales = found.map((each) => each?.item.quantityScale ?? 0);
  return {
    at: new Date(question.nowMs).toISOString(),
    serviceLevel: body.serviceLevel,
    shipTo: {
      region: destination.site?.code ?? null,
      timeZone: destination.timeZone ?? null,
    },
    best: {
      kind: best.kind,
      deliverOn: best.deliverOn,
      latestOn: best.latestOn,
      lines: best.lines.map(({ line, siteId }) => ({
        line,
        site: network.siteById.get(siteId)?.code ?? '',
      })),
    },
    options: options.map((option) => showOption(option, body, scales)),
  };
}

/** POST /v1/promises. */
export function promisesRoutes(app: App, read: ReadToPromise): void {
  app.post(
    '/v1/promises',
    {
      config: { scope: 'orders:read', sheds: false },
      schema: {
        tags: ['Promises'],
        summary: 'When goods can be with a customer, from which site, and why',
        description: 'It promises nothing yet: capture a sales order, or hold a cart, for that.',
        body: promisesBody,
        response: { 200: promisesAnswer },
      },
    },
    async (request) => showPromises(read, request.principal, request.body),
  );
}
