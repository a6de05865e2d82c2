import { type Command, Option } from 'commander';
import {
  approvePlanned,
  EXCEPTION_KINDS,
  EXCEPTION_STATES,
  editPlanned,
  findPlanningExceptions,
  findProposals,
  findStockTargets,
  PROPOSAL_STATES,
  type ProposalAnswer,
  type ProposalHead,
  planProposals,
  type RunProgress,
  rejectPlanned,
  showProposal,
  stepPlanningException,
} from '../../planning/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { showFigure } from '../../platform/figures.ts';
import { type FieldError, Problem, problemBody } from '../../platform/problems.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount, parseDay } from '../options.ts';
import { progressOf, runSteps } from '../progress.ts';
import { withDatabase } from '../with-database.ts';

/** `onhand planning targets`, `proposals` and `exceptions`. */

const ROWS_DEFAULT = 50;
const ROWS_MAX = 1_000;
const QUIET_DAYS_DEFAULT = 7;
const QUIET_DAYS_MAX = 365;
const NUMBER_MAX = 2 ** 31 - 1;
const LINE = /^(\d{1,4})=(\d{1,12}(?:\.\d{1,6})?)$/;

function proposalsText(items: readonly ProposalHead[]): string {
  if (items.length === 0) return 'There are no such proposals.';
  const rows = items.map((each) => [
    ...[each.number, each.state, each.kind, each.supplier ?? each.from ?? '', each.site],
    ...[`${each.lineCount}`, `${each.amount} ${each.currency}`, each.waitingCostPerDay],
    ...[each.orderOn, each.warnings.map(({ code }) => code).join(' ')],
  ]);
  const head = ['NUMBER', 'STATE', 'KIND', 'FROM', 'FOR', 'LINES', 'AMOUNT', 'WAITING/DAY'];
  return table([[...head, 'ORDER ON', 'MISSING'], ...rows]);
}

function proposalText(proposal: ProposalAnswer): string {
  const { number, state, summary, document, lines, warnings } = proposal;
  const made = document ? `, became ${document.number}` : '';
  const sentences = lines.map(({ line, summary: why }) => `${line}. ${why}`);
  const marks = warnings.map(({ message }) => `! ${message}`);
  return [`${number} is ${state}${made}. ${summary}`, ...marks, ...sentences].join('\n');
}

interface RunOptions {
  readonly day?: string;
}

async function run({ day }: RunOptions, command: Command): Promise<void> {
  const options = globalsOf(command);
  const figures = await withDatabase(async (context) => {
    let made: Awaited<ReturnType<typeof planProposals>> | undefined;
    const title = 'Targets, proposals and exceptions';
    const work = async (say: (line: string) => void) => {
      const tellers = new Map<string, ReturnType<typeof progressOf>>();
      const onProgress = ({ phase, done, total }: RunProgress) => {
        const teller = tellers.get(phase) ?? progressOf(phase, say);
        tellers.set(phase, teller);
        teller(done, total);
      };
      made = await planProposals(context, { day, actorId: SYSTEM.principalId, onProgress });
    };
    await runSteps(options, [{ title, run: work }]);
    return made!;
  });
  print(options, figures, () =>
    [
      `${figures.targets} targets for ${figures.day}; ${figures.purchaseProposals} purchases and`,
      `${figures.transferProposals} transfers proposed, ${figures.superseded} older drafts`,
      `replaced, ${figures.exceptionsOpen} exceptions open. ${figures.withoutSupplier} items`,
      `that are short have no supplier, ${figures.withoutForecast} places have no forecast.`,
      ...(figures.lotsTooLarge > 0
        ? [`${figures.lotsTooLarge} are short of what is sold in lots that do not pay.`]
        : []),
    ]
      .join(' ')
      .concat(figures.warning === null ? '' : `\n! ${figures.warning}`),
  );
}

interface ListOptions {
  readonly state?: string;
  readonly kind?: string;
  readonly supplier?: string;
  readonly site?: string;
  readonly item?: string;
  readonly limit: number;
}

async function list({ limit, ...filter }: ListOptions, command: Command): Promise<void> {
  const items = await withDatabase((context) => findProposals(context, filter, limit));
  print(globalsOf(command), { items }, () => proposalsText(items) + moreThan(items, limit));
}

/** What a list that is full adds, so that nobody takes it for all there is. */
function moreThan(items: readonly unknown[], limit: number): string {
  return items.length < limit ? '' : `\nThe first ${limit}; --limit shows more.`;
}

async function show(number: string, _options: unknown, command: Command): Promise<void> {
  const proposal = await withDatabase((context) => showProposal(context, number));
  print(globalsOf(command), proposal, () => proposalText(proposal));
}

interface ApproveOptions {
  readonly draft?: boolean;
  readonly overrideTerms?: boolean;
  readonly note?: string;
}

