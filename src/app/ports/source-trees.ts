import type { ManifestSource, ModuleSource } from "../../domain/release/module-source.ts";
import type { Digest } from "../../domain/shared/digest.ts";

/** A folder or file in which modules lie. */
export interface SourceRoot {
  /** An addons folder, a module, a folder of addons folders, or a wheel (or another zip file) with modules. */
  readonly path: string;
  /** Whether PO files are read too. */
  readonly translations: boolean;
}

export interface TreeModule {
  readonly name: string;
  /** Which root it is from; a folder of addons folders counts as one. */
  readonly addonsIndex: number;
  /** For messages. */
  readonly shown: string;
  /** Over the bytes of every file that is read and the paths of all: equal wherever the module lies. */
  readonly digest: Digest;
  /** null: there is none that Odoo could read. */
  readonly manifest: ManifestSource | null;
  /** Everything that it declares. Read from the cache where that has it, its data files only when they are asked for; anew at every call. */
  load(): ModuleSource;
}

/** Digests by path in a module, sorted. */
export type FileDigests = ReadonlyMap<string, Digest | null>;

/** Python outside of tests, by path in a module; null: not UTF-8, or it couldn't be read. */
export type PythonTexts = ReadonlyMap<string, string | null>;

/** Something beside the modules that Odoo would look at and this reading can't. */
export interface TreeProblem {
  readonly path: string;
  /** Stable, in kebab case: `link-outside`, `name-not-utf8`. */
  readonly kind: string;
  readonly what: string;
}

export interface SourceTree {
  /** By name, in the order of the roots; where several have a name, the first, as in Odoo's addons path. */
  readonly modules: ReadonlyMap<string, TreeModule>;
  /** The others that have the name of an earlier one. */
  readonly shadowed: readonly TreeModule[];
  readonly problems: readonly TreeProblem[];
  /** How many modules had to be parsed; the cache had the rest. */
  readonly parsed: number;
}

/** Reads what modules declare, without running or writing anything in them. */
export interface SourceTrees {
  /** @throws INPUT_INVALID for a root that isn't there or is neither folder nor zip file; RELEASE_NO_MODULE, RELEASE_FILE_OVERSIZED */
  read(roots: readonly SourceRoot[]): Promise<SourceTree>;
  /**
   * Every file of the modules that are asked for, by module and path in it; null: it couldn't be read. Where several have a name, the first.
   *
   * @throws as `read`
   */
  fileDigests(root: string, modules: ReadonlySet<string>): Promise<ReadonlyMap<string, FileDigests>>;
  /**
   * Python of the modules that are asked for, by module; null: it has more than `bytesMax` in all. Where several have a name, the first.
   *
   * @throws as `read`
   */
  pythonTexts(root: string, modules: ReadonlySet<string>, bytesMax: number): Promise<ReadonlyMap<string, PythonTexts> | null>;
}
