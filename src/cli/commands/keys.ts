import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  createKey,
  type Key,
  listKeys,
  ROLE_NAMES,
  type Role,
  revokeKey,
  SCOPES,
  type Scope,
  SYSTEM,
  toKey,
} from '../../platform/auth/index.ts';
import { readAs } from '../../platform/database.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { type CliContext, withDatabase } from '../with-database.ts';

const DAY_MS = 86_400_000;
const LIST_PAGE = 1_000;

interface CreateOptions {
  readonly role?: Role;
  readonly scope?: Scope[];
  readonly owner?: string;
  readonly days?: number;
}

function parseDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw new InvalidArgumentError('Give a whole number of days from 1 to 3650.');
}

function parseId(text: string): number {
  const id = Number(text);
  if (Number.isInteger(id) && id >= 1) return id;
  throw new InvalidArgumentError('Give the id that `onhand keys list` shows.');
}

async function ownerId(context: CliContext, code: string | undefined): Promise<number | undefined> {
  if (code === undefined) return undefined;
  const { rows } = await readAs(context.database, 'house', (tx) =>
    tx.query<{ owner_id: number }>('SELECT owner_id FROM sellers.owner WHERE code = $1', [code]),
  );
  if (rows[0]) return rows[0].owner_id;
  throw new CliError(EXIT.refused, `There is no owner with the code '${code}'.`);
}

async function create(name: string, options: CreateOptions, command: Command): Promise<void> {
  const { role, scope, owner, days } = options;
  if ((role === undefined) === (scope === undefined)) {
    throw new CliError(EXIT.usage, 'Give either --role or --scope.');
  }
  const made = await withDatabase(async (context) => {
    const expiresAt = days ? new Date(context.clock().getTime() + days * DAY_MS) : undefined;
    const input = { name, role, scopes: scope, ownerId: await ownerId(context, owner), expiresAt };
    return createKey(context, input, SYSTEM);
  });
  print(globalsOf(command), made, () => made.key);
  if (!globalsOf(command).json) {
    process.stderr.write(`Key ${made.id} for '${name}'. It is shown this once; keep it secret.\n`);
  }
}

async function allKeys(context: CliContext): Promise<Key[]> {
  const keys: Key[] = [];
  for (;;) {
    const after = keys.at(-1)?.id ?? 0;
    const rows = await listKeys(context, SYSTEM, after, LIST_PAGE);
    keys.push(...rows.map(toKey));
    if (rows.length < LIST_PAGE) return keys;
  }
}

function stateOf(key: Key, now: Date): string {
  if (key.revokedAt) return 'revoked';
  return key.expiresAt && new Date(key.expiresAt) <= now ? 'expired' : 'valid';
}

async function list(_options: unknown, command: Command): Promise<void> {
  const { keys, now } = await withDatabase(async (context) => ({
    keys: await allKeys(context),
    now: context.clock(),
  }));
  print(globalsOf(command), { keys }, () =>
    table([
      ['ID', 'KEY', 'NAME', 'OWNER', 'ROLE OR SCOPES', 'STATE', 'LAST USED'],
      ...keys.map((key) => [
        `${key.id}`,
        `oh_${key.publicId}_...`,
        key.name,
        key.ownerId === null ? 'house' : `${key.ownerId}`,
        key.role ?? key.scopes.join(','),
        stateOf(key, now),
        key.lastUsedAt ?? 'never',
      ]),
    ]),
  );
}

async function revoke(id: number, _options: unknown, command: Command): Promise<void> {
  const publicId = await withDatabase((context) => revokeKey(context, id, SYSTEM));
  print(globalsOf(command), { revoked: id, publicId }, () => `Revoked key ${id} (oh_${publicId}).`);
}

/** `onhand keys create | list | revoke`. */
export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('make, list and revoke API keys');
  keys
    .command('create')
    .description('make a key and print it, once')
    .argument('<name>', 'who or what will use it')
    .addOption(new Option('--role <role>', 'a named bundle of scopes').choices(ROLE_NAMES))
    .addOption(new Option('--scope <scope...>', 'single scopes instead').choices(SCOPES))
    .option('--owner <code>', 'bind it to one owner of stock; without it the key is the house')
    .option('--days <days>', 'let it expire after so many days', parseDays)
    .action(create);
  keys.command('list').description('list the keys, without their secrets').action(list);
  keys
    .command('revoke')
    .description('revoke a key for good; it stops working within 5 seconds')
    .argument('<id>', 'its id', parseId)
    .action(revoke);
}
