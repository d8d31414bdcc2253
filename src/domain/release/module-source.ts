import type { Json } from "../shared/canonical-json.ts";

/** A place in a module. */
export interface SourcePlace {
  /** POSIX, relative to the module. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Something that can't be known without running the code. It lowers confidence and can only worsen a class. */
export interface Unknown extends SourcePlace {
  /** Stable, in kebab case: `computed-model-name`, `class-in-condition`, `monkey-patch`, `unreadable-file`. */
  readonly kind: string;
  /** A sentence. */
  readonly what: string;
  /** Of the code that it is about, so that it can be told whether that is the same in another release; absent: what it says tells. */
  readonly digest?: string;
}

/** Something that Odoo would refuse or ignore: a file that is no Python, an XML that isn't well-formed, a data file that isn't there. */
export interface SourceProblem extends SourcePlace {
  /** Stable, in kebab case: `python-syntax`, `xml-not-well-formed`, `data-file-missing`, `csv-without-id`. */
  readonly kind: string;
  readonly what: string;
}

/** A value as far as it can be told without running Python. A tuple is a list; `None` is null; numbers keep their meaning. */
export type Static =
  | { readonly known: true; readonly value: Json }
  /** Source without comments and needless space: equal texts mean equal expressions. */
  | { readonly known: false; readonly text: string };

/** `name = fields.Type(…)` in a model class. */
export interface FieldDeclaration {
  readonly name: string;
  readonly line: number;
  /** What stands after `fields.`: `Char`, `Many2one`; as written when it is something else. */
  readonly type: string;
  /** Arguments by keyword; positional ones under the name that Odoo's constructor gives them (`orm/fields*.py`). */
  readonly attributes: Readonly<Record<string, Static>>;
}

/** `_name = models.Constraint(…)`, `models.Index(…)` or `models.UniqueIndex(…)`; Odoo 19 ignores `_sql_constraints`. */
export interface TableObjectDeclaration {
  /** The attribute without its first underscore: `name_uniq`; in the database `<table>_name_uniq`. */
  readonly name: string;
  readonly line: number;
  readonly type: "constraint" | "index" | "unique index";
  readonly definition: Static;
}

export interface DecoratorUse {
  /** `api.depends` */
  readonly name: string;
  readonly args: readonly Static[];
}

export interface MethodDeclaration {
  readonly name: string;
  readonly line: number;
  readonly decorators: readonly DecoratorUse[];
  /** As written, without `self`, normalised; each parameter with its default: `values`, `limit=None`, `*args`, `**kwargs`. */
  readonly parameters: readonly string[];
  readonly callsSuper: boolean;
  /** Equal for bodies that differ only in comments or formatting. */
  readonly digest: string;
  /** What is called in it and its SQL, of `init` and `_auto_init`: Odoo runs them with every update. */
  readonly runs?: Pick<FunctionDeclaration, "calls" | "sql" | "imported" | "unclear">;
  /** What is called in it that goes past access rights or runs text as code, sorted: `sudo`, `execute`, `safe_eval`; absent: nothing. */
  readonly powers?: readonly string[];
}

/** A class that Odoo takes for (a part of) a model. */
export interface ModelClass extends SourcePlace {
  readonly className: string;
  /** As written: `models.Model`. */
  readonly bases: readonly string[];
  readonly type: "model" | "abstract" | "transient" | "unknown";
  /** `_name`, else the text in `_inherit`, else the name of the class as Odoo turns it into one; null: it can't be told. */
  readonly name: string | null;
  readonly inherit: readonly string[];
  /** `_inherits`, and many2one fields with `delegate=True`: model → field. */
  readonly inherits: Readonly<Record<string, string>>;
  /** Every other attribute that begins with an underscore and isn't a table object: `_table`, `_auto`, `_order`, `_rec_name` … */
  readonly attributes: Readonly<Record<string, Static>>;
  readonly fields: readonly FieldDeclaration[];
  readonly objects: readonly TableObjectDeclaration[];
  readonly methods: readonly MethodDeclaration[];
}

/** A method of a controller with `@http.route`. */
export interface RouteDeclaration extends SourcePlace {
  readonly className: string;
  readonly method: string;
  readonly paths: readonly string[];
  readonly auth: Static;
  readonly csrf: Static;
  readonly attributes: Readonly<Record<string, Static>>;
  /** As of a method of a model. */
  readonly powers?: readonly string[];
}

/** A call of something that the file imports. */
export interface ImportedCall {
  /** As in `calls`. */
  readonly name: string;
  /** `openupgradelib.openupgrade.rename_fields` */
  readonly origin: string;
  /** Without names of parameters; only of libraries whose functions are understood by them. */
  readonly args?: readonly Static[];
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly line: number;
  /** Decorators may change the parameters. */
  readonly decorators?: readonly DecoratorUse[];
  readonly parameters: readonly string[];
  /** Names with dots that are called in it, as written: `cr.commit`, `env.cr.execute`. */
  readonly calls: readonly string[];
  /** Texts in it that begin like SQL. */
  readonly sql: readonly string[];
  /** Those of the calls whose names the file imports; absent: none. */
  readonly imported?: readonly ImportedCall[];
  /** What runs and can't be read: SQL that isn't written where it is executed, what is called without a name. As written, cut; absent: nothing. */
  readonly unclear?: readonly string[];
}

/** What one Python file declares, function bodies aside. */
export interface PythonDeclarations {
  readonly file: string;
  readonly classes: readonly ModelClass[];
  readonly routes: readonly RouteDeclaration[];
  readonly functions: readonly FunctionDeclaration[];
  readonly unknowns: readonly Unknown[];
}

/** A value of a field in a data file (`odoo/tools/convert.py`). */
export type DataValue =
  /** Text, also of `<value>` and CSV cells; `trim` is Odoo's. */
  | { readonly kind: "text"; readonly text: string }
  /** xmlids, completed with the module. Several for `:id` cells of x2many fields. */
  | { readonly kind: "ref"; readonly xmlids: readonly string[] }
  | { readonly kind: "eval"; readonly code: string; readonly value: Static; readonly xmlids: readonly string[] }
  | { readonly kind: "search"; readonly model: string | null; readonly code: string; readonly xmlids?: readonly string[] }
  /**
   * `type="xml"` and `type="html"`: content serialised as lxml does, white space between elements kept. `%(module.name)d` stands where Odoo writes
   * the record's database id, `%%` where it writes a percent sign. `lines`: of the file, where its elements begin, in document order.
   */
  | { readonly kind: "xml"; readonly text: string; readonly lines?: readonly number[] }
  /** Path of a file in the release: `<module>/<path>`. */
  | { readonly kind: "file"; readonly path: string; readonly base64: boolean }
  /** Sub-records of `<record>` in a one2many field. */
  | { readonly kind: "records"; readonly xmlids: readonly string[] };

/** A record as a data file gives it; `<menuitem>`, `<template>`, `<asset>` and CSV rows are turned into what Odoo makes of them. */
export interface DataRecord extends SourcePlace {
  readonly entry: "record";
  /** `module.name`; null: without an id, so every load makes another. */
  readonly xmlid: string | null;
  readonly model: string;
  readonly noupdate: boolean;
  readonly forcecreate: boolean;
  /** Element or `csv`. */
  readonly tag: "record" | "menuitem" | "template" | "asset" | "csv";
  readonly values: Readonly<Record<string, DataValue>>;
  /** Translations of values, by `name@nl`: an update loads those of active languages. Absent: none. */
  readonly translated?: Readonly<Record<string, string>>;
  /** Names of values that only a new record gets: `active` of `<template>` and `<asset>`. */
  readonly onlyNew?: readonly string[];
  /** `forcecreate` is written and true: a record of another module is created when it is missing; otherwise that fails the load. */
  readonly createsForeign?: true;
  /**
   * `auto_sequence`: when its model has a field `sequence` and no value is given, it gets 10 at a `first` record, and 10 more than the last
   * that got one at a `next`, a sub-record.
   */
  readonly autoSequence?: "first" | "next";
  /** xmlid of the user that it is loaded as. */
  readonly uid?: string;
  /** Code of the context that it is loaded with. */
  readonly context?: string;
}

export interface DataDeletion extends SourcePlace {
  readonly entry: "delete";
  readonly model: string;
  readonly xmlid: string | null;
  readonly search: string | null;
}

export interface DataCall extends SourcePlace {
  readonly entry: "function";
  readonly model: string;
  readonly method: string;
  readonly noupdate: boolean;
  /** Its arguments: `[[ref('x')],name='y']`. */
  readonly code: string;
  /** xmlids in them, completed with the module. */
  readonly xmlids?: readonly string[];
}

export type DataEntry = DataRecord | DataDeletion | DataCall;

/** A data file, its entries in the order in which Odoo loads them. */
export interface DataFile {
  readonly file: string;
  readonly entries: readonly DataEntry[];
}

/** `migrations/<version>/<stage>-*.py` and `upgrades/…`. */
export interface ScriptSource {
  readonly file: string;
  /** Name of the directory. */
  readonly version: string;
  /** null: the file's name begins with no stage, so Odoo ignores it. */
  readonly stage: "pre" | "post" | "end" | null;
  /** Odoo accepts the directory's name. */
  readonly versionReadable: boolean;
  /** null: the file has no `migrate`, or can't be read. */
  readonly migrate: FunctionDeclaration | null;
}

export interface ManifestSource {
  /** As written. */
  readonly version: string | null;
  readonly depends: readonly string[];
  readonly data: readonly string[];
  readonly demo: readonly string[];
  readonly autoInstall: boolean | readonly string[];
  readonly installable: boolean;
  readonly application: boolean;
  readonly externalDependencies: { readonly python: readonly string[]; readonly bin: readonly string[] };
  readonly assets: Readonly<Record<string, readonly Json[]>>;
  readonly countries: readonly string[];
  readonly excludes: readonly string[];
  readonly license: string | null;
  readonly category: string | null;
  /** Hook → function: `post_init_hook`, `pre_init_hook`, `uninstall_hook`, `post_load`. */
  readonly hooks: Readonly<Record<string, string>>;
  /** Every key as written, for what the others leave out. */
  readonly entries: Readonly<Record<string, Json>>;
}

/** A name in Python code that somebody may want to know of: `_cr`, `odoo.osv`. */
export interface Mention extends SourcePlace {
  readonly name: string;
}

export interface TranslationFile {
  readonly file: string;
  /** `nl_BE`; null for a template. */
  readonly language: string | null;
  readonly entries: number;
  readonly digest: string;
  /** Over the entries that an update loads, by what this file and those beside it say of them: terms of code stay in the file. Absent: not known. */
  readonly ofRecords?: string;
}

/**
 * Everything that a module's files say, read without running any of it. Plain data, so that it can be cached by the digest of the module and
 * handed to another thread.
 */
export interface ModuleSource {
  readonly name: string;
  /** null: there is none, or it isn't a literal. */
  readonly manifest: ManifestSource | null;
  /** In the order in which Python imports them; files that nothing imports, and tests, are left out. */
  readonly python: readonly PythonDeclarations[];
  /** Python files outside of tests and scripts that nothing imports. */
  readonly notImported: readonly string[];
  /** Those of them that seem to declare models; absent: none. */
  readonly looseModels?: readonly string[];
  /** Python modules of other Odoo modules that its files import: `odoo.addons.sale.models.old`; sorted. */
  readonly importsElsewhere?: readonly string[];
  /** In the manifest's order, without demo. */
  readonly data: readonly DataFile[];
  readonly translations: readonly TranslationFile[];
  readonly scripts: readonly ScriptSource[];
  /** Of what Odoo gave up, or is about to; absent: nobody looked. */
  readonly mentions?: readonly Mention[];
  /** `data/neutralize.sql` */
  readonly neutralize: string | null;
  /** Every path, sorted. */
  readonly files: readonly string[];
  readonly unknowns: readonly Unknown[];
  readonly problems: readonly SourceProblem[];
}
