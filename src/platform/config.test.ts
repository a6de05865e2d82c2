import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, configDefaults, loadConfig } from './config.ts';
import { packageRoot } from './package.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: unknown): string {
  const path = join(folder, 'onhand.config.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function failure(env: NodeJS.ProcessEnv, path?: string): ConfigError {
  try {
    loadConfig(env, path);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration', () => {
  it('has a working default for every key', () => {
    const config = loadConfig({}, file({}));
    expect(config).toMatchObject({ host: '127.0.0.1', port: 7070, journals: 1, currency: 'EUR' });
    expect(config.databaseUrl).toBeUndefined();
    expect(config.dataFolder).toBe(join(process.cwd(), '.onhand'));
  });

  it('takes the environment over the file, and ignores empty variables', () => {
    const path = file({ PORT: 6190, HOST: '127.0.0.2', JOURNALS: '8' });
    const config = loadConfig({ PORT: '6191', HOST: '' }, path);
    expect(config).toMatchObject({ port: 6191, host: '127.0.0.2', journals: 8 });
  });

  it('names every wrong key at once, with expected and found', () => {
    const path = file({ JOURNALS: 0, COLOUR: 'blue' });
    const { issues, message } = failure({ PORT: 'abc', CURRENCY: 'XXZ', PG_PORT: '1.5' }, path);
    expect(issues.map((issue) => issue.key).sort()).toEqual([
      'COLOUR',
      'CURRENCY',
      'JOURNALS',
      'PG_PORT',
      'PORT',
    ]);
    expect(message).toContain(
      "PORT (environment): expected a port from 0 (any free one) to 65535, found 'abc'",
    );
    expect(message).toContain(`JOURNALS (${path}): expected an integer from 1 to 1024, found 0`);
  });

  it('never shows the password of a database URL', () => {
    const { message } = failure({ DATABASE_URL: 'mysql://joe:secret@db/x' }, file({}));
    expect(message).toContain('mysql://joe:***@db/x');
    expect(message).not.toContain('secret');
  });

  it.each([
    ['not JSON', '{"PORT": ', 'does not parse'],
    ['a list', '[1]', 'found [1]'],
  ])('refuses a file that is %s', (_name, content, found) => {
    expect(failure({}, file(content)).message).toContain(found);
  });

  it('says when the named file is missing', () => {
    const { message } = failure({ ONHAND_CONFIG: join(folder, 'missing.json') });
    expect(message).toContain('found no readable file (ENOENT)');
  });

  it('is documented, with its defaults', () => {
    const text = readFileSync(join(packageRoot, 'docs/reference/configuration.md'), 'utf8');
    for (const { key, fallback } of configDefaults()) {
      const shown = fallback === undefined ? '' : `\`${fallback}\` `;
      expect(text).toContain(`| \`${key}\` | ${shown}|`);
    }
    expect(configDefaults().length).toBeGreaterThan(10);
  });
});
