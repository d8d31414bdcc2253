import type { Declared } from "../../../domain/release/registry.ts";

/** How the rows of a table that is there get the value of a new column. */
export type Fill = "nothing" | "default" | "computed";

interface OfColumn {
  readonly table: string;
  readonly column: string;
  readonly model: string;
  /** Where the field is declared last; null: nowhere in a class of its own. */
  readonly declared: Declared | null;
}

interface OfTable {
  readonly table: string;
  readonly model: string;
  readonly declared: Declared | null;
}

/** One thing that an update does to the schema, with what its cost and its dangers depend on. */
export type SchemaChange =
  | (OfTable & { readonly kind: "table-added" })
  | (OfTable & { readonly kind: "view-added" })
  /** The model goes, the table stays. */
  | (OfTable & { readonly kind: "model-removed" })
  /** `required` without a value for the rows that are there: Odoo warns and leaves NOT NULL out. */
  | (OfColumn & { readonly kind: "column-added"; readonly type: string; readonly fill: Fill; readonly required: "no" | "set" | "refused" })
  | (OfColumn & { readonly kind: "column-removed"; readonly type: string })
  /** The field goes, or isn't stored any more, and its column stays. */
  | (OfColumn & { readonly kind: "column-kept" })
  | (OfColumn & { readonly kind: "column-retyped"; readonly from: string; readonly to: string; readonly using: "cast" | "translation" })
  | (OfColumn & { readonly kind: "column-required"; readonly fill: Fill })
  | (OfColumn & { readonly kind: "column-relaxed" })
  /** A company-dependent field that no longer is: Odoo goes on storing it per company. */
  | (OfColumn & { readonly kind: "company-dependence-kept" })
  /** The column is there, so Odoo computes no row of a field that is newly stored. */
  | (OfColumn & { readonly kind: "not-recomputed" })
  | (OfColumn & { readonly kind: "foreign-key-added"; readonly target: string; readonly existing: boolean })
  | (OfTable & {
      readonly kind: "constraint-added" | "index-added";
      readonly name: string;
      /** As the class declares it; empty: the index of a field. */
      readonly written: string;
      readonly unique: boolean;
      readonly existing: boolean;
    })
  | (OfTable & { readonly kind: "constraint-removed" | "index-removed"; readonly name: string })
  | (OfTable & { readonly kind: "relation-added"; readonly column1: string; readonly column2: string });

export type SchemaChangeKind = SchemaChange["kind"];
