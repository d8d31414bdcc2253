import type { Digest } from "../../domain/shared/digest.ts";
import type { Base, ReleaseContent } from "../../domain/release/release.ts";
import type { ProcessRuntimeSpec } from "../../domain/fleet/environment.ts";

/** Reads and keeps releases by digest. */
export interface ReleaseLibrary {
  /** Takes a snapshot of addons folders (or `git+file://…#ref`, `<repository>@<ref>:<path>`) into the store. */
  add(
    sources: readonly string[],
    options: { readonly series: string; readonly progress?: (message: string) => void },
  ): Promise<{ readonly digest: Digest; readonly content: ReleaseContent; readonly commit?: string; readonly author?: string }>;
  content(digest: Digest): Promise<ReleaseContent>;
  /** Texts of files of a release by their path in it (`<addonsIndex>/<module>/<path>`); bytes that aren't UTF-8 give null. */
  readTexts(digest: Digest, paths: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** Reads every stored byte again. @throws RELEASE_ALTERED naming the first file that differs */
  verify(digest: Digest): Promise<void>;
  /**
   * The tree that runs: `<…>/<digest>/<addonsIndex>/…`, read-only, mtimes from content. Verified before it is returned.
   * @returns addons paths in order
   */
  materialise(digest: Digest): Promise<readonly string[]>;
  /** Digest and modules of the ground that an environment's releases stand on. */
  base(odoo: ProcessRuntimeSpec["odoo"]): Promise<Base>;
  /** Where that ground's modules lie, in the order in which Odoo looks for them; its own package comes first. */
  baseFolders(odoo: ProcessRuntimeSpec["odoo"]): Promise<readonly string[]>;
}
