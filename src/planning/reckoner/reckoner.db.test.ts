import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlanningWorld, type PlanningWorld } from '../../../test/support/planning-world.ts';
import { buildReckonerThread, HOURS, playTask } from '../../../test/support/reckoner-world.ts';
import { buildServer } from '../../api/index.ts';
import { createKey, SYSTEM } from '../../platform/auth/index.ts';
import { newId } from '../../platform/ids.ts';
import { overrideRoutes } from '../nightly/overrides.routes.ts';
import { whatIfRoutes } from '../whatif/what-if.routes.ts';
import { openReckoner } from './reckoner.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of every shape.
const bodyOf = (answer: Response): Promise<any> => answer.json();

describe('a server that plays scenarios', async () => {
  const reckoner = openReckoner(await buildReckonerThread());
  const endless = playTask(HOURS.places, HOURS);
  let world: PlanningWorld;
  let send: (request: string, body?: object, more?: RequestInit) => Promise<Response>;
  let scenario: object;

  beforeAll(async () => {
    world = await createPlanningWorld();
    const item = await world.item();
    await world.history(item, 'N', 20, { days: 60 });
    await world.forecast();
    scenario = { items: [item], days: 28, paths: 20, change: { demandFactor: 2 } };
    const app = await buildServer(world.context, [
      (own, context) => whatIfRoutes(own, context, reckoner),
      overrideRoutes,
    ]);
    afterAll(async () => {
      await app.close();
      await reckoner.close();
    });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const scopes = ['planning:read', 'planning:write'] as const;
    const { key } = await createKey(world.context, { name: 'planner', scopes }, SYSTEM);
    send = (request, body, more = {}) => {
      const [method = '', path = ''] = request.split(' ');
      const headers = {
        authorization: `Bearer ${key}`,
        'idempotency-key': newId(),
        ...(body && { 'content-type': 'application/json' }),
        ...(more.headers as Record<string, string>),
      };
      return fetch(address + path, {
        ...{ method, body: body ? JSON.stringify(body) : null },
        ...{ ...more, headers },
      });
    };
  });

  /** Waits until so many may wait no more, or may again. */
  async function untilFull(isFull: boolean): Promise<void> {
    for (;;) {
      try {
        reckoner.refuseIfFull();
        if (!isFull) return;
      } catch {
        if (isFull) return;
      }
      await setTimeout(10);
    }
  }

  it('answers all others meanwhile, refuses too many, and forgets who went away', async () => {
    const stop = new AbortController();
    const playing = reckoner.reckon(endless, stop.signal);
    playing.catch(() => {});
    const impatient = new AbortController();
    const left = send('POST /v1/planning/what-ifs', scenario, { signal: impatient.signal });
    left.catch(() => {});
    const key = { headers: { 'idempotency-key': newId() } };
    const waiting = [key, key, {}].map((more) =>
      send('POST /v1/planning/what-ifs', scenario, more),
    );
    await untilFull(true);

    expect((await send('GET /healthz')).status).toBe(200);
    expect((await send('GET /v1/planning/what-ifs')).status).toBe(200);
    const wrong = { group: 'G', from: '2026-01-02', to: '2026-01-01', kind: 'percent', value: 1 };
    const writes = Array.from({ length: 6 }, () =>
      send('POST /v1/planning/overrides', { ...wrong, reason: 'a writer has its turn' }),
    );
    for (const { status } of await Promise.all(writes)) expect(status).toBe(400);
    const refused = await send('POST /v1/planning/what-ifs', scenario);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await refused.json()).toMatchObject({ type: '/problems/planning-busy' });

    impatient.abort();
    await expect(left).rejects.toThrow('abort');
    await untilFull(false);
    stop.abort(new Error('enough'));
    await expect(playing).rejects.toThrow('enough');
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const [first, again, other] = await Promise.all(answers.map(bodyOf));
    expect(again).toEqual(first);
    expect(other).toMatchObject({ result: first.result });
    expect(other.number).not.toBe(first.number);
    const { items } = await bodyOf(await send('GET /v1/planning/what-ifs'));
    expect(items).toHaveLength(2);
  });
});
