import { Command, CommanderError } from 'commander';
import { packageVersion } from '../platform/package.ts';
import type { RegisterCommand } from './command.ts';
import { registerApi } from './commands/api.ts';
import { registerAtp } from './commands/atp.ts';
import { registerBench } from './commands/bench.ts';
import { registerBooks } from './commands/books.ts';
import { registerDemo } from './commands/demo.ts';
import { registerImport } from './commands/import.ts';
import { registerKeys } from './commands/keys.ts';
import { registerMigrate } from './commands/migrate.ts';
import { registerOrders } from './commands/orders.ts';
import { registerPlanning } from './commands/planning.ts';
import { registerPurchasing } from './commands/purchasing.ts';
import { registerReturns } from './commands/returns.ts';
import { registerSourcing } from './commands/sourcing.ts';
import { registerStart } from './commands/start.ts';
import { registerStock } from './commands/stock.ts';
import { registerTransfers } from './commands/transfers.ts';
import { registerValuation } from './commands/valuation.ts';
import { registerVerify } from './commands/verify.ts';
import { registerWatch } from './commands/watch.ts';
import { registerWhy } from './commands/why.ts';
import { printError } from './errors.ts';
import { EXIT } from './exit.ts';

/** Every command, in the order of the help. */
const commands: readonly RegisterCommand[] = [
  registerStart,
  registerDemo,
  registerMigrate,
  registerImport,
  registerStock,
  registerOrders,
  registerAtp,
  registerTransfers,
  registerSourcing,
  registerPurchasing,
  registerPlanning,
  registerReturns,
  registerWhy,
  registerValuation,
  registerWatch,
  registerBooks,
  registerVerify,
  registerApi,
  registerBench,
  registerKeys,
];

const EXIT_CODES_HELP = `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused or a verification found
a difference, 4 the database cannot be reached.`;

function createProgram(): Command {
  const program = new Command('onhand')
    .description('A perpetual inventory system: one real-time ledger of units and money')
    .version(packageVersion)
    .option('--json', 'print the result (and an error) as one line of JSON')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXIT_CODES_HELP)
    .exitOverride();
  for (const register of commands) register(program);
  // Settings of the program reach commands only when they are copied.
  const inherit = (command: Command) => {
    for (const child of command.commands) {
      child.copyInheritedSettings(command);
      inherit(child);
    }
  };
  inherit(program);
  return program;
}

/** Runs one command line and sets the exit code. */
async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      process.exitCode = printError(error, json).exitCode;
      return;
    }
    // Commander has printed its message; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

process.on('uncaughtException', (error) => {
  process.exit(printError(error, process.argv.includes('--json')).exitCode);
});
// A reader that closes early, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});
await main(process.argv);
