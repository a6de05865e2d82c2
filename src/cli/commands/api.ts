import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { newId } from '../../platform/ids.ts';
import { globalsOf, print } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { type ApiAnswer, openInProcessApi } from '../in-process-api.ts';
import { withDatabase } from '../with-database.ts';

const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];

function parseMethod(text: string): string {
  const method = text.toUpperCase();
  if (METHODS.includes(method)) return method;
  throw new InvalidArgumentError(`Give one of ${METHODS.join(', ')}.`);
}

function parsePath(text: string): string {
  if (text.startsWith('/v1/')) return text;
  throw new InvalidArgumentError('Give a path of the API, such as /v1/sales-orders.');
}

/** The body: JSON as it stands, `@file`, or `-` for standard input. @throws CliError */
function readBody(given: string | undefined): unknown {
  if (given === undefined) return undefined;
  const path = given === '-' ? 0 : given.startsWith('@') ? given.slice(1) : undefined;
  try {
    return JSON.parse(path === undefined ? given : readFileSync(path, 'utf8'));
  } catch (error) {
    const where = path === undefined ? 'The body' : `The body in ${path === 0 ? 'stdin' : path}`;
    throw new CliError(EXIT.usage, `${where} cannot be read: ${(error as Error).message}`);
  }
}

interface Options {
  readonly key?: string;
  readonly ifMatch?: string;
}

async function call(
  method: string,
  path: string,
  given: string | undefined,
  options: Options,
  command: Command,
): Promise<void> {
  const body = readBody(given) ?? (method === 'GET' ? undefined : {});
  const key = options.key ?? (method === 'GET' ? undefined : newId());
  const answer: ApiAnswer = await withDatabase(async (context) => {
    const api = await openInProcessApi(context, 'command line');
    try {
      return await api.call(`${method} ${path}`, body, key, options.ifMatch);
    } finally {
      await api.close();
    }
  });
  const text = () =>
    typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body, null, 2);
  print(globalsOf(command), answer.body, text);
  if (answer.status >= 500) process.exitCode = EXIT.failed;
  else if (answer.status >= 400) process.exitCode = EXIT.refused;
}

/** `onhand api <method> <path> [body]`. */
export function registerApi(program: Command): void {
  program
    .command('api')
    .description('any request of the API as the house, whether or not a server runs')
    .argument('<method>', METHODS.join(', '), parseMethod)
    .argument('<path>', 'such as /v1/purchase-orders?state=sent', parsePath)
    .argument('[body]', 'JSON, @file, or - for standard input')
    .option('--key <key>', 'the Idempotency-Key; a new one when left out')
    .option('--if-match <etag>', 'the ETag of the document as it was read')
    .action(call);
}
