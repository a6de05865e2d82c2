const BASE = ['platform', 'catalog', 'network', 'sellers'];
const COMMERCE = ['ledger', 'inbound', 'outbound', 'returns', 'accounting', 'planning'];

/**
 * The allowed arrows between modules: who may import whom, besides itself. ARCHITECTURE.md shows
 * the same table and tidy.test.ts holds the code to it. Modules of one row group are siblings:
 * they may meet through each other's index.ts.
 */
export const ARROWS: readonly { module: string; imports: readonly string[] }[] = [
  { module: 'platform', imports: [] },
  { module: 'catalog', imports: ['platform', 'network', 'sellers'] },
  { module: 'network', imports: ['platform', 'catalog', 'sellers'] },
  { module: 'sellers', imports: ['platform', 'catalog', 'network'] },
  { module: 'ledger', imports: BASE },
  { module: 'inbound', imports: [...BASE, 'ledger'] },
  { module: 'outbound', imports: [...BASE, 'ledger', 'inbound'] },
  { module: 'returns', imports: [...BASE, 'ledger', 'inbound', 'outbound'] },
  { module: 'accounting', imports: [...BASE, 'ledger', 'inbound', 'outbound', 'returns'] },
  { module: 'planning', imports: [...BASE, 'ledger', 'inbound', 'outbound', 'returns'] },
  { module: 'sim', imports: ['platform'] },
  { module: 'api', imports: [...BASE, ...COMMERCE] },
  { module: 'cli', imports: [...BASE, ...COMMERCE, 'api', 'sim'] },
];

/** The table as ARCHITECTURE.md shows it. */
export function arrowsTable(): string {
  const rows = ARROWS.map(({ module, imports }) => `| ${module} | ${imports.join(', ') || '-'} |`);
  return ['| module | may import |', '|---|---|', ...rows].join('\n');
}
