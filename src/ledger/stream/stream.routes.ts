import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { type OwnerScope, readAs } from '../../platform/database.ts';
import type { App } from '../../platform/http.ts';
import { currencyDigits } from '../../platform/money.ts';
import { overloaded, Problem } from '../../platform/problems.ts';
import { readEvent, readHeads } from './feed.queries.ts';
import { createPulse, type Pulse } from './pulse.ts';
import { formatVector, parseVector, type SeqVector } from './vector.ts';

const HEARTBEAT_MS = 10_000;
/** A client that takes nothing for so long is gone, or might as well be. */
const STUCK_MS = 60_000;
/** Then the client connects anew and its key is checked again; it resumes where it was. */
const LIFETIME_MS = 15 * 60_000;
const STREAMS_MAX = 200;

/** Adds the event stream of what is posted, for as many clients as connect. */
export function streamRoutes(app: App, context: Context): void {
  const pulse = createPulse(context.database.poster);
  const closing = new AbortController();
  let open = 0;
  app.addHook('preClose', async () => closing.abort());
  app.get(
    '/v1/stream',
    {
      config: { scope: 'ledger:read' },
      schema: {
        tags: ['Ledger'],
        summary: 'Follow what is posted (server-sent events)',
        description:
          'Events `posted` with movements, entries and value entries, in order within a journal. ' +
          'The id of an event is a vector of seqs; `Last-Event-ID` or `since` goes on after it.',
        produces: ['text/event-stream'],
        querystring: z.object({
          since: z.string().max(20_000).optional().describe('an event id, or `start`'),
          follow: z.enum(['true', 'false']).default('true').describe('false: end when caught up'),
        }),
        response: { 200: z.string().describe('text/event-stream') },
      },
    },
    async (request, reply) => {
      const lastId = request.headers['last-event-id'];
      const asked = typeof lastId === 'string' ? lastId : request.query.since;
      if (open >= STREAMS_MAX) {
        throw new Problem(overloaded, `There are ${open} streams open already.`, {
          retryAfterSeconds: 10,
        });
      }
      const place = await startAt(context, asked);
      open += 1;
      reply.hijack();
      const client = openClient(reply.raw, closing.signal);
      const options = {
        context,
        scope: request.principal.scope,
        place,
        client,
        follow: request.query.follow === 'true',
      };
      try {
        await serve(pulse, options);
      } catch (error) {
        request.log.warn({ err: error }, 'an event stream broke off');
      }
      open -= 1;
      reply.raw.end();
    },
  );
}

/** Where a stream begins: after an event id, at the start, or now. */
async function startAt(context: Context, asked: string | undefined): Promise<SeqVector> {
  const heads = await readHeads(context.database.poster);
  if (asked === undefined || asked === '') return heads;
  const given: SeqVector = asked === 'start' ? new Map() : parseVector(asked);
  return new Map([...heads.keys()].map((journal) => [journal, given.get(journal) ?? 0]));
}

/** The client's end: aborted when it leaves, when it is stuck, or when the server stops. */
interface Client {
  readonly gone: AbortSignal;
  send(text: string): Promise<void>;
}

function openClient(response: ServerResponse, closing: AbortSignal): Client {
  const left = new AbortController();
  response.on('close', () => left.abort());
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write('retry: 1000\n\n');
  const gone = AbortSignal.any([left.signal, closing, AbortSignal.timeout(LIFETIME_MS)]);
  return {
    gone,
    send: async (text) => {
      if (gone.aborted || response.write(text)) return;
      // Nothing more is read for a client until it has taken what it was sent.
      const stuck = AbortSignal.timeout(STUCK_MS);
      await once(response, 'drain', { signal: AbortSignal.any([gone, stuck]) }).catch(() => {
        left.abort();
        if (stuck.aborted) response.destroy();
      });
    },
  };
}

interface Serving {
  readonly context: Context;
  readonly scope: OwnerScope;
  readonly place: SeqVector;
  readonly client: Client;
  readonly follow: boolean;
}

async function serve(pulse: Pulse, options: Serving): Promise<void> {
  const { client, place } = options;
  let heads: SeqVector = new Map();
  let wake = (): void => {};
  const leave = pulse.subscribe((next) => {
    heads = next;
    wake();
  });
  const beat = setInterval(() => void client.send(': still here\n\n'), HEARTBEAT_MS);
  client.gone.addEventListener('abort', () => wake());
  try {
    if (!options.follow) {
      await catchUp(options, await readHeads(options.context.database.poster));
      return;
    }
    while (!client.gone.aborted) {
      const behind = [...heads].some(([journal, seq]) => seq > (place.get(journal) ?? 0));
      if (behind) await catchUp(options, heads);
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    clearInterval(beat);
    leave();
  }
}

async function catchUp(options: Serving, heads: SeqVector): Promise<void> {
  const { context, scope, place, client } = options;
  const digits = currencyDigits(context.config.currency);
  for (const [journal, head] of heads) {
    for (let after = place.get(journal) ?? 0; after < head && !client.gone.aborted; ) {
      const { event, upTo } = await readAs(context.database, scope, (tx) =>
        readEvent(tx, journal, after, head, digits),
      );
      after = upTo;
      place.set(journal, upTo);
      const id = `id: ${formatVector(place)}\n`;
      const count = event.movements.length + event.entries.length + event.valueEntries.length;
      // What this owner may not see still moves its place, so that it resumes where it was.
      const data = count > 0 ? `event: posted\ndata: ${JSON.stringify(event)}\n` : '';
      await client.send(`${id}${data}\n`);
    }
  }
}
