import { Listr, ListrLogger, type ListrTask, ProcessOutput } from 'listr2';
import type { GlobalOptions } from './command.ts';

/** One step of long work; `say` replaces the line beside the title. */
export interface Step {
  readonly title: string;
  /** Asked when its turn comes: false, or why it is passed over, which is shown instead. */
  readonly skip?: () => string | false;
  run(say: (line: string) => void): Promise<void>;
}

/**
 * Runs steps one after another, showing them on stderr so that stdout stays the result's: a
 * live list on a terminal, plain lines elsewhere, nothing with --json.
 */
export async function runSteps(options: GlobalOptions, steps: readonly Step[]): Promise<void> {
  const tasks: ListrTask[] = steps.map((step) => ({
    title: step.title,
    skip: () => step.skip?.() ?? false,
    task: async (_context, task) =>
      step.run((line) => {
        // Who asks again and again how far it is hears of the same often.
        if (task.output !== line) task.output = line;
      }),
  }));
  // It draws on the first of these and holds the second back until it has finished, so that log
  // lines on stdout do not run into the list.
  const processOutput = new ProcessOutput(process.stderr, process.stdout);
  const logger = new ListrLogger({ processOutput });
  const renderer = options.json ? 'silent' : process.stderr.isTTY ? 'default' : 'simple';
  await new Listr(tasks, {
    renderer,
    rendererOptions: { logger },
    fallbackRendererOptions: { logger },
    registerSignalListeners: false,
  } as ConstructorParameters<typeof Listr>[1]).run();
}

/** What an import shows in place of its last step where the file has errors. */
export const NOTHING_WRITTEN = 'Nothing was written: the file has errors.';

const REPORT_EVERY_MS = 500;

/**
 * Says how far long work is, with its rate, now and then and at the end.
 * @param what is counted: 'movements'.
 */
export function progressOf(
  what: string,
  say: (line: string) => void,
): (done: number, total: number) => void {
  const started = performance.now();
  let last = started;
  return (done, total) => {
    const now = performance.now();
    if (now - last < REPORT_EVERY_MS && done < total) return;
    last = now;
    const rate = Math.floor((done * 1000) / Math.max(1, now - started));
    const share = total > 0 ? ` of ${total.toLocaleString('en')}` : '';
    say(`${done.toLocaleString('en')}${share} ${what}, ${rate.toLocaleString('en')} a second`);
  };
}
