import { formatMoney, UNIT_COST_EXTRA_DIGITS } from '../../platform/money.ts';
import { divideRounded } from '../../platform/quantity.ts';
import { table } from '../command.ts';
import type { RetailFile } from '../retail/file.ts';
import { type RefusedLine, TIME_ZONE } from '../retail/line.ts';
import { countReasons, refusedText } from '../retail/summary.ts';
import type { BookFigures } from './books.ts';
import type { Done, RetailRun } from './run.ts';

/** Documents of one kind; money as decimal strings of the house currency. */
interface Figures {
  readonly documents: number;
  readonly lines: number;
  readonly units: string;
  readonly price: string;
}

/** The result as --json prints it. */
export interface OrdersSummary {
  readonly file: string;
  readonly sha256: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly costShare: string;
  readonly lines: { readonly read: number; readonly done: number; readonly refused: number };
  readonly refused: {
    readonly byReason: ReturnType<typeof countReasons>;
    readonly lines: readonly Omit<RefusedLine, 'cells'>[];
  };
  /** Documents that an earlier run had finished. */
  readonly alreadyThere: number;
  readonly salesOrders: Figures;
  readonly shipments: number;
  readonly returns: Figures & { readonly ofSalesOrder: number };
  readonly openingUnits: string;
  readonly closingUnits: string;
  readonly books: BookFigures;
}

export interface OrdersInput {
  readonly path: string;
  readonly file: RetailFile;
  readonly run: RetailRun;
  readonly books: BookFigures;
  readonly refused: readonly RefusedLine[];
  readonly costShare: string;
  readonly currency: string;
  readonly digits: number;
}

/** Adds up what a run did. */
export function summariseOrders(input: OrdersInput): OrdersSummary {
  const { file, run, refused, digits } = input;
  const { orders, returns, openingUnits } = run;
  const figures = ({ documents, lines, units, price }: Done): Figures => ({
    ...{ documents, lines, units: `${units}` },
    price: formatMoney(divideRounded(price, 10n ** BigInt(UNIT_COST_EXTRA_DIGITS)), digits),
  });
  return {
    file: input.path,
    sha256: file.hash,
    currency: input.currency,
    timeZone: TIME_ZONE,
    costShare: input.costShare,
    lines: { read: file.linesRead, done: orders.lines + returns.lines, refused: refused.length },
    refused: {
      byReason: countReasons(refused),
      lines: refused.map(({ line, reason, detail }) => ({ line, reason, detail })),
    },
    alreadyThere: orders.alreadyThere + returns.alreadyThere,
    salesOrders: figures(orders),
    shipments: run.shipments,
    returns: { ...figures(returns), ofSalesOrder: run.returnsOfOrder },
    openingUnits: `${openingUnits}`,
    closingUnits: `${openingUnits - orders.units + returns.units}`,
    books: input.books,
  };
}

/** The summary for people. */
export function ordersText(summary: OrdersSummary, refusedPath: string | undefined): string {
  const { lines, salesOrders, returns, books, currency } = summary;
  const row = (title: string, { documents, lines, units, price }: Figures) => [
    ...[title, `${documents}`, `${lines}`, units, price],
  ];
  const named: [keyof BookFigures, string][] = [
    ['revenue', 'Revenue'],
    ['refunds', 'Refunds'],
    ['costOfGoodsSold', 'Cost of goods sold'],
    ['inventory', 'Inventory'],
    ['receivable', 'Receivable'],
  ];
  return [
    `Lines read: ${lines.read}. Done: ${lines.done}. Refused: ${lines.refused}. ` +
      `Documents of an earlier run: ${summary.alreadyThere}.`,
    '',
    table([
      ['', 'documents', 'lines', 'units', `price ${currency}`],
      row('sales orders', salesOrders),
      row('returns', returns),
    ]),
    '',
    `Shipped: ${summary.shipments} sales orders. Returns of a sales order: ` +
      `${returns.ofSalesOrder}. Units: ${summary.openingUnits} at the opening, ` +
      `${summary.closingUnits} at the end.`,
    '',
    `The books as they are now, in ${currency}:`,
    table(named.map(([name, title]) => [`  ${title}`, books[name]])),
    ...refusedText(summary, refusedPath !== undefined),
    ...(refusedPath === undefined ? [] : ['', `Refused lines are in ${refusedPath}.`]),
  ].join('\n');
}
