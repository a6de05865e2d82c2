import {
  bigCountField,
  choiceField,
  choicesField,
  codeField,
  type Field,
  field,
  flagField,
  integerField,
  optional,
  patternField,
  type ValuesOf,
  withDefault,
} from '../../platform/documents/index.ts';
import type { FieldError } from '../../platform/problems.ts';
import { formatDecimal, parseDecimal } from '../../platform/quantity.ts';
import { dayField } from '../demand/index.ts';
import type { ServiceTarget } from '../policy/index.ts';

/** What the house wants of its stock, and how what is narrower wins over what is wider. */

const MONEY_FORM = /^\d{1,15}(\.\d{1,4})?$/;
const MONEY_PLACES = 4;

function canonical(text: string): string {
  const plain = formatDecimal(parseDecimal(text, MONEY_PLACES), MONEY_PLACES);
  return plain.replace(/\.?0+$/, '');
}

/** An amount of the house currency in a `numeric` column. */
function moneyField(example: string): Field<string> {
  return field<string>({
    schema: patternField(MONEY_FORM, '', example).schema,
    sqlType: 'numeric',
    expected: 'an amount of the house currency with up to 4 digits after the point',
    example,
    normalise: (value) => (MONEY_FORM.test(value) ? canonical(value) : value),
    fromDatabase: (value) => canonical(String(value)),
  });
}

export const SERVICE_MEASURES = ['fill_rate', 'cycle_service', 'least_cost'] as const;
const POLICIES = ['base_stock', 'r_Q', 's_S', 'newsvendor', 'perishable', 'wagner_whitin'] as const;
export const ABC_CLASSES = ['A', 'B', 'C'] as const;
export const XYZ_CLASSES = ['X', 'Y', 'Z'] as const;
export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

const basisPoints = (least: number, most: number, example: number): Field<number> => ({
  ...integerField(least, most, example),
  expected: `basis points, a whole number from ${least} to ${most}`,
});

export const settingFields = {
  code: codeField(40, 'A-ITEMS'),
  item: optional(codeField(64, 'MUG-0001')),
  site: optional(codeField(40, 'FC-BER')),
  abcClass: optional(choiceField(ABC_CLASSES)),
  xyzClass: optional(choiceField(XYZ_CLASSES)),
  serviceMeasure: optional(choiceField(SERVICE_MEASURES)),
  serviceTargetBasisPoints: optional(basisPoints(5000, 9999, 9800)),
  reviewPeriodDays: optional(integerField(1, 365, 7)),
  holdingRateBasisPoints: optional(basisPoints(0, 100_000, 2500)),
  orderCost: optional(moneyField('4.50')),
  shortageCostBasisPoints: optional(basisPoints(0, 1_000_000, 4000)),
  leadTimeDays: optional(integerField(0, 730, 21)),
  coverDaysMax: optional(integerField(1, 1095, 120)),
  supplier: optional(codeField(40, 'SUP-GLAZE')),
  sourceSite: optional(codeField(40, 'FC-BER')),
  policy: optional(choiceField(POLICIES)),
  endsOn: optional(dayField('2027-06-30')),
  planned: optional(flagField(true)),
  active: flagField(true),
};

/** One setting, as a row says it. */
export type SettingValues = ValuesOf<typeof settingFields>;

/** Rules over one setting. */
export function checkSetting(setting: SettingValues): FieldError[] {
  const errors: FieldError[] = [];
  const { item, site, sourceSite, supplier, abcClass, xyzClass } = setting;
  if (item !== null && (abcClass !== null || xyzClass !== null)) {
    const message = 'is for an item already; a class would never add to it';
    errors.push({ path: abcClass === null ? 'xyzClass' : 'abcClass', message });
  }
  if (sourceSite !== null && sourceSite === site) {
    const message = 'is the site that is to be refilled';
    errors.push({ path: 'sourceSite', message, found: sourceSite });
  }
  if (sourceSite !== null && supplier !== null) {
    const message = 'is given beside a supplier: an item is refilled from one or the other';
    errors.push({ path: 'sourceSite', message, found: sourceSite });
  }
  return errors;
}

