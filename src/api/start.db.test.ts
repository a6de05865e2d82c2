import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/support/database.ts';
import { loadConfig } from '../platform/config.ts';
import type { App } from '../platform/http.ts';
import { type RunningServer, startServer } from './start.ts';

const { connectionString } = await createTestDatabase();

const SLOW_MS = 400;
let entered: () => void = () => {};
function slowRoutes(app: App): void {
  app.get('/slow', async () => {
    entered();
    await new Promise((done) => setTimeout(done, SLOW_MS));
    return { finished: true };
  });
  app.get('/stuck', async () => {
    entered();
    return new Promise(() => {});
  });
}

let server: RunningServer | undefined;
afterEach(() => server?.close());

async function start(drainSecondsMax = 20): Promise<RunningServer> {
  const config = {
    ...loadConfig({ DATABASE_URL: connectionString, PORT: '0', LOG_LEVEL: 'silent' }),
    drainSecondsMax,
  };
  server = await startServer(config, () => {}, [slowRoutes]);
  return server;
}

/** Resolves once a handler has begun. */
function handlerBegins(): Promise<void> {
  return new Promise((done) => {
    entered = done;
  });
}

describe('a stop', () => {
  it('lets requests in flight finish, and takes no new ones', async () => {
    const { url, close, context } = await start();
    const begun = handlerBegins();
    const response = fetch(`${url}/slow`);
    await begun;
    const started = performance.now();
    const closed = close();
    await new Promise((done) => setTimeout(done, 50));
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(await (await response).json()).toEqual({ finished: true });
    await closed;
    expect(performance.now() - started).toBeLessThan(SLOW_MS + 2_000);
    await expect(context.database.reader.query('SELECT 1')).rejects.toThrow('after calling end');
    await close();
  });

  it('cuts off what takes longer than it may', async () => {
    const { url, close } = await start(1);
    const begun = handlerBegins();
    const outcome = fetch(`${url}/stuck`).then(
      () => 'answered',
      () => 'cut off',
    );
    await begun;
    const started = performance.now();
    await close();
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(await outcome).toBe('cut off');
  });
});

it('a port that is taken leaves nothing behind', async () => {
  const { url } = await start();
  const port = new URL(url).port;
  const config = loadConfig({ DATABASE_URL: connectionString, PORT: port, LOG_LEVEL: 'silent' });
  await expect(startServer(config, () => {}, [])).rejects.toThrow('EADDRINUSE');
});
