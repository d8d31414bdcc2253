import type { Digest } from "../shared/digest.ts";

/** Facts of one Odoo module in a release, read without running its code. */
export interface ModuleFacts {
  readonly name: string;
  /** Position in the release's ordered addons paths. */
  readonly addonsIndex: number;
  /** Over paths, modes and bytes of the module's files. */
  readonly digest: Digest;
  /** As Odoo computes it: five parts, series in front (`19.0.1.2.0` or `19.0.1.2`). */
  readonly version: string;
  readonly depends: readonly string[];
  readonly installable: boolean;
  readonly autoInstall: boolean | readonly string[];
  readonly externalDependencies: { readonly python: readonly string[]; readonly bin: readonly string[] };
  /** `migrations/…` and `upgrades/…` files, relative to the module, sorted. */
  readonly migrationScripts: readonly string[];
  readonly dataFiles: readonly string[];
  readonly hooks: readonly string[];
  readonly sizeBytes: number;
  readonly fileCount: number;
}

export interface ReleaseFile {
  /** POSIX, relative to the release: `<addonsIndex>/<module>/<path>`. */
  readonly path: string;
  readonly mode: "644" | "755";
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/** What a release is: its digest is over exactly this in canonical JSON. */
export interface ReleaseContent {
  readonly formatVersion: 1;
  /** `19.0` */
  readonly series: string;
  readonly addonsPaths: number;
  readonly modules: readonly ModuleFacts[];
  readonly files: readonly ReleaseFile[];
}

export interface ReleaseMetadata {
  readonly commit?: string;
  readonly author?: string;
  readonly notes?: string;
  /** What the addons were taken from, as the user gave it; for people, never read again. */
  readonly sources: readonly string[];
}

export interface Release {
  readonly name: string;
  readonly digest: Digest;
  readonly content: ReleaseContent;
  readonly metadata: ReleaseMetadata;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** The ground that releases stand on: the Odoo server with its core addons, Python and configuration. */
export interface Base {
  readonly digest: Digest;
  readonly series: string;
  readonly odooVersion: string;
  readonly pythonVersion: string;
  /** Core modules by name. */
  readonly modules: readonly ModuleFacts[];
  /** Models that run code of their own when Odoo loads a module, such as making a view, or inherit from one; absent: not read. */
  readonly loadTimeModels?: readonly string[];
  /** What those inherit from: its methods are theirs too. */
  readonly loadTimeMixins?: readonly string[];
}
