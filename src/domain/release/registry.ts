import type { FieldDeclaration, MethodDeclaration, Static, Unknown } from "./module-source.ts";

/** Where a module says something about a model. */
export interface Declared {
  readonly module: string;
  readonly file: string;
  readonly line: number;
}

/** A field as Odoo's registry would have it, all modules applied. */
export interface RegistryField {
  readonly name: string;
  /** Odoo's `ttype`: `char`, `many2one`. null: a type that isn't known. */
  readonly type: string | null;
  /** Arguments of all declarations, later ones over earlier ones, related and delegated ones completed. */
  readonly attributes: Readonly<Record<string, Static>>;
  /** null: can't be told. */
  readonly stored: boolean | null;
  readonly required: boolean | null;
  /** PostgreSQL's type as `format_type` writes it: `character varying`, `integer`, `jsonb`; null: no column. */
  readonly columnType: string | null;
  readonly comodel: string | null;
  /** Of a many2many: table and columns. */
  readonly relation: { readonly table: string; readonly column1: string; readonly column2: string } | null;
  /** `declared`: in a class of this model; `mixin`: in one that it inherits from; `magic`: `id`, `create_uid` …; `delegated`: of `_inherits`. */
  readonly origin: "declared" | "mixin" | "magic" | "delegated";
  /** In load order; empty for magic and delegated ones. */
  readonly declared: readonly (Declared & { readonly declaration: FieldDeclaration })[];
}

export interface RegistryObject {
  /** Name in the database. */
  readonly name: string;
  readonly type: "constraint" | "index" | "unique index";
  readonly definition: Static;
  readonly declared: Declared;
}

export interface RegistryModel {
  readonly name: string;
  readonly type: "model" | "abstract" | "transient";
  readonly table: string;
  /** `_auto`: Odoo makes the table. */
  readonly auto: boolean;
  readonly fields: ReadonlyMap<string, RegistryField>;
  /** By their name in the database. */
  readonly objects: ReadonlyMap<string, RegistryObject>;
  readonly inherits: Readonly<Record<string, string>>;
  /** Models that it takes fields and methods from, in Python's order of resolution. */
  readonly ancestors: readonly string[];
  /** Classes that make it up, in load order. */
  readonly declared: readonly Declared[];
  /** By name, each in load order: the last one is called first. */
  readonly methods: ReadonlyMap<string, readonly (Declared & MethodDeclaration)[]>;
  readonly attributes: Readonly<Record<string, Static>>;
}

/** All models of a set of modules in their load order. */
export interface Registry {
  /** Modules in load order. */
  readonly modules: readonly string[];
  readonly models: ReadonlyMap<string, RegistryModel>;
  readonly unknowns: readonly (Unknown & { readonly module: string })[];
}
