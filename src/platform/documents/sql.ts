import type { DocumentType, Reference } from './document.ts';
import type { Field } from './fields.ts';

/**
 * The SQL of a document type, put together once from its table of fields. Names of tables,
 * columns and fields come from our own sources and never from a caller; values are parameters.
 * The table itself is `t`; a reference in column `site_id` is joined as `ref_site_id`.
 */
export interface DocumentSql {
  /** `SELECT ... FROM ... ` without WHERE. */
  readonly select: string;
  /** Joins of `select` alone, for counting and filtering. */
  readonly visible: string;
  readonly byKeys: string;
  readonly insert: string;
  readonly update: string;
  readonly lock: string;
  readonly remove: string;
}

/** `shelfLifeDays` as `shelf_life_days`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function aliasOf(reference: Reference): string {
  return `ref_${reference.column}`;
}

/** Columns of the table with the fields they hold. */
function plainColumns(type: DocumentType): [name: string, column: string][] {
  return Object.keys(type.fields)
    .filter((name) => !(name in type.references) && !(name in type.nested))
    .map((name) => [name, snakeCase(name)]);
}

/** Where a field's value is read from in `select`. */
export function readExpression(type: DocumentType, name: string): string {
  const reference = type.references[name];
  if (reference) return `${aliasOf(reference)}.code`;
  return type.nested[name] ?? `t.${snakeCase(name)}`;
}

function readJoins(type: DocumentType): string {
  const joins = Object.values(type.references).map((reference) => {
    const alias = aliasOf(reference);
    return `LEFT JOIN ${reference.table} ${alias}
      ON ${alias}.${reference.idColumn} = t.${reference.column}`;
  });
  return [...joins, type.joins ?? ''].join('\n');
}

/** Joins that turn the codes of `source` into ids. */
function writeJoins(type: DocumentType, source: string): string {
  const joins = Object.entries(type.references).map(([name, reference]) => {
    const alias = aliasOf(reference);
    const parent = reference.within;
    const within = parent
      ? ` AND ${alias}.${parent.column} = ref_${parent.column}.${parent.column}`
      : '';
    return `LEFT JOIN ${reference.table} ${alias} ON ${alias}.code = ${source}."${name}"${within}`;
  });
  return joins.join('\n');
}

/** `"sku" text, "name" text, ...`: how a parameter of JSON rows is taken apart. */
function recordset(type: DocumentType, names: readonly string[]): string {
  return names.map((name) => `"${name}" ${(type.fields[name] as Field).sqlType}`).join(', ');
}

function selectSql(type: DocumentType): string {
  const fields = Object.keys(type.fields).map(
    (name) => `${readExpression(type, name)} AS "${name}"`,
  );
  const computed = Object.entries(type.computed).map(
    ([name, { expression }]) => `${expression} AS "${name}"`,
  );
  return `SELECT t.${type.idColumn} AS "#id", t.version AS "#version",
    t.created_at AS "#created_at", t.updated_at AS "#updated_at",
    ${[...fields, ...computed].join(', ')}
    FROM ${type.table} t ${readJoins(type)}`;
}

function insertSql(type: DocumentType): string {
  const plain = plainColumns(type);
  const references = Object.values(type.references);
  const extra = Object.entries(type.insertColumns ?? {});
  const columns = [
    type.idColumn,
    ...plain.map(([, column]) => column),
    ...references.map(({ column }) => column),
    ...extra.map(([column]) => column),
  ];
  const values = [
    'input.id',
    ...plain.map(([name]) => `input."${name}"`),
    ...references.map((reference) => `${aliasOf(reference)}.${reference.idColumn}`),
    ...extra.map(([, expression]) => expression),
  ];
  const names = Object.keys(type.fields).filter((name) => !(name in type.nested));
  return `WITH input AS MATERIALIZED (
      SELECT nextval(pg_get_serial_sequence('${type.table}', '${type.idColumn}'))::integer AS id,
        x.*
      FROM jsonb_to_recordset($1::jsonb) AS x(${recordset(type, names)})
    )
    INSERT INTO ${type.table} (${columns.join(', ')}, created_at, updated_at)
    SELECT ${values.join(', ')}, $2, $2 FROM input ${writeJoins(type, 'input')}`;
}

function updateSql(type: DocumentType): string {
  const fixed = new Set<string>([...type.key, ...type.immutable]);
  const plain = plainColumns(type).filter(([name]) => !fixed.has(name));
  const references = Object.entries(type.references).filter(([name]) => !fixed.has(name));
  const assignments = [
    ...plain.map(([name, column]) => `${column} = x."${name}"`),
    ...references.map(
      ([, reference]) => `${reference.column} = ${aliasOf(reference)}.${reference.idColumn}`,
    ),
  ];
  const names = Object.keys(type.fields).filter((name) => !(name in type.nested));
  return `UPDATE ${type.table} t
    SET ${assignments.join(', ')}, version = t.version + 1, updated_at = $2
    FROM jsonb_to_recordset($1::jsonb) AS x("#id" integer, ${recordset(type, names)})
    ${writeJoins(type, 'x')}
    WHERE t.${type.idColumn} = x."#id"`;
}

/** Puts the statements of a type together. */
export function documentSql(type: DocumentType): DocumentSql {
  const select = selectSql(type);
  const visible = type.visible ?? 'true';
  const keyMatch = type.key.map((name) => `${readExpression(type, name)} = k."${name}"`);
  return {
    select,
    visible,
    byKeys: `${select}
      JOIN jsonb_to_recordset($1::jsonb) AS k(${recordset(type, type.key)})
        ON ${keyMatch.join(' AND ')}
      WHERE ${visible}`,
    insert: insertSql(type),
    update: updateSql(type),
    // Sorted, so that two writers of the same rows queue up instead of deadlocking.
    lock: `SELECT ${type.idColumn} FROM ${type.table} WHERE ${type.idColumn} = ANY($1)
      ORDER BY ${type.idColumn} FOR UPDATE`,
    remove: `DELETE FROM ${type.table} WHERE ${type.idColumn} = ANY($1)`,
  };
}
