import type { CatalogueSnapshot, ColumnFacts } from "../../../domain/fleet/catalogue-snapshot.ts";

type Schema = Pick<CatalogueSnapshot, "tables" | "views" | "sequences" | "columns" | "constraints" | "indexes">;

/** A foreign key over one column, as PostgreSQL writes it. */
export interface ForeignKey {
  /** `table.name` */
  readonly key: string;
  readonly target: string;
}

/** A schema that an update is played on. */
export class SchemaDraft {
  readonly tables: Set<string>;
  readonly views: Set<string>;
  readonly sequences: Set<string>;
  readonly columns: Map<string, ColumnFacts>;
  readonly constraints: Map<string, string>;
  readonly indexes: Map<string, string>;
  readonly #foreignKeys = new Map<string, ForeignKey>();
  readonly #columnsOf = new Map<string, Set<string>>();

  constructor(schema: Schema) {
    this.tables = new Set(schema.tables);
    this.views = new Set(schema.views);
    this.sequences = new Set(schema.sequences);
    this.columns = new Map();
    for (const [name, facts] of Object.entries(schema.columns)) {
      const dot = name.lastIndexOf(".");
      this.setColumn(name.slice(0, dot), name.slice(dot + 1), facts);
    }
    this.constraints = new Map();
    for (const [key, definition] of Object.entries(schema.constraints)) this.setConstraint(key, definition);
    this.indexes = new Map(Object.entries(schema.indexes));
  }

  column(table: string, column: string): ColumnFacts | undefined {
    return this.columns.get(`${table}.${column}`);
  }

  columnsOf(table: string): ReadonlySet<string> {
    return this.#columnsOf.get(table) ?? new Set();
  }

  setColumn(table: string, column: string, facts: ColumnFacts): void {
    this.columns.set(`${table}.${column}`, facts);
    const there = this.#columnsOf.get(table);
    if (there === undefined) this.#columnsOf.set(table, new Set([column]));
    else there.add(column);
  }

  foreignKey(table: string, column: string): ForeignKey | undefined {
    return this.#foreignKeys.get(`${table}.${column}`);
  }

  /** @param key `table.name` */
  setConstraint(key: string, definition: string): void {
    this.constraints.set(key, definition);
    const match = /^FOREIGN KEY \("?([^",)]+)"?\) REFERENCES "?([^"(]+?)"?\(/.exec(definition);
    if (match !== null) this.#foreignKeys.set(`${key.slice(0, key.lastIndexOf("."))}.${match[1]}`, { key, target: match[2] ?? "" });
  }

  removeConstraint(key: string): void {
    this.constraints.delete(key);
    const [table, name] = [key.slice(0, key.lastIndexOf(".")), key.slice(key.lastIndexOf(".") + 1)];
    if (indexTable(this.indexes.get(name) ?? "") === table) this.indexes.delete(name);
  }

  /** With the constraints and indexes that name it, as `DROP COLUMN … CASCADE` does. */
  dropColumn(table: string, column: string): void {
    this.columns.delete(`${table}.${column}`);
    this.#columnsOf.get(table)?.delete(column);
    this.#foreignKeys.delete(`${table}.${column}`);
    const named = new RegExp(`(?<![A-Za-z0-9_$.])"?${column.replaceAll(/[$]/g, "\\$&")}"?(?![A-Za-z0-9_$])`);
    for (const [key, definition] of this.constraints) {
      const own = definition.split(" REFERENCES ", 1)[0] ?? "";
      if (key.startsWith(`${table}.`) && key.lastIndexOf(".") === table.length && named.test(own)) this.removeConstraint(key);
    }
    for (const [name, definition] of this.indexes)
      if (indexTable(definition) === table && named.test(definition.slice(definition.indexOf(" USING ") + 7))) this.indexes.delete(name);
  }

  schema(): Schema {
    const sorted = (names: ReadonlySet<string>): string[] => [...names].sort();
    return {
      tables: sorted(this.tables),
      views: sorted(this.views),
      sequences: sorted(this.sequences),
      columns: Object.fromEntries(this.columns),
      constraints: Object.fromEntries(this.constraints),
      indexes: Object.fromEntries(this.indexes),
    };
  }
}

/** `CREATE UNIQUE INDEX name ON public.project_task USING btree (name)` → `project_task`. */
export function indexTable(definition: string): string {
  const at = definition.indexOf(" ON ");
  const end = definition.indexOf(" USING ", at);
  return at === -1 || end === -1
    ? ""
    : definition
        .slice(at + 4, end)
        .replace(/^ONLY /, "")
        .replace(/^public\./, "")
        .replaceAll('"', "");
}
