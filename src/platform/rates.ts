import { z } from 'zod';
import type { Context } from './context.ts';
import { readAs, type Tx, writeAs } from './database.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from './http.ts';
import { conflict, declareProblem, forbidden, Problem } from './problems.ts';
import { divideRounded, parseDecimal } from './quantity.ts';

export const exchangeRateMissing = declareProblem({
  name: 'exchange-rate-missing',
  status: 409,
  title: 'No rate of exchange is known for the currency on that day',
  remedy: 'Post the rate to `/v1/exchange-rates`, then send it again.',
});

const RATE_DIGITS = 10;

/** An ISO 4217 code. */
export const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'is no ISO 4217 currency code');

/**
 * House currency for one unit of `currency` on a day (YYYY-MM-DD), as a decimal: the newest rate
 * on or before it; '1' for the house currency itself.
 * @throws Problem exchange-rate-missing.
 */
export async function rateOn(
  tx: Tx,
  houseCurrency: string,
  currency: string,
  day: string,
): Promise<string> {
  if (currency === houseCurrency) return '1';
  const { rows } = await tx.query<{ rate: string }>(
    `SELECT trim_scale(rate)::text AS rate FROM platform.exchange_rate
     WHERE currency = $1 AND valid_on <= $2 ORDER BY valid_on DESC LIMIT 1`,
    [currency, day],
  );
  const [row] = rows;
  if (row) return row.rate;
  throw new Problem(exchangeRateMissing, `There is no rate for ${currency} on ${day}.`, {
    currency,
    day,
  });
}

/**
 * Converts minor units of a foreign currency to house minor units, half to even.
 * @param rate house currency for one unit of the foreign currency.
 * @param fromDigits, toDigits digits after the point of the foreign and the house currency.
 */
export function convertMoney(
  amount: bigint,
  rate: string,
  fromDigits: number,
  toDigits: number,
): bigint {
  const scaled = amount * parseDecimal(rate, RATE_DIGITS) * 10n ** BigInt(toDigits);
  return divideRounded(scaled, 10n ** BigInt(RATE_DIGITS + fromDigits));
}

const rateBody = z.strictObject({
  currency: currencyCode,
  validOn: z.iso.date().describe('the first day it holds; it holds until the next one'),
  rate: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,10})?$/, 'is no positive decimal with at most 10 places')
    .refine((text) => /[1-9]/.test(text), 'must be more than zero')
    .describe('house currency for one unit of the foreign currency'),
});
const rateAnswer = rateBody.extend({ rate: z.string(), recordedAt: z.string() });

interface RateRow {
  currency: string;
  validOn: string;
  rate: string;
  recordedAt: Date;
}

const COLUMNS = `currency, valid_on::text AS "validOn", trim_scale(rate)::text AS rate,
  recorded_at AS "recordedAt"`;

function toAnswer(row: RateRow): z.output<typeof rateAnswer> {
  return { ...row, recordedAt: row.recordedAt.toISOString() };
}

/** Rates of exchange at /v1/exchange-rates: a rate is recorded once and never changed. */
export function rateRoutes(app: App, context: Context): void {
  app.post(
    '/v1/exchange-rates',
    {
      config: { scope: 'books:write' },
      schema: {
        tags: ['Accounting'],
        summary: 'Record a rate of exchange',
        description: 'The same rate again is no error; another one for the same day is refused.',
        body: rateBody,
        response: { 200: rateAnswer, 201: rateAnswer },
      },
    },
    async (request, reply) => {
      const { principalId, scope } = request.principal;
      if (scope !== 'house') throw new Problem(forbidden, 'Only the house keeps rates.');
      const made = await writeAs(context.database, scope, (tx) =>
        recordRate(tx, request.body, principalId, context.clock()),
      );
      reply.status(made.isNew ? 201 : 200);
      return toAnswer(made.row);
    },
  );
  listRoute(app, context);
}

async function recordRate(
  tx: Tx,
  body: z.output<typeof rateBody>,
  actorId: number,
  at: Date,
): Promise<{ row: RateRow; isNew: boolean }> {
  const { currency, validOn, rate } = body;
  const inserted = await tx.query<RateRow>(
    `INSERT INTO platform.exchange_rate (currency, valid_on, rate, recorded_at, actor_id)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [currency, validOn, rate, at, actorId],
  );
  if (inserted.rows[0]) return { row: inserted.rows[0], isNew: true };
  const { rows } = await tx.query<RateRow & { same: boolean }>(
    `SELECT ${COLUMNS}, rate = $3::numeric AS same FROM platform.exchange_rate
     WHERE currency = $1 AND valid_on = $2`,
    [currency, validOn, rate],
  );
  const [{ same, ...row } = {} as RateRow & { same: boolean }] = rows;
  if (same) return { row, isNew: false };
  const detail = `The rate of ${currency} on ${validOn} is ${row.rate} already.`;
  throw new Problem(conflict, detail, { rate: row.rate });
}

function listRoute(app: App, context: Context): void {
  app.get(
    '/v1/exchange-rates',
    {
      config: { scope: 'books:read' },
      schema: {
        tags: ['Accounting'],
        summary: 'List rates of exchange, newest first',
        querystring: z.object({ ...pageQuery, currency: currencyCode.optional() }),
        response: { 200: pageOf(rateAnswer) },
      },
    },
    async (request) => {
      const { cursor, limit, currency } = request.query;
      const after = decodeCursor(cursor, z.tuple([z.iso.date(), z.string().max(3)]));
      const rows = await readAs(context.database, request.principal.scope, async (tx) => {
        const found = await tx.query<RateRow>(
          `SELECT ${COLUMNS} FROM platform.exchange_rate
           WHERE ($1::text IS NULL OR currency = $1)
             AND ($2::date IS NULL OR (valid_on, currency) < ($2::date, $3::text))
           ORDER BY valid_on DESC, currency DESC LIMIT $4`,
          [currency ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
        );
        return found.rows;
      });
      return toPage(rows, limit, ({ validOn, currency: code }) => [validOn, code], toAnswer);
    },
  );
}
