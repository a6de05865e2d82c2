import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import {
  type Candidate,
  choiceField,
  codeField,
  type DocumentType,
  flagField,
  neverInUse,
  optional,
  textField,
} from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';

export const ACCOUNT_TYPES = ['asset', 'liability', 'equity', 'revenue', 'expense'] as const;

/** What reports and the close look for in an account. */
export const ACCOUNT_PURPOSES = [
  'inventory',
  'in_transit',
  'conversion',
  'grni',
  'landed_cost',
  'receivable',
  'payable',
  'tax',
  'revenue',
  'refunds',
  'cogs',
  'variance',
  'shrinkage',
  'suspense',
] as const;

/** Accounts that the ledger alone books, so that they always equal the value of the stock. */
export const STOCK_PURPOSES: readonly string[] = ['inventory', 'in_transit'];

const fields = {
  code: codeField(40, '4010'),
  name: textField(200, 'Revenue of the web shop'),
  type: choiceField(ACCOUNT_TYPES),
  purpose: optional(choiceField(ACCOUNT_PURPOSES)),
  active: flagField(true),
};

const filterText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);

/** An account that rules still send money to, or that catches what has no place, stays open. */
async function checkClosing(tx: Tx, candidates: readonly Candidate[]): Promise<FieldError[][]> {
  const ids = candidates.map(({ before }) => before?.id ?? 0);
  const { rows } = await tx.query<{ id: number; code: string }>(
    `SELECT account_id AS id, min(code) AS code FROM accounting.posting_rule
     WHERE active AND account_id = ANY($1) GROUP BY account_id`,
    [ids],
  );
  const used = new Map(rows.map(({ id, code }) => [id, code]));
  return candidates.map(({ values, before }) => {
    if (values.active || !before) return [];
    const rule = used.get(before.id);
    if (rule) return [{ path: 'active', message: `must stay true: the rule ${rule} books on it` }];
    if (values.purpose !== 'suspense') return [];
    return [{ path: 'active', message: 'must stay true: it takes what no rule has a place for' }];
  });
}

/** Accounts of the books. What one is for never changes, since closed periods rest on it. */
export const accountType: DocumentType<typeof fields> = {
  name: 'account',
  plural: 'accounts',
  table: 'accounting.account',
  idColumn: 'account_id',
  idName: 'accountId',
  fields,
  key: ['code'],
  immutable: ['type', 'purpose'],
  frozen: [],
  inUse: neverInUse,
  references: {},
  nested: {},
  computed: {},
  filters: {
    q: {
      schema: filterText,
      where: 'position(lower(?) in lower(t.name)) > 0 OR position(lower(?) in lower(t.code)) > 0',
    },
    type: { schema: z.enum(ACCOUNT_TYPES), where: 't.type = ?' },
    purpose: { schema: z.enum(ACCOUNT_PURPOSES), where: 't.purpose = ?' },
    active: { schema: z.enum(['true', 'false']), where: 't.active = ?::boolean' },
  },
  sorts: {
    code: { expression: 't.code', sqlType: 'text' },
    name: { expression: 'left(t.name, 100)', sqlType: 'text' },
  },
  check({ values, before }) {
    const isStray = !before && values.type !== 'asset' && isStock(values.purpose);
    if (!isStray) return [];
    return [{ path: 'type', message: 'must be asset: it holds the value of stock' }];
  },
  checkTogether: checkClosing,
};

function isStock(purpose: string | null): boolean {
  return purpose !== null && STOCK_PURPOSES.includes(purpose);
}
