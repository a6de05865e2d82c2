import { z } from 'zod';
import {
  choiceField,
  codeField,
  degreesField,
  field,
  flagField,
  jsonField,
  optional,
  textField,
  type ValuesOf,
} from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';

export const SITE_TYPES = [
  'fulfilment_centre',
  'store',
  'supplier',
  'customer',
  'carrier_hub',
] as const;
export type SiteType = (typeof SITE_TYPES)[number];

const addressText = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const addressSchema = z.strictObject({
  lines: z.array(addressText).max(6).optional(),
  city: addressText.optional(),
  region: addressText.optional(),
  postalCode: addressText.optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional()
    .describe('ISO 3166-1 alpha-2'),
});

/** The name of a time zone as IANA writes it; undefined where there is no such zone. */
export function canonicalTimeZone(name: string): string | undefined {
  // The runtime also takes offsets such as +02:00, which know no summer time.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const timeZoneField = field<string>({
  schema: z.string().min(1).max(64),
  sqlType: 'text',
  expected: 'an IANA time zone such as Europe/Berlin',
  example: 'Europe/Berlin',
  normalise: (name) => canonicalTimeZone(name) ?? name,
});

export const siteFields = {
  code: codeField(40, 'FC-BER'),
  name: textField(200, 'Berlin fulfilment centre'),
  type: choiceField(SITE_TYPES),
  latitude: optional(degreesField(90, '52.52')),
  longitude: optional(degreesField(180, '13.405')),
  timeZone: timeZoneField,
  costSite: optional(codeField(40, 'FC-BER')),
  calendar: optional(codeField(40, 'WEEK-DE')),
  address: optional(
    jsonField(
      addressSchema,
      'a JSON object with lines, city, region, postalCode, country',
      '{"city":"Berlin","country":"DE"}',
    ),
  ),
  active: flagField(true),
};

export type SiteValues = ValuesOf<typeof siteFields>;

/** Rules over one site. */
export function checkSite(site: SiteValues): FieldError[] {
  const errors: FieldError[] = [];
  if (canonicalTimeZone(site.timeZone) === undefined) {
    errors.push({
      path: 'timeZone',
      message: 'is no time zone',
      expected: timeZoneField.expected,
      found: site.timeZone,
    });
  }
  if ((site.latitude === null) !== (site.longitude === null)) {
    const path = site.latitude === null ? 'latitude' : 'longitude';
    errors.push({ path, message: 'must be given with the other coordinate' });
  }
  return errors;
}

/** Codes and types of the virtual locations that a new site of this type brings along. */
export function companionLocations(
  siteCode: string,
  siteType: SiteType,
): { code: string; type: string }[] {
  switch (siteType) {
    case 'fulfilment_centre':
    case 'store':
      return [{ code: `TRANSIT-${siteCode}`, type: 'in_transit' }];
    case 'supplier':
      return [{ code: `SUPPLIER-${siteCode}`, type: 'supplier' }];
    case 'customer':
      return [{ code: `CUSTOMER-${siteCode}`, type: 'customer' }];
    case 'carrier_hub':
      return [];
  }
}
