import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * Configuration. Each key is an environment variable, or a member of the same name in the JSON
 * file `onhand.config.json` (or the file that ONHAND_CONFIG names). The environment wins.
 */
const CONFIG_FILE_DEFAULT = 'onhand.config.json';

function integer(min: number, max: number) {
  return z
    .union([z.number(), z.string().trim().regex(/^\d+$/).transform(Number)])
    .pipe(z.number().int().min(min).max(max));
}

function isCurrency(code: string): boolean {
  return /^[A-Z]{3}$/.test(code) && Intl.supportedValuesOf('currency').includes(code);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const port = 'a port from 1 to 65535';
const shape = {
  ONHAND_DATA: z.string().min(1).default('.onhand').describe('a folder'),
  HOST: z.string().min(1).max(255).default('127.0.0.1').describe('an address to listen on'),
  PORT: integer(0, 65_535).default(7070).describe('a port from 0 (any free one) to 65535'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/./)
    .optional()
    .describe('a URL that starts with postgres:// or postgresql://'),
  PG_PORT: integer(1, 65_535).optional().describe(port),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('one of trace, debug, info, warn, error, fatal, silent'),
  LOG_FORMAT: z.enum(['auto', 'json', 'text']).default('auto').describe('auto, json or text'),
  JOURNALS: integer(1, 1024).default(1).describe('an integer from 1 to 1024'),
  CURRENCY: z.string().refine(isCurrency).default('EUR').describe('an ISO 4217 code such as EUR'),
  LANE_QUEUE_MAX: integer(1, 10_000_000).default(20_000).describe('an integer from 1 to 10000000'),
  BODY_LIMIT_BYTES: integer(1024, 268_435_456)
    .default(8_388_608)
    .describe('a number of bytes from 1024 to 268435456'),
  DEMO_SPEED: integer(0, 100_000)
    .default(1)
    .describe('the pace of live traffic, an integer from 0 (none) to 100000'),
  DEMO_SCALE: z.enum(['full', 'small']).default('full').describe('full or small'),
  RATE_LIMIT_PER_MINUTE: integer(0, 100_000_000)
    .default(0)
    .describe('requests a minute for each key, 0 for no limit'),
  EVENT_LOOP_DELAY_MS_MAX: integer(100, 600_000)
    .default(2_000)
    .describe('milliseconds from 100 to 600000'),
  DRAIN_SECONDS_MAX: integer(0, 600).default(20).describe('seconds from 0 to 600'),
  PLANNING_HOUR: integer(0, 24).default(2).describe('an hour from 0 to 23, or 24 for never'),
  PLANNING_TIME_ZONE: z
    .string()
    .refine(isTimeZone)
    .default('UTC')
    .describe('an IANA time zone such as Europe/Berlin'),
  PLANNING_THREADS: integer(0, 256).default(1).describe('threads, an integer from 0 to 256'),
} as const;

const schema = z.object(shape);
type Key = keyof typeof shape;
const keys = Object.keys(shape) as Key[];

/** Every key with its default, for the documentation's test. */
export function configDefaults(): { key: string; fallback: unknown }[] {
  const defaults = schema.parse({});
  return keys.map((key) => ({ key, fallback: defaults[key] }));
}

/** The validated configuration; docs/reference/configuration.md tells what each key does. */
export interface Config {
  /** Absolute path of the data folder: embedded database, lease files, demo keys. */
  readonly dataFolder: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** An external PostgreSQL 15 or newer; without it the embedded one is used. */
  readonly databaseUrl: string | undefined;
  /** Port of the embedded PostgreSQL; without it a free one is chosen and remembered. */
  readonly embeddedPort: number | undefined;
  readonly logLevel: string;
  readonly logFormat: 'auto' | 'json' | 'text';
  /** Number of ledger journals; takes effect only when the database is made. */
  readonly journals: number;
  /** House currency; takes effect only when the database is made. */
  readonly currency: string;
  /** Commands that may wait in one posting lane before more are refused with 503. */
  readonly laneQueueMax: number;
  readonly bodyLimitBytes: number;
  /** 1 is a few movements a second; 0 is none. */
  readonly demoSpeed: number;
  /** How large a demo is seeded. */
  readonly demoScale: 'full' | 'small';
  /** 0 is no limit. */
  readonly rateLimitPerMinute: number;
  /** Beyond it the process is too busy, and work is shed. */
  readonly eventLoopDelayMsMax: number;
  readonly drainSecondsMax: number;
  /** Local hour at which the nightly forecast run begins by itself; 24 is never. */
  readonly planningHour: number;
  /** Where that hour, and the days of planning as a whole, are local. */
  readonly planningTimeZone: string;
  /** Threads that this server forecasts with; 0 leaves it to `onhand planning work`. */
  readonly planningThreads: number;
}

/** One wrong setting: which key, where it came from, what was expected and what was found. */
export interface ConfigIssue {
  readonly key: string;
  readonly source: string;
  readonly expected: string;
  readonly found: string;
}

/** All wrong settings at once. */
export class ConfigError extends Error {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    const lines = issues.map(
      ({ key, source, expected, found }) => `  ${key} (${source}): expected ${expected}, ${found}`,
    );
    super(`The configuration is not valid:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.issues = issues;
  }
}

function readFile(path: string): Record<string, unknown> {
  const fail = (found: string): never => {
    throw new ConfigError([
      { key: 'ONHAND_CONFIG', source: path, expected: 'a file with a JSON object', found },
    ]);
  };
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return fail(`found no readable file (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    return fail(`found ${JSON.stringify(value)?.slice(0, 40)}`);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return fail(`found text that does not parse: ${(error as Error).message}`);
  }
}

/** A password in a URL never reaches a message. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return `found ${text.replace(/(:\/\/[^:@/]*:)[^@]*@/, '$1***@').slice(0, 120)}`;
}

function unknownKeys(file: Record<string, unknown>, source: string): ConfigIssue[] {
  const expected = `one of ${keys.join(', ')}`;
  return Object.keys(file)
    .filter((key) => !(key in shape))
    .map((key) => ({ key, source, expected, found: 'found an unknown key' }));
}

function toConfig(values: z.infer<typeof schema>, folder: string): Config {
  return {
    dataFolder: resolve(folder, values.ONHAND_DATA),
    host: values.HOST,
    port: values.PORT,
    databaseUrl: values.DATABASE_URL,
    embeddedPort: values.PG_PORT,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
    journals: values.JOURNALS,
    currency: values.CURRENCY,
    laneQueueMax: values.LANE_QUEUE_MAX,
    bodyLimitBytes: values.BODY_LIMIT_BYTES,
    demoSpeed: values.DEMO_SPEED,
    demoScale: values.DEMO_SCALE,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    eventLoopDelayMsMax: values.EVENT_LOOP_DELAY_MS_MAX,
    drainSecondsMax: values.DRAIN_SECONDS_MAX,
    planningHour: values.PLANNING_HOUR,
    planningTimeZone: values.PLANNING_TIME_ZONE,
    planningThreads: values.PLANNING_THREADS,
  };
}

/**
 * Reads and validates the configuration. An empty environment variable counts as not set.
 * @param file path of the JSON file; by default ONHAND_CONFIG, else `onhand.config.json` in the
 *   working folder if there is one.
 * @throws ConfigError naming every wrong key, what was expected and what was found.
 */
export function loadConfig(env: NodeJS.ProcessEnv, file?: string): Config {
  const folder = process.cwd();
  const fallback = resolve(folder, CONFIG_FILE_DEFAULT);
  const named = file ?? env.ONHAND_CONFIG;
  const path = named ? resolve(folder, named) : existsSync(fallback) ? fallback : undefined;
  const fromFile = path ? readFile(path) : {};
  const merged: Partial<Record<Key, unknown>> = {};
  for (const key of keys) {
    const value = env[key] || fromFile[key];
    if (value !== undefined) merged[key] = value;
  }
  const issues = path ? unknownKeys(fromFile, path) : [];
  const parsed = schema.safeParse(merged);
  const wrong = new Set(parsed.error?.issues.map((issue) => issue.path[0] as Key));
  for (const key of wrong) {
    const source = env[key] ? 'environment' : (path ?? 'default');
    const expected = shape[key].description ?? 'another value';
    issues.push({ key, source, expected, found: shown(merged[key]) });
  }
  if (issues.length > 0 || !parsed.data) throw new ConfigError(issues);
  return toConfig(parsed.data, folder);
}
