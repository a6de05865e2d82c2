import { ConfigError } from '../platform/config.ts';
import { DatabaseUnreachable, EmbeddedError } from '../platform/embedded/index.ts';
import { SchemaError } from '../platform/migrate.ts';
import { type FieldError, Problem } from '../platform/problems.ts';
import { CliError, EXIT } from './exit.ts';

const UNREACHABLE_CODES: ReadonlySet<string> = new Set(['ECONNREFUSED', '57P01', '57P03', '3D000']);

/** Any error as one for the user; what nobody foresaw keeps its message but not its stack. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ConfigError) return new CliError(EXIT.usage, error.message);
  if (
    error instanceof EmbeddedError ||
    error instanceof DatabaseUnreachable ||
    error instanceof SchemaError
  ) {
    return new CliError(EXIT.unreachable, error.message);
  }
  if (error instanceof Problem) {
    const fields = (error.extras.errors ?? []) as FieldError[];
    return new CliError(EXIT.refused, `${error.message} ${error.type.remedy}`, fields);
  }
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    const address = /\S+:\d+/.exec(message)?.[0] ?? 'the address';
    const advice = 'Stop what listens there, or choose another with --port.';
    return new CliError(EXIT.failed, `${address} is taken by another program. ${advice}`);
  }
  if (code !== undefined && UNREACHABLE_CODES.has(code)) {
    return new CliError(EXIT.unreachable, `The database does not answer: ${message}`);
  }
  const advice = 'ONHAND_TRACE=1 shows where.';
  return new CliError(EXIT.failed, `${message || 'It failed.'} ${advice}`);
}

/** The error on stderr: text, or one JSON object. */
export function printError(error: unknown, json: boolean): CliError {
  const shown = toCliError(error);
  if (process.env.ONHAND_TRACE) console.error(error);
  const { message, fields, exitCode } = shown;
  if (json) {
    const body = { error: { exitCode, message, ...(fields.length > 0 ? { fields } : {}) } };
    process.stderr.write(`${JSON.stringify(body)}\n`);
    return shown;
  }
  process.stderr.write(`onhand: ${message}\n`);
  for (const { path, message: words, expected, found } of fields) {
    const wanted = expected === undefined ? '' : `, expected ${expected}`;
    const got = found === undefined ? '' : `, found '${found}'`;
    process.stderr.write(`  ${path}: ${words}${wanted}${got}\n`);
  }
  return shown;
}
