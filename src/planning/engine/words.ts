import { USUAL } from './fast.ts';

/** Classes and methods in a planner's words. */

const CLASSES: Readonly<Record<string, string>> = {
  smooth: 'sells steadily (smooth)',
  erratic: 'sells often, in very different amounts (erratic)',
  intermittent: 'sells now and then, in similar amounts (intermittent)',
  lumpy: 'sells now and then, in very different amounts (lumpy)',
  new: 'has too few sales for a pattern yet (new)',
  ended: 'is taken to have ended',
};

/** What a class of demand means, to follow "it": 'sells steadily (smooth)'. */
export function classWords(demandClass: string): string {
  return CLASSES[demandClass] ?? `is ${demandClass}`;
}

const METHODS: Readonly<Record<string, string>> = {
  [USUAL]: 'the mix of methods that usually suits such demand',
  none: 'nothing more',
};

/** A method, or several joined by +, to follow "forecast by". */
export function methodWords(method: string): string {
  return method
    .split('+')
    .map((part) => METHODS[part] ?? part)
    .join(' + ');
}
