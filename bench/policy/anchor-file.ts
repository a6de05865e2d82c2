import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

/** One known optimum of policy_anchors.csv, its figures as numbers with their precision. */
export interface Anchor {
  readonly model: string;
  readonly parameters: string;
  readonly source: string;
  readonly policy: readonly Printed[];
  readonly cost: Printed | null;
}

/** A printed figure, and half a unit of its last printed digit. */
export interface Printed {
  readonly value: number;
  readonly half: number;
}

/** Where the anchors lie: beside the checkout, or in ONHAND_SHARED_DATA. */
const FILE = join(
  process.env.ONHAND_SHARED_DATA ?? join(process.cwd(), '../shared/data'),
  'policy/policy_anchors.csv',
);

/** Whether the reference data is there. */
export function hasAnchors(): boolean {
  return existsSync(FILE);
}

function printed(text: string): Printed {
  const decimals = text.split('.')[1]?.length ?? 0;
  return { value: Number(text), half: 0.5 * 10 ** -decimals };
}

/** `2*sqrt2+sqrt6+3` as a number; null where the text is no such sum. */
function sumOfRoots(text: string): Printed | null {
  const terms = text.split('+').map((term) => {
    const match = /^(?:(\d+)\*)?(?:sqrt(\d+)|(\d+))$/.exec(term.trim());
    if (!match) return Number.NaN;
    const factor = Number(match[1] ?? 1);
    return factor * (match[2] ? Math.sqrt(Number(match[2])) : Number(match[3]));
  });
  const value = terms.reduce((sum, term) => sum + term, 0);
  return Number.isNaN(value) || !text.includes('sqrt') ? null : { value, half: 0 };
}

const NUMBER = /-?\d+(?:\.\d+)?/g;

function costOf(text: string): Printed | null {
  const roots = sumOfRoots(text.replace(/^cost=/, ''));
  if (roots) return roots;
  const found = text.match(NUMBER);
  return found ? printed(found[0]) : null;
}

/** Reads the anchors; the levels of a policy in the order in which they are printed. */
export function readAnchors(): Anchor[] {
  const rows = parse(readFileSync(FILE), { columns: true }) as Record<string, string>[];
  return rows.map((row) => ({
    model: row.model!,
    parameters: row.parameters!,
    source: row.source!.replace(/ \[.*/, ''),
    policy: (row.optimal_policy!.replace(/region.*/, '').match(NUMBER) ?? []).map(printed),
    cost: costOf(row.optimal_cost!),
  }));
}
