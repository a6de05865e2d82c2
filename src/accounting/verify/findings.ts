export const BOOKS_FINDING_KINDS = [
  'taken',
  'stock-entry',
  'stock-account',
  'stock-total',
  'entry-chain',
  'entry',
  'entry-line',
  'entry-total',
  'booking',
  'balance',
  'inventory',
  'closed-period',
  'rule',
  'valuation',
  'head',
] as const;

/** What a verification of the books found wrong, each naming the exact row. */
export interface BooksFinding {
  readonly kind: (typeof BOOKS_FINDING_KINDS)[number];
  /** The row: `stock entry 0-17`, `entry 12`, `account 1300 at site 3`. */
  readonly id: string;
  readonly expected: string;
  readonly found: string;
  readonly message: string;
}

/** Findings; beyond `max` they are only counted. */
export interface BooksFindings {
  readonly list: BooksFinding[];
  total: number;
  add(finding: BooksFinding): void;
}

export function collectFindings(max: number): BooksFindings {
  const findings: BooksFindings = {
    list: [],
    total: 0,
    add: (finding) => {
      findings.total += 1;
      if (findings.list.length < max) findings.list.push(finding);
    },
  };
  return findings;
}
