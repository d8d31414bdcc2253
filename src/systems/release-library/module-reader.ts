import type { ModuleFacts } from "../../domain/release/release.ts";

type ManifestFacts = Pick<
  ModuleFacts,
  "name" | "version" | "depends" | "installable" | "autoInstall" | "externalDependencies" | "dataFiles" | "hooks"
>;

/** What this library must know about Odoo's sources; `src/odoo/source` has it. */
export interface ModuleReader {
  /** @throws RELEASE_MANIFEST_BROKEN, RELEASE_OTHER_SERIES */
  readManifest(
    bytes: Uint8Array,
    reading: {
      readonly module: string;
      readonly file: string;
      readonly series: string;
      readonly otherSeries: "refuse" | "not-installable";
    },
  ): ManifestFacts;
  migrationScripts(paths: readonly string[]): readonly string[];
  /** The models of a Python file: which run code of their own when Odoo loads them, and what they inherit from. */
  loadTimeClasses(
    text: string,
  ): readonly { readonly names: readonly string[]; readonly inherits: readonly string[]; readonly own: boolean }[];
  readServerVersion(text: string): { readonly series: string; readonly version: string } | null;
}
