import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { createKey, SYSTEM } from '../../platform/auth/index.ts';
import { consume, type PostedBatch } from './consume.ts';
import { formatVector, parseVector } from './vector.ts';

const world = await createLedgerWorld();
const { house, posted, item, receive, owner, command } = world;

interface Event {
  id: string;
  data: { journal: number; movements: { id: string; item: string }[]; entries: { kind: string }[] };
}

/** The events of an event stream's text. */
function eventsOf(text: string): Event[] {
  return text.split('\n\n').flatMap((block) => {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const data = field('data');
    return data === undefined ? [] : [{ id: field('id') ?? '', data: JSON.parse(data) }];
  });
}

async function caughtUp(since: string, by = house): Promise<Event[]> {
  const answer = await by(`GET /v1/stream?follow=false&since=${since}`);
  expect(answer.status).toBe(200);
  return eventsOf(answer.text);
}

const movementIds = (events: Event[]) =>
  events.flatMap((event) => event.data.movements.map((movement) => movement.id));

describe('the stream', () => {
  it('gives every movement once, in order, and resumes after an event', async () => {
    const sku = await item();
    for (let i = 1; i <= 5; i += 1) await receive(sku, String(i));
    const all = await caughtUp('start');
    const ids = movementIds(all);
    const listed = await house(`GET /v1/movements?limit=1000`);
    expect([...ids].sort()).toEqual(listed.body.items.map((m: { id: string }) => m.id).sort());
    for (const { data } of all) {
      const seqs = data.movements.map((movement) => Number(movement.id.split('-')[1]));
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    }
    const last = all.at(-1)?.id ?? '';
    expect(await caughtUp(last)).toEqual([]);
    const [line] = await posted({ kind: 'receipt', item: sku, quantity: '1', to: 'B1' });
    expect(movementIds(await caughtUp(last))).toEqual([line.id]);
  });

  it('tells of reservations', async () => {
    const sku = await item();
    await receive(sku, '5');
    const { id } = (await caughtUp('start')).at(-1) as Event;
    const lines = [{ item: sku, site: 'N', quantity: '2' }];
    await command('POST /v1/reservations', { lines });
    const [event] = await caughtUp(id);
    expect(event?.data).toMatchObject({ movements: [], entries: [{ kind: 'reserve', item: sku }] });
  });

  it('shows an owner its own alone, and still moves its place', async () => {
    const seller = await owner('STREAMER');
    const sku = await item();
    await receive(sku, '3');
    await receive(sku, '4', 'B1', { owner: 'STREAMER' });
    await receive(sku, '5');
    const events = await caughtUp('start', seller.call);
    const own = events.flatMap((event) => event.data.movements);
    expect(own).toMatchObject([{ item: sku, owner: 'STREAMER', quantity: '4' }]);
  });

  it('refuses what is no place in the feed', async () => {
    const answer = await house('GET /v1/stream?since=yesterday');
    expect([answer.status, answer.body.type]).toEqual([400, '/problems/invalid-request']);
  });

  it('follows live, and ends when the server drains', async () => {
    const { app, database } = world;
    const context = { database, clock: () => new Date() } as Parameters<typeof createKey>[0];
    const asked = { name: 'follower', scopes: ['ledger:read' as const] };
    const { key } = await createKey(context, asked, SYSTEM);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/v1/stream`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const sku = await item();
    const id = await receive(sku, '9');
    let text = '';
    while (reader && !text.includes(`"${id}"`)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    expect(movementIds(eventsOf(text))).toContain(id);
    const closed = app.close();
    for (let done = false; reader && !done; ) ({ done } = await reader.read());
    await closed;
  });
});

describe('a vector of seqs', () => {
  it('is written with ascending journals and read back', () => {
    const vector = new Map([
      [3, 7],
      [0, 12],
    ]);
    expect(formatVector(vector)).toBe('0:12,3:7');
    expect(parseVector('0:12,3:7')).toEqual(vector);
  });
});

describe('a consumer of the outbox', () => {
  it('gets each batch once, in order, and again when its own work failed', async () => {
    const seen: PostedBatch[] = [];
    const handled = await consume(world.database, 'test', async (_tx, batch) => {
      seen.push(batch);
    });
    expect(handled).toBe(seen.length);
    expect(handled).toBeGreaterThan(5);
    const heads = new Map<number, number>();
    for (const batch of seen) {
      expect(batch.firstSeq).toBe((heads.get(batch.journal) ?? 0) + 1);
      heads.set(batch.journal, batch.lastSeq);
    }
    expect(await consume(world.database, 'test', async () => {})).toBe(0);
    let failures = 0;
    const failing = consume(world.database, 'other', async () => {
      failures += 1;
      throw new Error('not today');
    });
    await expect(failing).rejects.toThrow('not today');
    const first: PostedBatch[] = [];
    await consume(world.database, 'other', async (_tx, batch) => void first.push(batch), 1);
    expect(failures).toBe(1);
    expect(first[0]?.firstSeq).toBe(1);
  });
});
