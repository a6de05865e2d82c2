import type { Command } from 'commander';
import { loadConfig } from '../../platform/config.ts';
import { ensureDatabase } from '../../platform/embedded/index.ts';
import { migrate } from '../../platform/migrate.ts';
import { globalsOf, print } from '../command.ts';
import { reportToStderr } from '../with-database.ts';

/** `onhand migrate`: brings the database's schema up to this version. */
export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring the database's schema up to this version")
    .action(async (_options, command: Command) => {
      const config = loadConfig(process.env);
      const handle = await ensureDatabase(config, reportToStderr);
      try {
        const applied = await migrate(handle.connectionString, config);
        print(globalsOf(command), { applied }, () =>
          applied.length === 0 ? 'The schema is up to date.' : `Applied: ${applied.join(', ')}`,
        );
      } finally {
        await handle.release();
      }
    });
}
