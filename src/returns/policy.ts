import { z } from 'zod';
import {
  choiceField,
  codeField,
  type DocumentType,
  flagField,
  integerField,
  jsonField,
  neverInUse,
  type ValuesOf,
  withDefault,
} from '../platform/documents/index.ts';
import { SHIPPING_REFUNDS } from './refund.ts';

export const REASON_CODES = [
  'changed_mind',
  'damaged',
  'defective',
  'wrong_item',
  'not_as_described',
  'late',
  'other',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** Reasons that are our fault, so that the customer should not pay for the way. */
const AT_FAULT: ReadonlySet<ReasonCode> = new Set([
  'damaged',
  'defective',
  'wrong_item',
  'not_as_described',
  'late',
]);

export function isAtFault(reason: ReasonCode): boolean {
  return AT_FAULT.has(reason);
}

/** Reasons of the ledger that a movement of such a return carries. */
export const LEDGER_REASONS = {
  changed_mind: 'customer_remorse',
  damaged: 'damage',
  defective: 'not_as_described',
  wrong_item: 'shipping_error',
  not_as_described: 'not_as_described',
  late: 'other',
  other: 'other',
} as const satisfies Record<ReasonCode, string>;

export const REFUND_TIMINGS = ['instant', 'on_receipt', 'on_inspection'] as const;

/** The policy of channels that have none of their own. */
export const ANY_CHANNEL = '*';
const DAYS_MAX = 36_500;
const DAYS_DEFAULT = 30;

const basisPoints = z.number().int().min(0).max(10_000);
const feesSchema = z.strictObject(
  Object.fromEntries(REASON_CODES.map((reason) => [reason, basisPoints.optional()])),
) as unknown as z.ZodType<Partial<Record<ReasonCode, number>>>;

export const policyFields = {
  channel: codeField(40, 'WEB'),
  windowDays: withDefault(integerField(0, DAYS_MAX, DAYS_DEFAULT), DAYS_DEFAULT),
  expiresAfterDays: withDefault(integerField(1, DAYS_MAX, DAYS_DEFAULT), DAYS_DEFAULT),
  autoAuthorise: flagField(true),
  refundTiming: withDefault(choiceField(REFUND_TIMINGS), 'on_inspection'),
  shippingRefund: withDefault(choiceField(SHIPPING_REFUNDS), 'at_fault'),
  restockingFees: withDefault(
    jsonField<Partial<Record<ReasonCode, number>>>(
      feesSchema,
      'basis points of what was paid that are kept, by reason',
      '{"changed_mind":1500}',
    ),
    {},
  ),
  active: flagField(true),
};

/** The terms of a return, as they were when it was made. */
export type ReturnTerms = Omit<ValuesOf<typeof policyFields>, 'channel' | 'active'>;

/** Terms under which channels take goods back. */
export const policyType: DocumentType<typeof policyFields> = {
  name: 'return policy',
  plural: 'returnPolicies',
  table: 'returns.policy',
  idColumn: 'policy_id',
  idName: 'policyId',
  fields: policyFields,
  key: ['channel'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {},
  nested: {},
  computed: {},
  filters: {
    refundTiming: { schema: z.enum(REFUND_TIMINGS), where: 't.refund_timing = ?' },
    active: { schema: z.enum(['true', 'false']), where: 't.active = ?::boolean' },
  },
  sorts: { channel: { expression: 't.channel', sqlType: 'text' } },
  check: () => [],
};
