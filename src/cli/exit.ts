import type { FieldError } from '../platform/problems.ts';

/** Exit codes, the same for every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** A command was refused, or a verification found a difference. */
  refused: 3,
  /** The database cannot be reached, started or used. */
  unreachable: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error that the user is meant to read: what went wrong and what to do about it. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly fields: readonly FieldError[];

  constructor(exitCode: ExitCode, message: string, fields: readonly FieldError[] = []) {
    super(message);
    this.exitCode = exitCode;
    this.fields = fields;
  }
}
