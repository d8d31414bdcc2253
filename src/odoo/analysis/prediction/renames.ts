import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { FunctionDeclaration } from "../../../domain/release/module-source.ts";

/** What a script renames with openupgradelib, as far as it is written in its calls. */
export type Rename =
  | { readonly kind: "column"; readonly table: string; readonly from: string; readonly to: string; readonly model: string | null }
  | { readonly kind: "table"; readonly from: string; readonly to: string };

/** In the order of its calls. */
export function renamesOf(run: Pick<FunctionDeclaration, "imported"> | null): Rename[] {
  return (run?.imported ?? []).flatMap(({ origin, args = [] }): Rename[] => {
    const spec = args[1]?.known === true ? args[1].value : null;
    if (spec === null || typeof spec !== "object") return [];
    const rows: readonly unknown[] = Array.isArray(spec) ? spec : [];
    if (origin === "openupgradelib.openupgrade.rename_fields")
      return rows.flatMap((row): Rename[] => {
        const [model, table, from, to] = texts(row);
        return model && table && from && to ? [{ kind: "column", table, from, to, model }] : [];
      });
    if (origin === "openupgradelib.openupgrade.rename_tables")
      return rows.flatMap((row): Rename[] => {
        const [from, to] = texts(row);
        return from && to ? [{ kind: "table", from, to }] : [];
      });
    if (origin !== "openupgradelib.openupgrade.rename_columns" || Array.isArray(spec)) return [];
    return Object.entries(spec).flatMap(([table, pairs]: [string, unknown]) =>
      (Array.isArray(pairs) ? pairs : []).flatMap((pair): Rename[] => {
        const [from, to] = texts(pair);
        return from && to ? [{ kind: "column", table, from, to, model: null }] : [];
      }),
    );
  });
}

function texts(row: unknown): readonly string[] {
  return Array.isArray(row) && row.every((one) => typeof one === "string") ? (row as string[]) : [];
}

/** The catalogue as a script leaves it; what isn't there can't be renamed, nor to what is there. */
export function renamed(catalogue: CatalogueSnapshot, renames: readonly Rename[]): CatalogueSnapshot {
  return renames.reduce((now, one) => (one.kind === "column" ? withColumn(now, one) : withTable(now, one)), catalogue);
}

type ColumnRename = Extract<Rename, { readonly kind: "column" }>;

function withColumn(catalogue: CatalogueSnapshot, { table, from, to, model }: ColumnRename): CatalogueSnapshot {
  const named = withField(catalogue, model, from, to);
  if (!(`${table}.${from}` in catalogue.columns) || `${table}.${to}` in catalogue.columns) return named;
  const word = new RegExp(`(?<![\\w$."])"?${escaped(from)}"?(?![\\w$"])`, "g");
  const own = (definition: string): string => {
    const [before = "", ...after] = definition.split(" REFERENCES ");
    return [before.replace(word, to), ...after].join(" REFERENCES ");
  };
  return {
    ...named,
    columns: mapped(named.columns, (key, facts) => [key === `${table}.${from}` ? `${table}.${to}` : key, facts]),
    constraints: mapped(named.constraints, (key, definition) => [key, isOf(key, table) ? own(definition) : definition]),
    indexes: mapped(named.indexes, (name, definition) => {
      const at = definition.indexOf(" USING ");
      if (at === -1 || !onTable(table).test(definition)) return [name, definition];
      // What the library renames: Odoo's own indexes have had another name since 17.
      const now = name === `${table}_${from}_index` ? `${table}_${to}_index` : name;
      const head = definition.slice(0, at).replace(` ${name} `, ` ${now} `);
      return [now, head + definition.slice(at).replace(word, to)];
    }),
  };
}

function withField(catalogue: CatalogueSnapshot, model: string | null, from: string, to: string): CatalogueSnapshot {
  if (model === null || `${model}.${to}` in catalogue.fields) return catalogue;
  return {
    ...catalogue,
    fields: mapped(catalogue.fields, (key, facts) => [key === `${model}.${from}` ? `${model}.${to}` : key, facts]),
    selections: mapped(catalogue.selections, (key, id) => [
      key.startsWith(`${model}.${from}: `) ? `${model}.${to}${key.slice(model.length + 1 + from.length)}` : key,
      id,
    ]),
  };
}

function withTable(catalogue: CatalogueSnapshot, { from, to }: Extract<Rename, { readonly kind: "table" }>): CatalogueSnapshot {
  if (!catalogue.tables.includes(from) || catalogue.tables.includes(to)) return catalogue;
  const begins = (name: string): string => (name.startsWith(`${from}_`) ? `${to}${name.slice(from.length)}` : name);
  const target = new RegExp(` REFERENCES "?${escaped(from)}"?\\(`);
  const place = onTable(from);
  return {
    ...catalogue,
    tables: catalogue.tables.map((name) => (name === from ? to : name)).toSorted(),
    sequences: catalogue.sequences.map((name) => (name === `${from}_id_seq` ? `${to}_id_seq` : name)).toSorted(),
    columns: mapped(catalogue.columns, (key, facts) => [isOf(key, from) ? `${to}${key.slice(from.length)}` : key, facts]),
    constraints: mapped(catalogue.constraints, (key, definition) => [
      isOf(key, from) ? `${to}.${begins(key.slice(from.length + 1))}` : key,
      definition.replace(target, ` REFERENCES ${to}(`),
    ]),
    indexes: mapped(catalogue.indexes, (name, definition) => {
      if (!place.test(definition)) return [name, definition];
      return [begins(name), definition.replace(` ${name} `, ` ${begins(name)} `).replace(place, ` ON public.${to} USING `)];
    }),
    rows: mapped(catalogue.rows, (table, count) => [table === from ? to : table, count]),
    estimatedTables: catalogue.estimatedTables.map((table) => (table === from ? to : table)),
  };
}

function mapped<T>(
  record: Readonly<Record<string, T>>,
  change: (key: string, value: T) => readonly [string, T],
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => change(key, value)));
}

function isOf(key: string, table: string): boolean {
  return key.startsWith(`${table}.`) && key.lastIndexOf(".") === table.length;
}

function onTable(table: string): RegExp {
  return new RegExp(` ON (?:ONLY )?(?:public\\.)?"?${escaped(table)}"? USING `);
}

function escaped(name: string): string {
  return name.replaceAll(/[^\w]/g, "\\$&");
}
