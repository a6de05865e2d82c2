import type { Command } from 'commander';

/**
 * A file in `commands/` exports one of these; `main.ts` lists them. An action throws a CliError,
 * a Problem or one of the platform's errors, and main turns it into words and an exit code.
 */
export type RegisterCommand = (program: Command) => void;

/** Options that every command has. */
export interface GlobalOptions {
  readonly json: boolean;
}

/** The global options as given before or after the command's name. */
export function globalsOf(command: Command): GlobalOptions {
  return { json: command.optsWithGlobals().json === true };
}

function plain(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** The result of a command on stdout: one line of JSON with --json, else the text. */
export function print(options: GlobalOptions, value: unknown, text: () => string): void {
  const line = options.json ? JSON.stringify(value, plain) : text();
  if (line !== '') process.stdout.write(`${line}\n`);
}

/** Columns padded to their widest cell; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}
