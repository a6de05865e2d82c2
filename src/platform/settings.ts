import type { Queryable } from './database.ts';

/** Facts fixed when the database was made; they win over the configuration. */
export interface Settings {
  readonly journals: number;
  readonly currency: string;
}

/** Reads the settings of the database. */
export async function readSettings(db: Queryable): Promise<Settings> {
  const { rows } = await db.query<{ key: string; value: unknown }>(
    'SELECT key, value FROM platform.setting',
  );
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  const journals = values.get('journals');
  const currency = values.get('currency');
  if (typeof journals !== 'number' || typeof currency !== 'string') {
    throw new Error('platform.setting lacks journals or currency');
  }
  return { journals, currency };
}

/** Any other mark that the program keeps in the database; undefined when it is not there. */
export async function readMark(db: Queryable, key: string): Promise<unknown> {
  const { rows } = await db.query<{ value: unknown }>(
    'SELECT value FROM platform.setting WHERE key = $1',
    [key],
  );
  return rows[0]?.value;
}

/** Keeps a mark; only the schema's owner may. */
export async function writeMark(db: Queryable, key: string, value: unknown): Promise<void> {
  await db.query(
    `INSERT INTO platform.setting (key, value) VALUES ($1, $2)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    [key, JSON.stringify(value)],
  );
}
