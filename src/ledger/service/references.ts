import type { Principal } from '../../platform/context.ts';
import { type Database, readAs } from '../../platform/database.ts';
import type { FieldError } from '../../platform/problems.ts';
import { KIND } from '../posting/commands.ts';
import { journalOf } from '../posting/poster.ts';
import { parseLedgerId } from './identity.ts';

/** One line that may name earlier rows of the ledger, with the path of its fields. */
export interface Referring {
  readonly path: string;
  readonly itemId: number;
  readonly reservation?: string | undefined;
  readonly allocation?: string | undefined;
  readonly returnOf?: string | undefined;
}

/** A field error beside the line that it is about. */
export interface WrongReference extends FieldError {
  readonly line: Referring;
}

type Field = 'reservation' | 'allocation' | 'returnOf';

interface Named {
  readonly line: Referring;
  readonly field: Field;
  readonly id: string;
  readonly itemId: number;
}

const EXPECTED: Readonly<Record<Field, string>> = {
  reservation: 'the id of a reservation of this item',
  allocation: 'the id of an allocation of this item',
  returnOf: 'the id of a shipment of this item',
};

const EXISTING: Readonly<Record<Field, string>> = {
  reservation: `SELECT k.n FROM unnest($1::integer[], $2::bigint[], $3::integer[])
      WITH ORDINALITY AS k(journal, seq, item_id, n)
    JOIN ledger.reservation r ON r.journal = k.journal AND r.reservation_seq = k.seq
      AND r.item_id = k.item_id`,
  allocation: `SELECT k.n FROM unnest($1::integer[], $2::bigint[], $3::integer[])
      WITH ORDINALITY AS k(journal, seq, item_id, n)
    JOIN ledger.allocation a ON a.journal = k.journal AND a.allocation_seq = k.seq
      AND a.item_id = k.item_id`,
  returnOf: `SELECT k.n FROM unnest($1::integer[], $2::bigint[], $3::integer[])
      WITH ORDINALITY AS k(journal, seq, item_id, n)
    JOIN ledger.movement m ON m.journal = k.journal AND m.seq = k.seq
      AND m.item_id = k.item_id AND m.kind = ${KIND.shipment}`,
};

/**
 * Checks the rows that lines name before anything is decided with them: a number of another
 * journal would mean another row, and a row of another owner must look as if it did not exist.
 * What a house key names is only looked up where deciding would not tell that it is missing.
 * @param always look everything up, also for the house.
 */
export async function checkReferences(
  database: Database,
  principal: Principal,
  journals: number,
  lines: readonly Referring[],
  always = false,
): Promise<WrongReference[]> {
  const named = lines.flatMap(namedBy);
  if (named.length === 0) return [];
  const astray = named.filter(
    ({ id, itemId }) => parseLedgerId(id).journal !== journalOf(itemId, journals),
  );
  const trusted = principal.scope === 'house' && !always;
  const asked = named.filter(
    (each) => !astray.includes(each) && (!trusted || each.field === 'returnOf'),
  );
  const missing = await findMissing(database, principal, asked);
  return [...astray, ...missing].map(({ line, field, id }) => ({
    line,
    path: `${line.path}.${field}`,
    message: 'does not exist',
    expected: EXPECTED[field],
    found: id,
  }));
}

function namedBy(line: Referring): Named[] {
  const fields = ['reservation', 'allocation', 'returnOf'] as const;
  return fields.flatMap((field) => {
    const id = line[field];
    return id === undefined ? [] : [{ line, field, id, itemId: line.itemId }];
  });
}

async function findMissing(
  database: Database,
  principal: Principal,
  asked: readonly Named[],
): Promise<Named[]> {
  if (asked.length === 0) return [];
  return readAs(database, principal.scope, async (tx) => {
    const missing: Named[] = [];
    for (const [field, statement] of Object.entries(EXISTING)) {
      const own = asked.filter((each) => each.field === field);
      if (own.length === 0) continue;
      const ids = own.map(({ id }) => parseLedgerId(id));
      const { rows } = await tx.query<{ n: bigint }>(statement, [
        ids.map(({ journal }) => journal),
        ids.map(({ seq }) => seq),
        own.map(({ itemId }) => itemId),
      ]);
      const found = new Set(rows.map(({ n }) => Number(n)));
      missing.push(...own.filter((_, i) => !found.has(i + 1)));
    }
    return missing;
  });
}
