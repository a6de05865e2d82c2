import { describe, expect, it, vi } from 'vitest';
import { buildServer, modules } from '../../src/api/index.ts';
import { createKey, SYSTEM } from '../../src/platform/auth/index.ts';
import { newId } from '../../src/platform/ids.ts';
import { testContext } from '../support/context.ts';
import { createTestDatabase } from '../support/database.ts';

/** Only what the operating system says of the disk is made up; a full one cannot be had here. */
const disk = vi.hoisted(() => ({ free: 50n }));
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof import('node:fs/promises')>()),
  statfs: async () => ({ blocks: 100, bavail: Number(disk.free) }),
}));

const { database } = await createTestDatabase();

/** A server that looks at the disk when it starts, and its answers. */
async function onDisk(free: bigint) {
  disk.free = free;
  const context = testContext(database);
  const app = await buildServer(context, modules);
  const input = { name: `disk ${free}`, role: 'admin' as const };
  const { key } = await createKey(context, input, SYSTEM);
  const ask = (method: 'GET' | 'POST', url: string, payload?: object) =>
    app.inject({
      ...{ method, url },
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': newId() },
      ...(payload ? { payload } : {}),
    });
  const answers = {
    ready: await ask('GET', '/readyz'),
    read: await ask('GET', '/v1/movements'),
    write: await ask('POST', '/v1/movements', { lines: [] }),
  };
  await app.close();
  return answers;
}

describe('a disk that fills up', () => {
  it('is shed from at less than 10% free, while reading goes on', async () => {
    const { ready, read, write } = await onDisk(9n);
    expect([ready.statusCode, read.statusCode, write.statusCode]).toEqual([503, 200, 503]);
    expect(ready.json().checks).toContainEqual({ name: 'disk', ok: false, detail: '9 % free' });
    expect(write.json()).toMatchObject({ type: '/problems/overloaded' });
    expect(Number(write.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('is written to from 10% free on', async () => {
    const { ready, write } = await onDisk(10n);
    expect([ready.statusCode, write.statusCode]).toEqual([200, 400]);
  });
});
