/** A stretch of Python: what is compared, and what it refers to. */
export interface PythonText {
  /** From 1. */
  readonly line: number;
  /** The syntax tree with its tokens: equal for code that differs only in comments, blank lines or formatting. */
  readonly text: string;
  /** Names that stand for themselves. */
  readonly names: readonly string[];
  /** Names after a dot. */
  readonly attributes: readonly string[];
  /** Strings as they are written. */
  readonly strings: readonly string[];
}

export interface PythonDecorator extends PythonText {
  /** Without its arguments: `api.depends`. */
  readonly name: string;
}

export interface PythonFunction extends PythonText {
  readonly kind: "function";
  readonly name: string;
  readonly decorators: readonly PythonDecorator[];
  /** What in it can change classes while the program runs: `setattr`, a class inside it. */
  readonly oddities: readonly string[];
}

export interface PythonImport extends PythonText {
  readonly kind: "import";
  /** As written, with leading dots: `..models.sale`, `odoo.tools`. */
  readonly module: string;
  /** Of `from … import`: what is imported, and under which name; empty for `import …`. */
  readonly imported: readonly { readonly name: string; readonly as: string }[];
  /** What `import …` binds: `os` for `import os.path`. */
  readonly binds: string | null;
  readonly star: boolean;
}

export interface PythonAssignment extends PythonText {
  readonly kind: "assignment";
  /** Simple names that are assigned; null: something else is, such as an attribute or an item. */
  readonly targets: readonly string[] | null;
  /** What is called when the statement runs, as written: `fields.Char`, `_`. */
  readonly calls: readonly string[];
  /** Values of the keyword arguments when the whole value is one call, in normalised form. */
  readonly keywords: Readonly<Record<string, string>>;
  /** Text or texts when the value is a literal of them. */
  readonly literal: string | readonly string[] | null;
}

/** Everything that is no import, function, class or assignment: `if`, `for`, a bare call. */
export interface PythonOther extends PythonText {
  readonly kind: "other";
  /** Imports anywhere in it. */
  readonly imports: readonly PythonImport[];
  /** It only tries to import something and has no other effect. */
  readonly guardedImport: boolean;
}

export interface PythonClass {
  readonly kind: "class";
  readonly name: string;
  readonly line: number;
  /** Decorators, bases and keywords. */
  readonly header: PythonText;
  /** As written: `models.Model`. */
  readonly bases: readonly string[];
  /** Everything of it, methods included. */
  readonly whole: PythonText;
  /** In order; the docstring is an `other` statement, for it is served from the database. */
  readonly members: readonly PythonStatement[];
}

export type PythonStatement = PythonFunction | PythonImport | PythonAssignment | PythonOther | PythonClass;

/** A Python file, read without running it; module docstrings and `pass` are left out. */
export interface PythonFile {
  readonly statements: readonly PythonStatement[];
}

/** One entry of a PO file with what it is for. */
export interface TranslationEntry {
  readonly line: number;
  /** Context and source text. */
  readonly key: string;
  /** Everything but references that are not loaded into the database: translation, flags, `model:` and `model_terms:` references. */
  readonly text: string;
  readonly translated: boolean;
  /** Has references to records, which are loaded into the database. */
  readonly ofRecords: boolean;
}

/** What a data file makes Odoo do beyond its own text. */
export interface DataReferences {
  /** Methods that it calls when it is loaded. */
  readonly calls: readonly string[];
  /** Paths of other files that it reads, as written. */
  readonly files: readonly string[];
}

/** What is known of the sources of a release, by `<module>/<path>`; null: it can't be read. */
export interface SourceModel {
  readonly python: ReadonlyMap<string, PythonFile | null>;
  /** Words in Python files that can't be read. */
  readonly words: ReadonlyMap<string, readonly string[]>;
  readonly translations: ReadonlyMap<string, readonly TranslationEntry[] | null>;
  readonly data: ReadonlyMap<string, DataReferences | null>;
  /** By module: each key of the manifest with its value in canonical form. */
  readonly manifests: ReadonlyMap<string, ReadonlyMap<string, string> | null>;
}
