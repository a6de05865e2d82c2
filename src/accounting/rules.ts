/**
 * Posting rules: which account a side of a fact goes to. Every condition that a rule gives must
 * hold; the rule with most conditions wins, of equal ones the one with the lowest id.
 */

/** What a side of a fact can be: a cost pool, a kind of virtual location, a line of a booking. */
export const SIDES = [
  'pool',
  'supplier',
  'customer',
  'adjustment',
  'in_transit',
  'conversion',
  'opening',
  'booking',
] as const;
export type Side = (typeof SIDES)[number];

/** Conditions in the order in which the tables have them; null or 0: no condition, or nothing. */
export interface Conditions {
  readonly locationId: number | null;
  readonly movementKind: number | null;
  readonly reasonId: number | null;
  readonly ownerId: number | null;
  readonly siteId: number | null;
  readonly role: string | null;
  readonly bookingKind: string | null;
  readonly channel: string | null;
}

/** One rule as it held in some versions of the policy. */
export interface Rule extends Conditions {
  readonly ruleId: number;
  readonly side: string;
  readonly accountId: number;
}

/** A side of a fact as rules see it. */
export interface SideKey extends Conditions {
  readonly side: string;
}

const NAMES = [
  'locationId',
  'movementKind',
  'reasonId',
  'ownerId',
  'siteId',
  'role',
  'bookingKind',
  'channel',
] as const satisfies readonly (keyof Conditions)[];

/** A key without any property but its side and what is given. */
export function sideKey(side: Side, given: Partial<Conditions> = {}): SideKey {
  const empty = Object.fromEntries(NAMES.map((name) => [name, null])) as unknown as Conditions;
  return { ...empty, ...given, side };
}

function conditionsOf(rule: Rule): number {
  return NAMES.filter((name) => rule[name] !== null).length;
}

/** Whether every condition of the rule holds for the side. */
export function fits(rule: Rule, key: SideKey): boolean {
  if (rule.side !== key.side) return false;
  return NAMES.every((name) => rule[name] === null || rule[name] === key[name]);
}

/** The rule that decides where a side goes; undefined when none fits: then it is suspense. */
export function chooseRule(rules: readonly Rule[], key: SideKey): Rule | undefined {
  let best: Rule | undefined;
  for (const rule of rules) {
    if (!fits(rule, key)) continue;
    const more = best ? conditionsOf(rule) - conditionsOf(best) : 1;
    if (more > 0 || (more === 0 && best && rule.ruleId < best.ruleId)) best = rule;
  }
  return best;
}