async function approve(
  numbers: readonly string[],
  { draft, overrideTerms, note }: ApproveOptions,
  command: Command,
): Promise<void> {
  const body = { ...(draft ? { submit: false } : {}), overrideTerms, note };
  const items: ProposalAnswer[] = [];
  const refused: { readonly number: string; readonly problem: Record<string, unknown> }[] = [];
  await withDatabase(async (context) => {
    for (const number of numbers) {
      try {
        items.push(await approvePlanned(context, SYSTEM, number, body));
      } catch (error) {
        // What was approved before stays so, hence each answer counts and none ends the others.
        if (!(error instanceof Problem)) throw error;
        refused.push({ number, problem: problemBody(error) });
      }
    }
  });
  if (refused.length > 0) process.exitCode = EXIT.refused;
  print(globalsOf(command), { items, refused }, () =>
    [
      ...items.map(({ number, document }) => `${number} became ${document?.number}.`),
      ...refused.map(({ number, problem }) => `${number} was refused: ${refusal(problem)}`),
    ].join('\n'),
  );
}

/** Why a proposal was refused: the fields of the document it would have become, else the detail. */
function refusal({ errors, detail }: Record<string, unknown>): string {
  const fields = (errors ?? []) as readonly FieldError[];
  if (fields.length === 0) return `${detail}`;
  return `${fields.map((each) => `${each.found ?? each.path} ${each.message}`).join('; ')}.`;
}

interface RejectOptions {
  readonly reason: string;
  readonly quietDays: number;
}

async function reject(number: string, body: RejectOptions, command: Command): Promise<void> {
  const proposal = await withDatabase((context) => rejectPlanned(context, SYSTEM, number, body));
  print(globalsOf(command), proposal, () => `${number} is ${proposal.state}.`);
}

interface EditOptions {
  readonly supplier?: string;
  readonly orderOn?: string;
  readonly expectedOn?: string;
  readonly note?: string;
}

async function edit(
  number: string,
  texts: readonly string[],
  options: EditOptions,
  command: Command,
): Promise<void> {
  const lines = texts.map((text) => {
    const [, line, quantity] = LINE.exec(text) ?? [];
    if (line && quantity) return { line: Number(line), quantity };
    throw new CliError(EXIT.usage, `'${text}' is no line: give LINE=QUANTITY, such as 1=24.`);
  });
  const { orderOn, expectedOn, ...rest } = options;
  const body = {
    ...rest,
    ...(orderOn === undefined ? {} : { orderOn }),
    ...(expectedOn === undefined ? {} : { expectedOn }),
    ...(lines.length > 0 ? { lines } : {}),
  };
  const proposal = await withDatabase((context) => editPlanned(context, SYSTEM, number, body));
  print(globalsOf(command), proposal, () => proposalText(proposal));
}

function registerOwn(planning: Command): void {
  const proposals = planning
    .command('proposals')
    .description('what to buy and to move: run, list, show, edit, approve, reject');
  proposals
    .command('run')
    .description('make targets, proposals and exceptions from the current forecasts')
    .option('--day <day>', 'the day that is planned from; by default today', parseDay)
    .action(run);
  proposals
    .command('list', { isDefault: true })
    .description('proposals, the newest first')
    .addOption(new Option('--state <name>', 'only in it').choices(PROPOSAL_STATES))
    .addOption(new Option('--kind <name>').choices(['purchase', 'transfer']))
    .option('--supplier <code>', 'only of this supplier')
    .option('--site <code>', 'only for this site')
    .option('--item <sku>', 'only with this item')
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(list);
  proposals
    .command('show')
    .description('one proposal, and why each line')
    .argument('<number>')
    .action(show);
  proposals
    .command('edit')
    .description('change quantities, days or the supplier')
    .argument('<number>')
    .argument('[lines...]', 'LINE=QUANTITY; 0 takes a line out')
    .option('--supplier <code>', 'another one that sells every item of it')
    .option('--order-on <day>', 'when it is sent', parseDay)
    .option('--expected-on <day>', 'when it arrives', parseDay)
    .option('--note <text>', 'why')
    .action(edit);
  proposals
    .command('approve')
    .description('make their purchase and transfer orders')
    .argument('<numbers...>')
    .option('--draft', 'leave the purchase order a draft')
    .option('--override-terms', "although it breaks the supplier's terms")
    .option('--note <text>')
    .action(approve);
  proposals
    .command('reject')
    .description('say no, and why')
    .argument('<number>')
    .requiredOption('--reason <text>')
    .option(
      '--quiet-days <count>',
      'days in which its items are not proposed again',
      parseCount(QUIET_DAYS_MAX),
      QUIET_DAYS_DEFAULT,
    )
    .action(reject);
}

