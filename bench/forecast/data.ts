import { referenceRows } from './reference.ts';

/** One item's demand. */
export interface ItemHistory {
  readonly key: string;
  readonly values: Float64Array;
}

function numbers(text: string): Float64Array {
  return Float64Array.from(text.trim().split(' '), (word) =>
    word === 'NA' ? Number.NaN : Number(word),
  );
}

/**
 * UCI Online Retail by week: 53 weeks from 2010-11-29 on. The 54th, which holds five days only, is
 * left out.
 */
export function retailWeekly(): ItemHistory[] {
  return referenceRows('retail/online_retail_weekly.csv').map((fields) => ({
    key: fields[0]!,
    values: numbers(fields.at(-1)!).subarray(0, 53),
  }));
}

/** UCI Online Retail by day: 374 days from 2010-12-01 on, of the thousand items that sold most. */
export function retailDaily(): ItemHistory[] {
  return referenceRows('retail/online_retail_daily_top1000.csv').map(([key, days]) => {
    const values = new Float64Array(374);
    for (const entry of days!.split(' ')) {
      const [day, units] = entry.split(':').map(Number);
      values[day!]! += units!;
    }
    return { key: key!, values };
  });
}

/** Car parts by month, from the first known month to the last. */
export function carparts(): ItemHistory[] {
  return referenceRows('forecast/carparts.csv').map((fields) => {
    const values = numbers(fields[3]!);
    const known = values.findIndex((value) => !Number.isNaN(value));
    const end = values.findLastIndex((value) => !Number.isNaN(value)) + 1;
    return { key: fields[0]!, values: values.slice(Math.max(0, known), end) };
  });
}

/** A series of the M3 competition, with what came after. */
export interface CompetitionSeries extends ItemHistory {
  readonly actual: Float64Array;
}

/** The monthly series of the M3 competition. */
export function m3Monthly(): CompetitionSeries[] {
  return referenceRows('forecast/m3.csv')
    .filter((fields) => fields[1] === 'MONTHLY')
    .map((fields) => ({
      key: fields[0]!,
      values: numbers(fields[6]!),
      actual: numbers(fields[7]!),
    }));
}
