/** State machines as tables: the documentation draws them, and nothing moves but by a row. */
export interface Transition<State extends string> {
  readonly action: string;
  readonly from: readonly State[];
  readonly to: State;
}

/** States of a purchase order and of each of its lines. */
export const PURCHASE_ORDER_STATES = [
  'draft',
  'awaiting_approval',
  'approved',
  'sent',
  'confirmed',
  'partly_received',
  'received',
  'closed',
  'cancelled',
] as const;
export type PurchaseOrderState = (typeof PURCHASE_ORDER_STATES)[number];

/** States in which a line still waits for goods. */
export const EXPECTING: readonly PurchaseOrderState[] = [
  'approved',
  'sent',
  'confirmed',
  'partly_received',
];

/** What can be done to a line; the state of the whole follows, see {@link stateOfLines}. */
export const PURCHASE_ORDER_TRANSITIONS = [
  { action: 'submit', from: ['draft'], to: 'awaiting_approval' },
  { action: 'approve', from: ['draft', 'awaiting_approval'], to: 'approved' },
  { action: 'reject', from: ['awaiting_approval'], to: 'draft' },
  { action: 'send', from: ['approved'], to: 'sent' },
  { action: 'confirm', from: ['sent', 'confirmed'], to: 'confirmed' },
  { action: 'change', from: ['sent', 'confirmed'], to: 'approved' },
  {
    action: 'change_above_limit',
    from: ['approved', 'sent', 'confirmed'],
    to: 'awaiting_approval',
  },
  { action: 'receive_part', from: EXPECTING, to: 'partly_received' },
  { action: 'receive_all', from: [...EXPECTING, 'received'], to: 'received' },
  {
    action: 'reverse_part',
    from: ['partly_received', 'received', 'closed'],
    to: 'partly_received',
  },
  { action: 'reverse_all', from: ['partly_received', 'received', 'closed'], to: 'sent' },
  { action: 'close', from: [...EXPECTING, 'received'], to: 'closed' },
  {
    action: 'cancel',
    from: ['draft', 'awaiting_approval', 'approved', 'sent', 'confirmed'],
    to: 'cancelled',
  },
] as const satisfies readonly Transition<PurchaseOrderState>[];
export type PurchaseOrderAction = (typeof PURCHASE_ORDER_TRANSITIONS)[number]['action'];

/** The state that an action leads to; undefined where the table has no such row. */
export function nextState<State extends string>(
  table: readonly Transition<State>[],
  action: string,
  from: State,
): State | undefined {
  return table.find((row) => row.action === action && row.from.includes(from))?.to;
}

const BEFORE_RECEIPT: readonly PurchaseOrderState[] = PURCHASE_ORDER_STATES.slice(0, 5);

/**
 * The state of a purchase order: that of its line which is least advanced, except that goods
 * received show at once, and cancelled lines count only when there are no others.
 */
export function stateOfLines(lines: readonly PurchaseOrderState[]): PurchaseOrderState {
  const live: PurchaseOrderState[] = lines.filter((state) => state !== 'cancelled');
  if (live.length === 0) return 'cancelled';
  if (live.every((state) => state === 'closed')) return 'closed';
  if (live.every((state) => state === 'received' || state === 'closed')) return 'received';
  if (live.some((state) => !BEFORE_RECEIPT.includes(state))) return 'partly_received';
  return BEFORE_RECEIPT.find((state) => live.includes(state)) ?? 'draft';
}

export const ASN_STATES = ['announced', 'partly_received', 'received', 'closed'] as const;
export type AsnState = (typeof ASN_STATES)[number];
export const ASN_TRANSITIONS = [
  { action: 'receive_part', from: ['announced', 'partly_received'], to: 'partly_received' },
  { action: 'receive_all', from: ['announced', 'partly_received'], to: 'received' },
  { action: 'reverse_part', from: ['partly_received', 'received'], to: 'partly_received' },
  { action: 'reverse_all', from: ['partly_received', 'received'], to: 'announced' },
  { action: 'close', from: ['announced', 'partly_received'], to: 'closed' },
] as const satisfies readonly Transition<AsnState>[];

export const RECEIPT_STATES = ['posting', 'posted', 'refused', 'reversing', 'reversed'] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];
export const RECEIPT_TRANSITIONS = [
  { action: 'post', from: ['posting'], to: 'posted' },
  { action: 'refuse', from: ['posting'], to: 'refused' },
  { action: 'reverse', from: ['posted'], to: 'reversing' },
  { action: 'reversal_posted', from: ['reversing'], to: 'reversed' },
  { action: 'reversal_refused', from: ['reversing'], to: 'posted' },
] as const satisfies readonly Transition<ReceiptState>[];

export const INVOICE_STATES = ['held', 'matched', 'posting', 'approved', 'cancelled'] as const;
export type InvoiceState = (typeof INVOICE_STATES)[number];
export const INVOICE_TRANSITIONS = [
  { action: 'match', from: ['held', 'matched'], to: 'matched' },
  { action: 'hold', from: ['held', 'matched'], to: 'held' },
  { action: 'approve', from: ['held', 'matched'], to: 'posting' },
  { action: 'post', from: ['posting'], to: 'approved' },
  { action: 'cancel', from: ['held', 'matched'], to: 'cancelled' },
] as const satisfies readonly Transition<InvoiceState>[];

export const LANDED_COST_STATES = ['draft', 'posting', 'posted', 'reversed', 'cancelled'] as const;
export type LandedCostState = (typeof LANDED_COST_STATES)[number];
export const LANDED_COST_TRANSITIONS = [
  { action: 'post', from: ['draft'], to: 'posting' },
  { action: 'posted', from: ['posting'], to: 'posted' },
  { action: 'reverse', from: ['posted'], to: 'reversed' },
  { action: 'cancel', from: ['draft'], to: 'cancelled' },
] as const satisfies readonly Transition<LandedCostState>[];

export const SUPPLIER_RETURN_STATES = ['posting', 'posted', 'refused', 'credited'] as const;
export type SupplierReturnState = (typeof SUPPLIER_RETURN_STATES)[number];
export const SUPPLIER_RETURN_TRANSITIONS = [
  { action: 'post', from: ['posting'], to: 'posted' },
  { action: 'refuse', from: ['posting'], to: 'refused' },
  { action: 'credit', from: ['posted'], to: 'credited' },
] as const satisfies readonly Transition<SupplierReturnState>[];

export const CREDIT_STATES = ['posting', 'posted'] as const;
export type CreditState = (typeof CREDIT_STATES)[number];

/** The mermaid picture of a table, as docs/concepts/purchasing.md shows it. */
export function pictureOf(table: readonly Transition<string>[]): string {
  const rows = table.flatMap(({ action, from, to }) =>
    from.map((state) => `  ${state} --> ${to}: ${action}`),
  );
  return ['stateDiagram-v2', ...rows].join('\n');
}
