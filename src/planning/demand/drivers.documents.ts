import { z } from 'zod';
import {
  choiceField,
  codeField,
  type DocumentType,
  flagField,
  integerField,
  jsonField,
  neverInUse,
  optional,
  patternField,
  textField,
  type ValuesOf,
  withDefault,
} from '../../platform/documents/index.ts';
import type { FieldError } from '../../platform/problems.ts';
import { day, dayField, factorField, measurementField } from './fields.ts';
import { currencyErrors, knownPlaces } from './references.queries.ts';

/** What a house tells planning about its demand: documents, each with a CSV of its own. */

const item = { table: 'planning.item_code', idColumn: 'item_id', column: 'item_id' } as const;
const site = { table: 'network.site', idColumn: 'site_id', column: 'site_id' } as const;

const filterText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const textFilter = (where: string) => ({ schema: filterText, where });
const flagFilter = (where: string) => ({ schema: z.enum(['true', 'false']), where });
const dayFilter = (where: string) => ({ schema: day, where });
const activeFilter = { active: flagFilter('t.active = ?::boolean') };

const itemField = codeField(64, 'MUG-0001');
const siteField = codeField(40, 'FC-BER');
const groupField = codeField(40, 'MUGS');
const regionField = codeField(40, 'DE-EAST');

const COMMON = {
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  nested: {},
  computed: {},
} as const;

/** Both of two fields given where one must do. */
function both(
  values: Readonly<Record<string, unknown>>,
  first: string,
  second: string,
): FieldError[] {
  if (values[first] === null || values[second] === null) return [];
  const message = `is given beside ${first}; give one of them`;
  return [{ path: second, message, found: String(values[second]) }];
}

function endsBeforeItBegins(from: string | null, to: string | null): FieldError[] {
  if (from === null || to === null || to >= from) return [];
  return [
    { path: 'toDay', message: 'lies before fromDay', expected: `${from} or later`, found: to },
  ];
}

export const itemGroupFields = {
  item: itemField,
  groupCode: groupField,
  active: flagField(true),
};

/** The group that an item is forecast and judged with. */
export const itemGroupType: DocumentType<typeof itemGroupFields> = {
  ...COMMON,
  name: 'item group',
  plural: 'itemGroups',
  table: 'planning.item_group',
  idColumn: 'item_group_id',
  idName: 'itemGroupId',
  fields: itemGroupFields,
  key: ['item'],
  references: { item },
  filters: {
    group: textFilter('t.group_code = ?'),
    item: textFilter('ref_item_id.code = ?'),
    ...activeFilter,
  },
  sorts: { item: { expression: 'ref_item_id.code', sqlType: 'text' } },
  check: () => [],
};

const CALENDARS_MAX = 20;

export const siteRegionFields = {
  site: siteField,
  regionCode: regionField,
  country: optional(patternField(/^[A-Z]{2}$/, 'a country code such as DE (ISO 3166-1)', 'DE')),
  calendars: withDefault(
    jsonField<string[]>(
      z.array(codeField(40, 'SHOP').schema).max(CALENDARS_MAX),
      'a list of codes of calendars',
      '["SHOP"]',
    ),
    [],
  ),
  active: flagField(true),
};

/** The region of a site, and whose holidays hold there. */
export const siteRegionType: DocumentType<typeof siteRegionFields> = {
  ...COMMON,
  name: 'site region',
  plural: 'siteRegions',
  table: 'planning.site_region',
  idColumn: 'site_region_id',
  idName: 'siteRegionId',
  fields: siteRegionFields,
  key: ['site'],
  references: { site },
  filters: { region: textFilter('t.region_code = ?'), ...activeFilter },
  sorts: { site: { expression: 'ref_site_id.code', sqlType: 'text' } },
  check: () => [],
};

export const itemLinkFields = {
  item: itemField,
  predecessor: codeField(64, 'MUG-0000'),
  factor: withDefault(factorField('0.8'), '1'),
  fromDay: optional(dayField('2026-03-01')),
  active: flagField(true),
};

function checkLink(link: ValuesOf<typeof itemLinkFields>): FieldError[] {
  const errors: FieldError[] = [];
  if (link.item === link.predecessor) {
    const message = 'is the item itself';
    errors.push({ path: 'predecessor', message, expected: 'another item', found: link.item });
  }
  if (!/[1-9]/.test(link.factor)) {
    const expected = 'a decimal above zero';
    errors.push({ path: 'factor', message: 'is zero', expected, found: link.factor });
  }
  return errors;
}

