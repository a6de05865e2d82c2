import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Three kinds of tests: `unit` needs nothing, `db` gets a PostgreSQL of its own and clones a
 * migrated template for each file, `browser` drives the running product with Chromium.
 */
export default defineConfig({
  test: {
    // Tests wait for PostgreSQL much of their time, so two of them fill two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          // Generous: a busy machine is no reason to fail.
          testTimeout: 60_000,
          setupFiles: ['test/support/properties.setup.ts'],
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/*.db.test.ts', '**/*.proof.test.ts', '**/*.browser.test.ts'],
        },
      },
      {
        test: {
          name: 'db',
          setupFiles: ['test/support/properties.setup.ts'],
          include: ['src/**/*.db.test.ts', 'test/**/*.db.test.ts'],
          globalSetup: ['test/support/database.setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'proof',
          include: ['test/**/*.proof.test.ts'],
          // They measure and kill a product that runs by itself, so they run alone, in turn.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          globalSetup: ['test/support/database.setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
