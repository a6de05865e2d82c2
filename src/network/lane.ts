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

export const TRANSPORT_MODES = ['truck', 'rail', 'air', 'ocean', 'parcel'] as const;

export const laneFields = {
  from: codeField(40, 'SUP-GLAZE'),
  to: codeField(40, 'FC-BER'),
  mode: choiceField(TRANSPORT_MODES),
  transitHoursMin: countField(0, 24),
  transitHoursTypical: countField(0, 30),
  transitHoursMax: countField(0, 72),
  distanceM: optional(bigCountField(0, 482_000)),
  active: flagField(true),
};

export type LaneValues = ValuesOf<typeof laneFields>;

/** Rules over one lane. */
export function checkLane(lane: LaneValues): FieldError[] {
  const errors: FieldError[] = [];
  if (lane.from === lane.to) {
    errors.push({ path: 'to', message: 'is where the lane starts', found: lane.to });
  }
  if (lane.transitHoursTypical < lane.transitHoursMin) {
    errors.push({
      path: 'transitHoursTypical',
      message: 'is less than the shortest time',
      expected: `a whole number from ${lane.transitHoursMin}`,
      found: String(lane.transitHoursTypical),
    });
  }
  if (lane.transitHoursMax < lane.transitHoursTypical) {
    errors.push({
      path: 'transitHoursMax',
      message: 'is less than the typical time',
      expected: `a whole number from ${lane.transitHoursTypical}`,
      found: String(lane.transitHoursMax),
    });
  }
  return errors;
}