/** Which item a new one takes over from, and how much of it. */
export const itemLinkType: DocumentType<typeof itemLinkFields> = {
  ...COMMON,
  name: 'item link',
  plural: 'itemLinks',
  table: 'planning.item_link',
  idColumn: 'item_link_id',
  idName: 'itemLinkId',
  fields: itemLinkFields,
  key: ['item'],
  references: { item, predecessor: { ...item, column: 'predecessor_id' } },
  filters: { predecessor: textFilter('ref_predecessor_id.code = ?'), ...activeFilter },
  sorts: { item: { expression: 'ref_item_id.code', sqlType: 'text' } },
  check: ({ values }) => checkLink(values),
};

export const demandMarkFields = {
  code: codeField(40, 'FAIR-2026'),
  kind: choiceField(['exclude', 'one_off'] as const),
  item: optional(itemField),
  site: optional(siteField),
  fromDay: optional(dayField('2026-05-04')),
  toDay: optional(dayField('2026-05-06')),
  salesOrder: optional(textField(64, 'SO-000123')),
  note: optional(textField(500, 'Sold at the fair, not in the shop')),
  active: flagField(true),
};

function checkMark(mark: ValuesOf<typeof demandMarkFields>): FieldError[] {
  const named = (['item', 'fromDay', 'toDay'] as const).filter((name) => mark[name] !== null);
  if (mark.salesOrder !== null) {
    const beside = mark.site === null ? named : [...named, 'site' as const];
    return beside.map((path) => {
      const expected = 'either a sales order, or days of an item';
      return { path, message: 'is given beside salesOrder', expected, found: mark[path] ?? '' };
    });
  }
  const missing = (['item', 'fromDay', 'toDay'] as const).filter((name) => mark[name] === null);
  const errors = missing.map((path) => ({
    path,
    message: 'is missing',
    expected: 'item, fromDay and toDay, or a sales order',
  }));
  return [...errors, ...endsBeforeItBegins(mark.fromDay, mark.toDay)];
}

/** Days and sales orders that a user knows to be odd. */
export const demandMarkType: DocumentType<typeof demandMarkFields> = {
  ...COMMON,
  name: 'demand mark',
  plural: 'demandMarks',
  table: 'planning.demand_mark',
  idColumn: 'demand_mark_id',
  idName: 'demandMarkId',
  fields: demandMarkFields,
  key: ['code'],
  references: { item, site },
  filters: {
    item: textFilter('ref_item_id.code = ?'),
    site: textFilter('ref_site_id.code = ?'),
    salesOrder: textFilter('t.sales_order = ?'),
    kind: { schema: demandMarkFields.kind.schema, where: 't.kind = ?' },
    ...activeFilter,
  },
  sorts: { code: { expression: 't.code', sqlType: 'text' } },
  check: ({ values }) => checkMark(values),
};

const BASIS_POINTS = 10_000;

export const promotionFields = {
  code: codeField(40, 'SPRING-2026'),
  name: textField(200, 'Spring sale'),
  item: optional(itemField),
  groupCode: optional(groupField),
  site: optional(siteField),
  regionCode: optional(regionField),
  fromDay: dayField('2026-04-01'),
  toDay: dayField('2026-04-14'),
  discountBasisPoints: integerField(0, BASIS_POINTS, 2000),
  active: flagField(true),
};

/** A promotion, past or planned, of some items at some sites. */
export const promotionType: DocumentType<typeof promotionFields> = {
  ...COMMON,
  name: 'promotion',
  plural: 'promotions',
  table: 'planning.promotion',
  idColumn: 'promotion_id',
  idName: 'promotionId',
  fields: promotionFields,
  key: ['code'],
  references: { item, site },
  filters: {
    item: textFilter('ref_item_id.code = ?'),
    group: textFilter('t.group_code = ?'),
    from: dayFilter('t.to_day >= ?::date'),
    to: dayFilter('t.from_day <= ?::date'),
    ...activeFilter,
  },
  sorts: { code: { expression: 't.code', sqlType: 'text' } },
  check: ({ values }) => [
    ...both(values, 'item', 'groupCode'),
    ...both(values, 'site', 'regionCode'),
    ...endsBeforeItBegins(values.fromDay, values.toDay),
  ],
  checkTogether: knownPlaces,
};

export const plannedPriceFields = {
  code: codeField(40, 'MUG-SPRING'),
  item: itemField,
  site: optional(siteField),
  fromDay: dayField('2026-12-01'),
  toDay: optional(dayField('2026-12-24')),
  price: factorField('7.90'),
  currency: patternField(/^[A-Z]{3}$/, 'a currency code such as EUR (ISO 4217)', 'EUR'),
  active: flagField(true),
};