interface ExceptionOptions {
  readonly state?: string;
  readonly kind?: string;
  readonly site?: string;
  readonly item?: string;
  readonly limit: number;
}

async function exceptions({ limit, ...filter }: ExceptionOptions, command: Command): Promise<void> {
  const items = await withDatabase((context) => findPlanningExceptions(context, filter, limit));
  print(globalsOf(command), { items }, () => {
    if (items.length === 0) return 'Nothing needs a planner.';
    const rows = items.map((each) => [
      ...[`${each.exception}`, each.kind, each.state, each.moneyAtRisk, each.action],
      each.summary,
    ]);
    const head = ['NUMBER', 'KIND', 'STATE', 'AT RISK', 'DO', 'WHY'];
    return table([head, ...rows]) + moreThan(items, limit);
  });
}

type Step = Parameters<typeof stepPlanningException>[3];

function stepper<Options extends object>(toStep: (options: Options) => Step) {
  return async (number: number, options: Options, command: Command): Promise<void> => {
    const shown = await withDatabase((context) =>
      stepPlanningException(context, SYSTEM, number, toStep(options)),
    );
    print(globalsOf(command), shown, () => {
      const until = shown.snoozedUntil === null ? '' : ` until ${shown.snoozedUntil}`;
      const to = shown.assignedTo === null ? '' : `, assigned to ${shown.assignedTo}`;
      return `Exception ${number} is ${shown.state}${until}${to}.`;
    });
  };
}

function registerExceptions(planning: Command): void {
  const group = planning
    .command('exceptions')
    .description('what will run out, is late, too much or expiring, by money at risk');
  group
    .command('list', { isDefault: true })
    .description('exceptions, the most money at risk first')
    .addOption(new Option('--state <name>', 'only in it').choices(EXCEPTION_STATES))
    .addOption(new Option('--kind <name>', 'only of it').choices(EXCEPTION_KINDS))
    .option('--site <code>', 'only there')
    .option('--item <sku>', 'only of it')
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(exceptions);
  group
    .command('acknowledge')
    .description('somebody has seen it')
    .argument('<number>', 'of the exception', parseCount(NUMBER_MAX))
    .option('--note <text>')
    .action(
      stepper(({ note }: { note?: string }) => {
        return { action: 'acknowledge', done: 'acknowledged', note };
      }),
    );
  group
    .command('snooze')
    .description('let it sleep until a day')
    .argument('<number>', 'of the exception', parseCount(NUMBER_MAX))
    .requiredOption('--until <day>', 'YYYY-MM-DD', parseDay)
    .option('--note <text>')
    .action(
      stepper(({ until, note }: { until: string; note?: string }) => {
        return { action: 'snooze', done: 'snoozed', until, note };
      }),
    );
  group
    .command('assign')
    .description('say who looks at it')
    .argument('<number>', 'of the exception', parseCount(NUMBER_MAX))
    .requiredOption('--to <name>')
    .action(
      stepper(({ to }: { to: string }) => {
        return { action: 'assign', done: 'assigned', assignedTo: to };
      }),
    );
}

interface TargetOptions {
  readonly item?: string;
  readonly site?: string;
  readonly abcClass?: string;
  readonly xyzClass?: string;
  readonly supplier?: string;
  readonly limit: number;
}

async function targets({ limit, ...filter }: TargetOptions, command: Command): Promise<void> {
  const items = await withDatabase((context) => findStockTargets(context, filter, limit));
  const shown = (value: number) => showFigure(value, 1);
  print(globalsOf(command), { items }, () => {
    if (items.length === 0) return 'There are no targets; run `onhand planning proposals run`.';
    const rows = items.map((each) => [
      ...[each.item, each.site, `${each.abcClass}${each.xyzClass}`, each.supplier ?? ''],
      ...[shown(each.demandPerDay), shown(each.leadTimeDays), shown(each.safetyStock)],
      ...[shown(each.reorderPoint), shown(each.orderUpTo), each.inventoryPosition],
    ]);
    const head = ['ITEM', 'SITE', 'CLASS', 'SUPPLIER', 'A DAY', 'LEAD', 'SAFETY', 'REORDER'];
    return table([[...head, 'UP TO', 'POSITION'], ...rows]);
  });
}

/** Adds `targets`, `proposals` and `exceptions` to `onhand planning`. */
export function registerProposals(planning: Command): void {
  planning
    .command('targets')
    .description('how much should be where, of the last run')
    .option('--item <sku>', 'only of it')
    .option('--site <code>', 'only there')
    .addOption(new Option('--abc-class <class>', 'only of it').choices(['A', 'B', 'C']))
    .addOption(new Option('--xyz-class <class>', 'only of it').choices(['X', 'Y', 'Z']))
    .option('--supplier <code>', 'only what is bought there')
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(targets);
  registerOwn(planning);
  registerExceptions(planning);
}
