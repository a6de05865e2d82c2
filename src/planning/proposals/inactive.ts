import { declareProblem, Problem } from '../../platform/problems.ts';

/** What a proposal needs and somebody has deactivated since it was made: pure rules. */

export const proposalInactive = declareProblem({
  name: 'proposal-inactive',
  status: 409,
  title: 'The proposal needs something that is not active any more',
  remedy:
    'Activate what `inactive` names, or `PATCH` the proposal: quantity 0 takes a line out, ' +
    '`supplier` names another one. The next run proposes without it.',
});

/** What of a proposal is not active; `line` is there for items. */
interface Inactive {
  readonly kind: 'item' | 'supplier' | 'site';
  readonly code: string;
  readonly line?: number;
}

/** What is known of a proposal's parts. */
export interface Parts {
  readonly number: string;
  /** Lines that buy or move something. */
  readonly lineCount: bigint;
  readonly supplier: string | null;
  readonly supplierActive: boolean | null;
  readonly from: string | null;
  readonly fromActive: boolean | null;
  readonly site: string;
  readonly siteActive: boolean;
  /** Lines whose item is not active, in their order. */
  readonly inactiveItems: readonly { readonly line: number; readonly item: string }[];
}

/** The parts that are not active: the supplier, sites, then lines in their order. */
export function inactiveOf(parts: Parts): Inactive[] {
  const { supplier, supplierActive, from, fromActive, site, siteActive, inactiveItems } = parts;
  return [
    ...(supplier !== null && supplierActive === false
      ? [{ kind: 'supplier', code: supplier } as const]
      : []),
    ...(from !== null && fromActive === false ? [{ kind: 'site', code: from } as const] : []),
    ...(siteActive ? [] : [{ kind: 'site', code: site } as const]),
    ...inactiveItems.map(({ line, item }) => ({ kind: 'item', code: item, line }) as const),
  ];
}

/** What is not active and what to do about it, in sentences. */
export function inactiveText(parts: Parts, inactive: readonly Inactive[]): string {
  const items = inactive.filter(({ kind }) => kind === 'item');
  const leavesNothing = BigInt(items.length) === parts.lineCount;
  const advice = {
    supplier: 'activate it, or edit the proposal to another supplier',
    site: 'activate it, or reject the proposal',
    item: leavesNothing
      ? 'activate it, or reject the proposal'
      : 'activate it, or edit the line to 0, which takes it out',
  };
  return inactive
    .map(({ kind, code, line }) => {
      const place = line === undefined ? '' : ` of line ${line}`;
      const what = `${kind[0]!.toUpperCase()}${kind.slice(1)} ${code}${place}`;
      return `${what} is not active: ${advice[kind]}.`;
    })
    .join(' ');
}

/** @throws Problem proposal-inactive, which names everything at once. */
export function requireActive(parts: Parts): void {
  const inactive = inactiveOf(parts);
  if (inactive.length === 0) return;
  const detail = `${parts.number} cannot be approved. ${inactiveText(parts, inactive)}`;
  throw new Problem(proposalInactive, detail, { inactive });
}
