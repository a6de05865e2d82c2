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