/** A net price of a base unit that will hold from a day on; not active: it was called off. */
export const plannedPriceType: DocumentType<typeof plannedPriceFields> = {
  ...COMMON,
  name: 'planned price',
  plural: 'plannedPrices',
  table: 'planning.planned_price',
  idColumn: 'planned_price_id',
  idName: 'plannedPriceId',
  fields: plannedPriceFields,
  key: ['code'],
  references: { item, site },
  filters: {
    item: textFilter('ref_item_id.code = ?'),
    site: textFilter('ref_site_id.code = ?'),
    from: dayFilter('(t.to_day IS NULL OR t.to_day >= ?::date)'),
    to: dayFilter('t.from_day <= ?::date'),
    ...activeFilter,
  },
  sorts: { code: { expression: 't.code', sqlType: 'text' } },
  check: ({ values }) => {
    const expected = 'a decimal above zero';
    const free = { path: 'price', message: 'is zero', expected, found: values.price };
    const errors = endsBeforeItBegins(values.fromDay, values.toDay);
    return /[1-9]/.test(values.price) ? errors : [...errors, free];
  },
  checkTogether: currencyErrors,
};

export const calendarDayFields = {
  calendar: codeField(40, 'SHOP'),
  day: dayField('2026-11-27'),
  name: textField(100, 'Black Friday'),
  kind: withDefault(choiceField(['event', 'holiday', 'closed'] as const), 'event' as const),
  active: flagField(true),
};

/** A day on which people buy differently. */
export const calendarDayType: DocumentType<typeof calendarDayFields> = {
  ...COMMON,
  name: 'calendar day',
  plural: 'calendarDays',
  table: 'planning.calendar_day',
  idColumn: 'calendar_day_id',
  idName: 'calendarDayId',
  fields: calendarDayFields,
  key: ['calendar', 'day', 'name'],
  references: {},
  filters: {
    calendar: textFilter('t.calendar = ?'),
    from: dayFilter('t.day >= ?::date'),
    to: dayFilter('t.day <= ?::date'),
    ...activeFilter,
  },
  sorts: { day: { expression: "to_char(t.day, 'YYYY-MM-DD')", sqlType: 'text' } },
  check: () => [],
};

export const signalFields = {
  code: codeField(40, 'TEMPERATURE-BERLIN'),
  name: textField(200, 'Highest temperature of the day'),
  kind: withDefault(choiceField(['amount', 'flag'] as const), 'amount' as const),
  item: optional(itemField),
  groupCode: optional(groupField),
  regionCode: optional(regionField),
  gaps: withDefault(choiceField(['unknown', 'zero', 'last'] as const), 'unknown' as const),
  active: flagField(true),
};

/** A dated series from outside. */
export const signalType: DocumentType<typeof signalFields> = {
  ...COMMON,
  name: 'signal',
  plural: 'signals',
  table: 'planning.signal',
  idColumn: 'signal_id',
  idName: 'signalId',
  fields: signalFields,
  key: ['code'],
  references: { item },
  filters: { item: textFilter('ref_item_id.code = ?'), ...activeFilter },
  sorts: { code: { expression: 't.code', sqlType: 'text' } },
  check: ({ values }) => both(values, 'item', 'groupCode'),
  checkTogether: knownPlaces,
};

export const signalValueFields = {
  signal: codeField(40, 'TEMPERATURE-BERLIN'),
  day: dayField('2026-07-14'),
  value: measurementField('31.5'),
  active: flagField(true),
};

/** What a signal was, or is expected to be, on a day. */
export const signalValueType: DocumentType<typeof signalValueFields> = {
  ...COMMON,
  name: 'signal value',
  plural: 'signalValues',
  table: 'planning.signal_value',
  idColumn: 'signal_value_id',
  idName: 'signalValueId',
  fields: signalValueFields,
  key: ['signal', 'day'],
  references: {
    signal: { table: 'planning.signal', idColumn: 'signal_id', column: 'signal_id' },
  },
  filters: {
    signal: textFilter('ref_signal_id.code = ?'),
    from: dayFilter('t.day >= ?::date'),
    to: dayFilter('t.day <= ?::date'),
    ...activeFilter,
  },
  sorts: { day: { expression: "to_char(t.day, 'YYYY-MM-DD')", sqlType: 'text' } },
  check: () => [],
};
