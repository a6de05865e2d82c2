import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, startProgram } from './support/program.ts';
import { root } from './support/sources.ts';

const TIMEOUT_MS = 180_000;
const onhand = join(root, 'bin/onhand.mjs');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-test-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[]): Program {
  const settings = { ONHAND_DATA: folder, DATABASE_URL: '', LOG_LEVEL: '', PORT: '0' };
  const demo = { DEMO_SCALE: 'small', DEMO_SPEED: '50' };
  return startProgram(process.execPath, [onhand, ...args], { env: { ...settings, ...demo } });
}

async function stop(program: Program): Promise<void> {
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);
}

/** Asks the API as one of the demo's keys. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of every shape.
async function ask(url: string, name: string, path: string): Promise<any> {
  const keys = JSON.parse(readFileSync(join(folder, 'demo-keys.json'), 'utf8'));
  const { key } = keys.find((one: { name: string }) => one.name === name);
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(200);
  return response.json();
}

async function newestSeq(url: string): Promise<number> {
  const { items } = await ask(url, 'demo admin', '/v1/journals');
  return items.reduce((sum: number, { seq }: { seq: number }) => sum + seq, 0);
}

describe('the first start', { timeout: TIMEOUT_MS }, () => {
  it('seeds the demo while the API answers, and goes on after a stop half-way', async () => {
    const cut = run(['start']);
    const [, early = ''] = await cut.waitFor(/answers already at (http:\S+)/, TIMEOUT_MS);
    await cut.waitFor(/history, [1-5][05] %/, TIMEOUT_MS);
    expect((await fetch(`${early}/readyz`)).status).toBe(200);
    await stop(cut);
    expect(cut.output()).toContain('the next start goes on from here');

    const program = run(['start']);
    const [, url = ''] = await program.waitFor(/onhand runs at (http:\S+) on/, TIMEOUT_MS);
    await program.waitFor(/demo seller TULLIMAR\s+oh_/);
    const before = await newestSeq(url);
    expect(before).toBeGreaterThan(5_000);
    // Live traffic: time goes on, and with it the ledger.
    await expect.poll(() => newestSeq(url), { timeout: 60_000 }).toBeGreaterThan(before + 5);
    const { items } = await ask(url, 'demo seller TULLIMAR', '/v1/stock');
    const owners = new Set(items.map(({ owner }: { owner: string }) => owner));
    expect([...owners]).toEqual(['TULLIMAR']);
    await stop(program);
  });

  it('is followed by starts that seed nothing, and undone by a reset', async () => {
    const again = run(['start']);
    const [, url = ''] = await again.waitFor(/onhand runs at (http:\S+) on/, TIMEOUT_MS);
    expect(again.output()).not.toContain('seeding the demo');
    const before = await ask(url, 'demo admin', '/v1/sites/FC-BER');
    const reset = run(['demo', 'reset']);
    expect(await reset.ended).toBe(0);
    expect(reset.output()).toContain(`It runs at ${url.replace(/\d+$/, '')}`);
    const [, fresh = ''] = /It runs at (http:\S+)\./.exec(reset.output()) ?? [];
    const after = await ask(fresh, 'demo admin', '/v1/sites/FC-BER');
    expect(Date.parse(after.createdAt)).toBeGreaterThan(Date.parse(before.createdAt));
    await stop(again);
    const verify = run(['verify', '--json']);
    expect(await verify.ended).toBe(0);
  });
});
