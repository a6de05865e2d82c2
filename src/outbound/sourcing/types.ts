import { z } from 'zod';
import {
  codeField,
  countField,
  type DocumentType,
  type Field,
  field,
  flagField,
  integerField,
  neverInUse,
  optional,
  patternField,
  textField,
  withDefault,
} from '../../platform/documents/index.ts';
import { formatMoney, parseMoney } from '../../platform/money.ts';
import { POLICY_DEFAULT } from './facts.queries.ts';

const WHOLE_DIGITS = 6;
const RUN_MS = { min: 100, max: 600_000, default: 10_000 } as const;
const PPM = 1_000_000;
const GAP_TARGET_PPM = 1_000;
const BALANCE_DAYS_DEFAULT = 7;
const WEEK_MINUTES = 10_080;

/** Money of the house currency: a decimal string in JSON, minor units in the database. */
function moneyField(digits: number, example: string): Field<string> {
  const places = digits === 0 ? '' : `(\\.\\d{1,${digits}})?`;
  return field<string>({
    schema: z.string().regex(new RegExp(`^\\d{1,${WHOLE_DIGITS}}${places}$`)),
    sqlType: 'bigint',
    expected: `a decimal number with up to ${digits} digits after the point`,
    example: formatMoney(parseMoney(example, 2), 2).slice(0, digits === 0 ? -3 : undefined),
    normalise: (value) => formatMoney(parseMoney(value, digits), digits),
    toDatabase: (value) => parseMoney(value, digits).toString(),
    fromDatabase: (value) => formatMoney(value as bigint, digits),
  });
}

/** Minor units as the default of a field. */
function defaultMoney(digits: number, minor: bigint, example: string): Field<string> {
  return withDefault(moneyField(digits, example), formatMoney(minor, digits));
}

const flagFilter = (where: string) => ({ schema: z.enum(['true', 'false']), where });
const codeFilter = (where: string) => ({ schema: codeField(64, 'X').schema, where });
const siteReference = {
  site: { table: 'network.site', idColumn: 'site_id', column: 'site_id' },
} as const;

function policyFields(digits: number) {
  return {
    code: codeField(40, 'default'),
    name: textField(200, 'Default'),
    splitPenalty: defaultMoney(digits, 150n, '1.50'),
    lateDayPenalty: defaultMoney(digits, 100n, '1.00'),
    unassignedPenalty: defaultMoney(digits, 10_000n, '100.00'),
    priorityPenalty: defaultMoney(digits, 100n, '1.00'),
    lineCost: defaultMoney(digits, 35n, '0.35'),
    unitCost: defaultMoney(digits, 20n, '0.20'),
    parcelCost: defaultMoney(digits, 450n, '4.50'),
    kilogramCost: defaultMoney(digits, 40n, '0.40'),
    distanceCost: defaultMoney(digits, 25n, '0.25'),
    balanceCost: defaultMoney(digits, 40n, '0.40'),
    balanceDays: withDefault(integerField(1, 365, BALANCE_DAYS_DEFAULT), BALANCE_DAYS_DEFAULT),
    runMsMax: withDefault(integerField(RUN_MS.min, RUN_MS.max, RUN_MS.default), RUN_MS.default),
    gapTargetPpm: withDefault(integerField(0, PPM, GAP_TARGET_PPM), GAP_TARGET_PPM),
    everyMinutes: withDefault(integerField(0, WEEK_MINUTES, 0), 0),
    active: flagField(true),
  };
}

/** What sourcing weighs against what. `digits` are those of the house currency. */
export function sourcingPolicyType(digits: number): DocumentType<ReturnType<typeof policyFields>> {
  return {
    name: 'sourcing policy',
    plural: 'sourcing-policies',
    table: 'outbound.sourcing_policy',
    idColumn: 'sourcing_policy_id',
    idName: 'sourcingPolicyId',
    fields: policyFields(digits),
    key: ['code'],
    ...{ immutable: [], frozen: [], inUse: neverInUse, references: {}, nested: {}, computed: {} },
    filters: { active: flagFilter('t.active = ?::boolean') },
    sorts: { code: { expression: 't.code', sqlType: 'text' } },
    // New sales orders are sourced by it, so there must always be one.
    check: ({ values }) =>
      values.code === POLICY_DEFAULT && !values.active
        ? [{ path: 'active', message: 'is what sales orders are sourced by', expected: 'true' }]
        : [],
  };
}

function siteFields(digits: number) {
  return {
    site: codeField(40, 'FC-BER'),
    lineCost: moneyField(digits, '0.35'),
    unitCost: moneyField(digits, '0.20'),
    parcelsMax: optional(countField(0, 5000)),
    active: flagField(true),
  };
}

/** What handling costs at a site. */
export function sourcingSiteType(digits: number): DocumentType<ReturnType<typeof siteFields>> {
  return {
    name: 'sourcing site',
    plural: 'sourcing-sites',
    table: 'outbound.sourcing_site',
    idColumn: 'sourcing_site_id',
    idName: 'sourcingSiteId',
    fields: siteFields(digits),
    key: ['site'],
    ...{ immutable: [], frozen: [], inUse: neverInUse, nested: {}, computed: {} },
    references: siteReference,
    filters: { site: codeFilter('ref_site_id.code = ?') },
    sorts: { site: { expression: 'ref_site_id.code', sqlType: 'text' } },
    check: () => [],
  };
}

const ANY = '*';

function rateFields(digits: number) {
  return {
    site: codeField(40, 'FC-BER'),
    country: patternField(/^([A-Z]{2}|[*])$/, 'ISO 3166-1 alpha-2, or * for any other', 'DE'),
    region: withDefault(textField(200, ANY), ANY),
    parcelCost: moneyField(digits, '4.50'),
    kilogramCost: moneyField(digits, '0.40'),
    active: flagField(true),
  };
}

/** What a parcel costs from a site to a region. */
export function sourcingRateType(digits: number): DocumentType<ReturnType<typeof rateFields>> {
  return {
    name: 'sourcing rate',
    plural: 'sourcing-rates',
    table: 'outbound.sourcing_rate',
    idColumn: 'sourcing_rate_id',
    idName: 'sourcingRateId',
    fields: rateFields(digits),
    key: ['site', 'country', 'region'],
    ...{ immutable: [], frozen: [], inUse: neverInUse, nested: {}, computed: {} },
    references: siteReference,
    filters: {
      site: codeFilter('ref_site_id.code = ?'),
      country: codeFilter('t.country = ?'),
      active: flagFilter('t.active = ?::boolean'),
    },
    sorts: {
      site: { expression: 'ref_site_id.code', sqlType: 'text' },
      country: { expression: 't.country', sqlType: 'text' },
    },
    check: ({ values }) =>
      values.country === ANY && values.region !== ANY
        ? [{ path: 'region', message: 'needs a country', expected: ANY, found: values.region }]
        : [],
  };
}
