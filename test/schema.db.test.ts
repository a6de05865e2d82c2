import { expect, it } from 'vitest';
import { createTestDatabase } from './support/database.ts';
import { describeSchema } from './support/schema-sql.ts';

const { admin } = await createTestDatabase();

it('docs/schema.sql is what the migrations make; if not: npm run schema', async () => {
  await expect(await describeSchema(admin)).toMatchFileSnapshot('../docs/schema.sql');
});
