import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer, modules } from '../src/api/index.ts';
import type { App } from '../src/platform/http.ts';
import { launchBrowser } from './support/browser.ts';
import { testContext } from './support/context.ts';
import { createTestDatabase } from './support/database.ts';
import { root } from './support/sources.ts';

const { database } = await createTestDatabase();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
const pictures = join(root, '.tmp/pictures');

const SIZES = [
  { name: 'desktop', width: 1280, height: 800 },
  { name: 'handset', width: 360, height: 740 },
];

let app: App;
let url: string;
let browser: Browser;
beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  app = await buildServer(testContext(database), modules);
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

/** Opens a path at a size; `complaints` gathers console errors, failed and foreign requests. */
async function visit(path: string, size: (typeof SIZES)[number]) {
  const { width, height } = size;
  const context = await browser.newContext({ viewport: { width, height }, bypassCSP: false });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const isLocal = request.url().startsWith(url) || /^(data|blob):/.test(request.url());
    if (!isLocal) complaints.push(`asked for ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(`${url}${path}`, { waitUntil: 'networkidle' });
  return { page, complaints, close: () => context.close() };
}

interface AxeResult {
  readonly violations: { id: string; impact: string; nodes: { html: string }[] }[];
}

/** Serious and critical violations of accessibility rules. The policy of the page stays on. */
async function violations(page: Page): Promise<string[]> {
  const expression = `${axe}; axe.run()`;
  const result = (await page.evaluate(expression)) as AxeResult;
  return result.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

async function overflows(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
}

describe.each(SIZES)('on a $name', (size) => {
  it.each(['/', '/problems', '/problems/overloaded'])('%s is readable by all', async (path) => {
    const { page, complaints, close } = await visit(path, size);
    expect(await page.locator('h1').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    const name = path.replaceAll('/', '_');
    await page.screenshot({ path: join(pictures, `${size.name}${name}.png`) });
    await close();
  });

  it('/reference shows the operations, from this server alone', async () => {
    const { page, complaints, close } = await visit('/reference', size);
    await page.getByText('/healthz').first().waitFor({ timeout: 20_000 });
    expect(complaints).toEqual([]);
    expect(await overflows(page)).toBe(false);
    await page.screenshot({ path: join(pictures, `${size.name}_reference.png`) });
    await close();
  });
});