export const supplierSettingFields = {
  supplier: codeField(40, 'SUP-GLAZE'),
  orderDays: choicesField(WEEKDAYS, 'monday|thursday'),
  containerVolumeMm3: optional(bigCountField(1, 33_200_000_000)),
  containerWeightG: optional(bigCountField(1, 21_700_000)),
  fillBasisPoints: withDefault(basisPoints(0, 10_000, 9000), 9000),
  returnCreditBasisPoints: optional(basisPoints(1, 10_000, 8000)),
  returnWithinDays: optional(integerField(1, 3650, 90)),
  approveAs: withDefault(choiceField(['submitted', 'draft'] as const), 'submitted' as const),
  active: flagField(true),
};

/** What holds where no setting says anything. */
export const DEFAULTS = {
  serviceMeasure: 'fill_rate' as (typeof SERVICE_MEASURES)[number],
  serviceTargetBasisPoints: 9700,
  reviewPeriodDays: 7,
  holdingRateBasisPoints: 2500,
  orderCost: '5',
  shortageCostBasisPoints: 4000,
  leadTimeDays: null as number | null,
  coverDaysMax: 180,
  supplierId: null as number | null,
  sourceSiteId: null as number | null,
  policy: null as (typeof POLICIES)[number] | null,
  /** The last day on which it is sold, YYYY-MM-DD. */
  endsOn: null as string | null,
  planned: true,
};

/** What holds for one item at one site. */
export type Effective = Readonly<typeof DEFAULTS> & {
  /** Code of the setting that the service target comes from; null: the default. */
  readonly serviceFrom: string | null;
};

/** A setting as the run reads it: ids instead of codes, null where it says nothing. */
export type SettingRow = {
  readonly code: string;
  readonly itemId: number | null;
  readonly siteId: number | null;
  readonly abcClass: string | null;
  readonly xyzClass: string | null;
} & { readonly [K in keyof typeof DEFAULTS]: (typeof DEFAULTS)[K] | null };

/** What is asked about. */
export interface Subject {
  readonly itemId: number;
  readonly siteId: number;
  readonly abcClass: string;
  readonly xyzClass: string;
}

/** An item outweighs a class, a class a site: the weights are those of binary digits. */
function narrowness(row: SettingRow): number {
  return (
    (row.itemId === null ? 0 : 8) +
    (row.abcClass === null ? 0 : 4) +
    (row.xyzClass === null ? 0 : 2) +
    (row.siteId === null ? 0 : 1)
  );
}

function fits(row: SettingRow, subject: Subject): boolean {
  return (
    (row.itemId === null || row.itemId === subject.itemId) &&
    (row.siteId === null || row.siteId === subject.siteId) &&
    (row.abcClass === null || row.abcClass === subject.abcClass) &&
    (row.xyzClass === null || row.xyzClass === subject.xyzClass)
  );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Finds what holds for items; made once for many questions. */
export function settingsOf(rows: readonly SettingRow[]): (subject: Subject) => Effective {
  const byItem = new Map<number | null, SettingRow[]>();
  for (const row of [...rows].sort((a, b) => narrowness(a) - narrowness(b))) {
    const known = byItem.get(row.itemId);
    if (known) known.push(row);
    else byItem.set(row.itemId, [row]);
  }
  return (subject) => {
    const merged: Mutable<Effective> = { ...DEFAULTS, serviceFrom: null };
    for (const row of [...(byItem.get(null) ?? []), ...(byItem.get(subject.itemId) ?? [])]) {
      if (!fits(row, subject)) continue;
      // Where an item comes from is one choice of two: the narrower one ends the wider one.
      if (row.supplierId !== null) merged.sourceSiteId = null;
      if (row.sourceSiteId !== null && row.sourceSiteId !== subject.siteId) {
        merged.supplierId = null;
      }
      if (row.serviceTargetBasisPoints !== null) merged.serviceFrom = row.code;
      for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
        const value = row[name];
        if (value !== null) Object.assign(merged, { [name]: value });
      }
    }
    // A site-wide source does not refill itself.
    if (merged.sourceSiteId === subject.siteId) merged.sourceSiteId = null;
    return merged;
  };
}

/** What a setting asks of service, as the policies take it. */
export function serviceTargetOf(setting: Effective): ServiceTarget {
  const { serviceMeasure: kind, serviceTargetBasisPoints } = setting;
  if (kind === 'least_cost') return { kind };
  return { kind, target: serviceTargetBasisPoints / 10_000 };
}
