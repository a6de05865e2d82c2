import pg from 'pg';
import type { Config } from '../config.ts';
import { type DatabaseHandle, openEmbedded } from './embedded.ts';

export { type DatabaseHandle, type EmbeddedOptions, openEmbedded } from './embedded.ts';
export { EmbeddedError } from './placement.ts';
export { identityRuns, processIdentity } from './processes.ts';

/** No database answers at DATABASE_URL. */
export class DatabaseUnreachable extends Error {}

/** The URL without its password, for messages. */
function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:@/]*:)[^@]*@/, '$1***@');
}

/**
 * The database that the configuration asks for: DATABASE_URL when it is set, else the embedded
 * PostgreSQL of the data folder.
 * @param report told what takes time and what is unusual.
 * @throws DatabaseUnreachable, EmbeddedError
 */
export async function ensureDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataFolder' | 'embeddedPort'>,
  report: (line: string) => void = () => {},
): Promise<DatabaseHandle> {
  const { databaseUrl, dataFolder, embeddedPort } = config;
  if (!databaseUrl) return openEmbedded({ dataFolder, port: embeddedPort, report });
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
  } catch (error) {
    throw new DatabaseUnreachable(
      `No PostgreSQL answers at DATABASE_URL (${withoutPassword(databaseUrl)}): ` +
        `${(error as Error).message}`,
    );
  }
  return {
    connectionString: databaseUrl,
    embedded: false,
    revive: async () => false,
    release: async () => {},
  };
}
