import {
  bigCountField,
  choiceField,
  codeField,
  countField,
  flagField,
  optional,
  type ValuesOf,
} from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';

const VIRTUAL_TYPES = [
  'supplier',
  'customer',
  'adjustment',
  'in_transit',
  'conversion',
  'opening',
] as const;
export const LOCATION_TYPES = [
  ...(['bin', 'dock', 'station', 'vehicle', 'staging'] as const),
  ...VIRTUAL_TYPES,
] as const;
export type LocationType = (typeof LOCATION_TYPES)[number];

/** Whether units only pass through it on paper: the other side of receipts, sales, corrections. */
export function isVirtualType(type: LocationType): boolean {
  return (VIRTUAL_TYPES as readonly string[]).includes(type);
}

const coordinate = () => countField(-2_147_483_648, 12_500);

export const locationFields = {
  code: codeField(64, 'A-01-02-03'),
  site: optional(codeField(40, 'FC-BER')),
  zone: optional(codeField(40, 'COLD')),
  type: choiceField(LOCATION_TYPES),
  capacityVolumeMm3: optional(bigCountField(1, 96_000_000)),
  capacityWeightG: optional(bigCountField(1, 25_000)),
  capacityCount: optional(countField(1, 200)),
  x: optional(coordinate()),
  y: optional(coordinate()),
  level: optional(countField(-1000, 2)),
  pickSequence: optional(countField(0, 1040)),
  active: flagField(true),
};

export type LocationValues = ValuesOf<typeof locationFields>;

/** Rules over one location. */
export function checkLocation(location: LocationValues): FieldError[] {
  const errors: FieldError[] = [];
  if (location.site === null && !isVirtualType(location.type)) {
    errors.push({ path: 'site', message: `is needed: a ${location.type} lies in a site` });
  }
  if (location.zone !== null && location.site === null) {
    errors.push({ path: 'site', message: 'is needed: a zone is part of a site' });
  }
  if ((location.x === null) !== (location.y === null)) {
    const path = location.x === null ? 'x' : 'y';
    errors.push({ path, message: 'must be given with the other coordinate' });
  }
  if (location.site === null && !location.active) {
    errors.push({
      path: 'active',
      message: 'must stay true: the whole house posts through this location',
    });
  }
  return errors;
}
