export interface ColumnFacts {
  /** As `format_type` writes it: `character varying(64)`. */
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
}

export interface RecordFacts {
  readonly model: string;
  readonly id: number;
  readonly noupdate: boolean;
}

/**
 * What a tenant database holds at one moment, by name and without any order or OID, so that two of them can be compared.
 * Relations outside the schema `public` have it in front: `reporting.sales`.
 */
export interface CatalogueSnapshot {
  readonly formatVersion: 1;
  readonly tables: readonly string[];
  readonly views: readonly string[];
  readonly materializedViews: readonly string[];
  readonly sequences: readonly string[];
  readonly functionCount: number;
  /** By `table.column`. */
  readonly columns: Readonly<Record<string, ColumnFacts>>;
  /** `table.name` → definition. */
  readonly constraints: Readonly<Record<string, string>>;
  /** Name → definition. */
  readonly indexes: Readonly<Record<string, string>>;
  /** `module.name` → what it names. */
  readonly records: Readonly<Record<string, RecordFacts>>;
  readonly modules: Readonly<Record<string, { readonly state: string; readonly version: string | null }>>;
  /** Model → id of its `ir_model` row. */
  readonly models: Readonly<Record<string, number>>;
  /** `model.field` → id of its `ir_model_fields` row, and kind: `many2one res.partner stored required`. */
  readonly fields: Readonly<Record<string, { readonly id: number; readonly kind: string }>>;
  /** `model.field: value` → id of its `ir_model_fields_selection` row. */
  readonly selections: Readonly<Record<string, number>>;
  /** Tables of models whose rows Odoo itself throws away (`ir_model.transient`). */
  readonly transientTables: readonly string[];
  readonly rows: Readonly<Record<string, number>>;
  /** Tables whose rows could only be estimated within the time budget. */
  readonly estimatedTables: readonly string[];
  /** Users' data as totals: `posted out_invoice in currency 1` → `41 rows, 10250.00`. */
  readonly invariants: Readonly<Record<string, string>>;
}

/** A database without anything. */
export const emptyCatalogue: CatalogueSnapshot = {
  formatVersion: 1,
  tables: [],
  views: [],
  materializedViews: [],
  sequences: [],
  functionCount: 0,
  columns: {},
  constraints: {},
  indexes: {},
  records: {},
  modules: {},
  models: {},
  fields: {},
  selections: {},
  transientTables: [],
  rows: {},
  estimatedTables: [],
  invariants: {},
};
