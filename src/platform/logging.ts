import { type DestinationStream, destination, type Logger, pino, stdSerializers } from 'pino';
import type { Config } from './config.ts';

/**
 * Structured logs. Only the fields listed here are written, so that a secret in an object that
 * somebody logs cannot reach a file; the names of dropped fields are kept, to find the mistake.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  'address',
  'attempt',
  'batch',
  'check',
  'command',
  'component',
  'count',
  'durationMs',
  'err',
  'issues',
  'itemId',
  'journal',
  'key',
  'keyId',
  'method',
  'migration',
  'name',
  'path',
  'port',
  'principalId',
  'problem',
  'queued',
  'reason',
  'reqId',
  'requestId',
  'route',
  'seconds',
  'seq',
  'signal',
  'status',
  'total',
  'version',
]);

/** The allow-listed part of `fields`, and `dropped` with the names of the others. */
export function allowedFields(fields: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (ALLOWED.has(name)) kept[name] = value;
    else dropped.push(name);
  }
  return dropped.length > 0 ? { ...kept, dropped } : kept;
}

/** An error as type, message, code and stack; its other members may hold row values. */
function errorFields(error: Error): Record<string, unknown> {
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, code: (error as NodeJS.ErrnoException).code, stack };
}

const LABELS: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Writes log lines for a person at a terminal: time, level, message, fields. */
function textStream(out: NodeJS.WritableStream): DestinationStream {
  return {
    write(line: string) {
      const { level, time, msg, err, ...fields } = JSON.parse(line);
      const clock = new Date(time).toISOString().slice(11, 19);
      const rest = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      const text = [clock, (LABELS[level] ?? '').padEnd(5), msg, ...rest].join(' ');
      out.write(err ? `${text}\n${err.stack ?? err.message}\n` : `${text}\n`);
    },
  };
}

/** The process's logger: JSON lines on stdout, or text when stdout is a terminal. */
export function createLog(config: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const text =
    config.logFormat === 'text' || (config.logFormat === 'auto' && process.stdout.isTTY === true);
  return createLogTo(config, text ? textStream(process.stdout) : destination(1));
}

/** As {@link createLog}, to a stream of the caller's. */
export function createLogTo(config: Pick<Config, 'logLevel'>, stream: DestinationStream): Logger {
  const log = pino(
    {
      level: config.logLevel,
      base: null,
      formatters: { log: allowedFields },
      serializers: { err: errorFields },
    },
    stream,
  );
  // A formatter does not see the bindings of a child. Children inherit this function, so it must
  // call the original on the logger that it is called on.
  const { child } = log;
  log.child = function guarded(this: Logger, bindings, options) {
    return child.call(this, allowedFields(bindings), options);
  } as Logger['child'];
  return log;
}
