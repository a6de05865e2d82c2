import { AsyncLocalStorage } from 'node:async_hooks';
import { z } from 'zod';
import { ALL_KIND_NAMES, REASON_NAMES } from '../ledger/index.ts';
import { BOOKING_ROLES } from '../platform/bookings.ts';
import type { Tx } from '../platform/database.ts';
import {
  type Candidate,
  choiceField,
  codeField,
  type DocumentType,
  flagField,
  neverInUse,
  optional,
  type ValuesOf,
  type Written,
} from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';
import { STOCK_PURPOSES } from './account.ts';
import { lockBooks } from './intake.ts';
import { nextPolicy } from './policy.queries.ts';
import { SIDES } from './rules.ts';

const fields = {
  code: codeField(40, 'web-revenue'),
  side: choiceField(SIDES),
  account: codeField(40, '4010'),
  location: optional(codeField(64, 'ADJ-COUNT')),
  movementKind: optional(choiceField(ALL_KIND_NAMES)),
  reason: optional(choiceField(REASON_NAMES)),
  owner: optional(codeField(40, 'HOUSE')),
  site: optional(codeField(40, 'FC-BER')),
  role: optional(choiceField(BOOKING_ROLES)),
  bookingKind: optional(codeField(40, 'sale')),
  channel: optional(codeField(40, 'web')),
  active: flagField(true),
};
type RuleValues = ValuesOf<typeof fields>;

const STOCK_ONLY = ['location', 'movementKind', 'reason', 'owner'] as const;
const BOOKING_ONLY = ['role', 'bookingKind', 'channel'] as const;
/** An account of stock must hear of all that a pool gains and loses. */
const NOT_OF_POOLS = ['location', 'movementKind', 'reason'] as const;

/** Conditions that can never hold for such a side are mistakes. */
export function checkRule(values: RuleValues): FieldError[] {
  const isBooking = values.side === 'booking';
  const wrong: readonly (keyof RuleValues)[] = isBooking ? STOCK_ONLY : BOOKING_ONLY;
  const narrow: readonly (keyof RuleValues)[] = values.side === 'pool' ? NOT_OF_POOLS : [];
  return [...wrong, ...narrow]
    .filter((name) => values[name] !== null)
    .map((name) => ({
      path: name,
      message: `is no condition of the side ${values.side}`,
      expected: 'nothing',
      found: String(values[name]),
    }));
}

/** Stock goes to accounts of stock, and nothing else does. */
async function checkAccounts(tx: Tx, candidates: readonly Candidate[]): Promise<FieldError[][]> {
  const accounts = await tx.query<{ code: string; purpose: string | null; active: boolean }>(
    'SELECT code, purpose, active FROM accounting.account WHERE code = ANY($1)',
    [candidates.map(({ values }) => values.account)],
  );
  const locations = await tx.query<{ code: string; type: string }>(
    'SELECT code, type FROM network.location WHERE code = ANY($1)',
    [candidates.map(({ values }) => values.location)],
  );
  const byCode = new Map(accounts.rows.map((row) => [row.code, row]));
  const typeOf = new Map(locations.rows.map((row) => [row.code, row.type]));
  return candidates.map(({ values }) => {
    const errors: FieldError[] = [];
    const account = byCode.get(String(values.account));
    const found = String(values.account);
    if (account && !account.active && values.active) {
      errors.push({ path: 'account', message: 'is not active', found });
    }
    const isStock = STOCK_PURPOSES.includes(account?.purpose ?? '');
    const holdsStock = values.side === 'pool' || values.side === 'in_transit';
    if (account && isStock !== holdsStock) {
      const expected = `an account ${holdsStock ? 'of' : 'not of'} stock`;
      errors.push({ path: 'account', message: 'is of the wrong purpose', expected, found });
    }
    const type = typeOf.get(String(values.location));
    if (type !== undefined && type !== values.side) {
      const message = 'is not of the side that the rule is for';
      errors.push({ path: 'location', message, expected: String(values.side), found: type });
    }
    return errors;
  });
}

/** Who edits, for the audit of the policy: documents are written without knowing it. */
export const acting = new AsyncLocalStorage<number>();

/**
 * What was committed until now is booked by the old rules; what comes after, by the new ones. Both
 * are kept, so that every account of the past can be derived again.
 */
async function renewVersions(tx: Tx, written: readonly Written[], at: Date): Promise<void> {
  const head = await lockBooks(tx);
  const codes = written.map(({ values }) => String(values.code)).sort();
  const version = await nextPolicy(tx, head, {
    action: 'rules_changed',
    note: codes.join(', ').slice(0, 1000),
    actorId: acting.getStore() ?? 1,
    at,
  });
  const ids = written.map(({ id }) => id);
  await tx.query(
    `UPDATE accounting.posting_rule_version SET until_version = $1
     WHERE rule_id = ANY($2) AND until_version IS NULL`,
    [version, ids],
  );
  await tx.query(
    `INSERT INTO accounting.posting_rule_version (rule_id, since_version, side, account_id,
       location_id, movement_kind, reason_id, owner_id, site_id, role, booking_kind, channel)
     SELECT p.rule_id, $1, p.side, p.account_id, p.location_id, k.movement_kind_id, r.reason_id,
       p.owner_id, p.site_id, p.role, p.booking_kind, p.channel
     FROM accounting.posting_rule p
     LEFT JOIN ledger.movement_kind k ON k.code = p.movement_kind
     LEFT JOIN ledger.reason r ON r.code = p.reason
     WHERE p.rule_id = ANY($2) AND p.active`,
    [version, ids],
  );
}

const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);

/** Posting rules. An edit holds from now on: what is booked stays where it is. */
export const postingRuleType: DocumentType<typeof fields> = {
  name: 'posting rule',
  plural: 'postingRules',
  table: 'accounting.posting_rule',
  idColumn: 'rule_id',
  idName: 'ruleId',
  fields,
  key: ['code'],
  immutable: ['side'],
  frozen: [],
  inUse: neverInUse,
  references: {
    account: { table: 'accounting.account', idColumn: 'account_id', column: 'account_id' },
    location: { table: 'network.location', idColumn: 'location_id', column: 'location_id' },
    owner: { table: 'sellers.owner', idColumn: 'owner_id', column: 'owner_id' },
    site: { table: 'network.site', idColumn: 'site_id', column: 'site_id' },
  },
  nested: {},
  computed: {},
  filters: {
    side: { schema: z.enum(SIDES), where: 't.side = ?' },
    account: { schema: text, where: 'ref_account_id.code = ?' },
    role: { schema: z.enum(BOOKING_ROLES), where: 't.role = ?' },
    active: { schema: z.enum(['true', 'false']), where: 't.active = ?::boolean' },
  },
  sorts: {
    code: { expression: 't.code', sqlType: 'text' },
    side: { expression: 't.side', sqlType: 'text' },
  },
  check: ({ values }) => checkRule(values),
  checkTogether: checkAccounts,
  afterWrite: renewVersions,
};
