/** What a verification found wrong, each naming the exact row. */
export interface Finding {
  readonly kind: FindingKind;
  readonly journal: number;
  /** The fact at fault, where it is a fact. */
  readonly seq?: number;
  /** The derived row at fault: `position 17`, `pool 3 layer 12`. */
  readonly id?: string;
  readonly expected: string;
  readonly found: string;
  readonly message: string;
}

export type FindingKind =
  | 'seq-missing'
  | 'seq-twice'
  | 'batch'
  | 'digest'
  | 'link'
  | 'head'
  | 'recorded-at'
  | 'column'
  | 'position'
  | 'balance-after'
  | 'previous'
  | 'balance'
  | 'conservation'
  | 'entry-after'
  | 'availability'
  | 'reservation'
  | 'allocation'
  | 'serial'
  | 'value'
  | 'cost'
  | 'pool'
  | 'layer'
  | 'consumption'
  | 'return'
  | 'command'
  | 'account'
  | 'checkpoint'
  | 'constraint';

/** Collects findings; beyond `max` they are only counted. */
export interface Findings {
  readonly list: Finding[];
  total: number;
  add(finding: Finding): void;
}

export function createFindings(max: number): Findings {
  const findings: Findings = {
    list: [],
    total: 0,
    add: (finding) => {
      findings.total += 1;
      if (findings.list.length < max) findings.list.push(finding);
    },
  };
  return findings;
}

/** How much a verification looked at. */
export interface Checked {
  journals: number;
  batches: number;
  movements: number;
  entries: number;
  valueEntries: number;
  positions: number;
  availability: number;
  pools: number;
  layers: number;
  consumptions: number;
  reservations: number;
  allocations: number;
  serials: number;
}

export function nothingChecked(): Checked {
  return {
    journals: 0,
    batches: 0,
    movements: 0,
    entries: 0,
    valueEntries: 0,
    positions: 0,
    availability: 0,
    pools: 0,
    layers: 0,
    consumptions: 0,
    reservations: 0,
    allocations: 0,
    serials: 0,
  };
}
