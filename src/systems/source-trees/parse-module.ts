import { createHash } from "node:crypto";
import type { ManifestSource, ModuleSource, Unknown } from "../../domain/release/module-source.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { decodeText } from "./decode-text.ts";
import type { FoundModule } from "./found-module.ts";
import type { ModuleCache } from "./module-cache.ts";
import { shownName } from "./names.ts";
import { readFound } from "./read-found.ts";
import { packModule, unpackManifest } from "./stored-module.ts";
import { codeOf } from "./walk-module.ts";

/** Makes of a module's texts what they declare; `src/odoo/source` has it. */
export type ReadModule = (of: {
  readonly name: string;
  readonly files: ReadonlyMap<string, string | null>;
  readonly paths: readonly string[];
}) => ModuleSource;

export interface ParsedModule {
  readonly digest: Digest;
  readonly manifest: ManifestSource | null;
  /** As `packModule` makes it; null: the cache has it. */
  readonly packed: Buffer | null;
  /** Everything could be read, so the same stamp will give the same again. */
  readonly settled: boolean;
}

/** Reads a module's bytes and, unless the cache knows them, parses them. */
export function parseModule(module: FoundModule, read: ReadModule, cache: ModuleCache | null, fileBytesMax: number): ParsedModule {
  const bytes = new Map<string, Buffer>();
  const unreadable: Unknown[] = [];
  for (const file of module.files) {
    try {
      bytes.set(file.path, readFound(file, fileBytesMax));
    } catch (cause) {
      const what = `${shownName(file.path)} can't be read: ${(cause as NodeJS.ErrnoException).code === undefined ? (cause as Error).message : codeOf(cause)}.`;
      unreadable.push({ file: file.path, line: 1, kind: "unreadable-file", what });
    }
  }
  const notes = { unknowns: [...module.unknowns, ...unreadable], problems: module.problems };
  const digest = digestOfModule(module, bytes, notes);
  const settled = unreadable.length === 0;
  const known = cache?.read(digest) ?? null;
  const kept = known === null ? null : unpackManifest(digest, known);
  if (kept !== null) return { digest, manifest: kept.manifest, packed: null, settled };
  const files = new Map([...bytes].map(([path, content]) => [path, decodeText(path, content)]));
  const source = read({ name: module.name, files, paths: module.paths });
  const packed = packModule(digest, {
    ...source,
    unknowns: [...notes.unknowns, ...source.unknowns],
    problems: [...notes.problems, ...source.problems],
  });
  return { digest, manifest: source.manifest, packed: cache?.write(digest, packed) === true ? null : packed, settled };
}

function digestOfModule(module: FoundModule, bytes: ReadonlyMap<string, Buffer>, notes: object): Digest {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([module.name, module.paths, notes, [...bytes].map(([path, content]) => [path, content.length])]));
  for (const content of bytes.values()) hash.update(content);
  return `sha256:${hash.digest("hex")}`;
}

/** What remains of a module whose parsing had to be ended, or broke. */
export function unparsedModule(module: FoundModule, what: string): ParsedModule {
  const unknown: Unknown = { file: "__manifest__.py", line: 1, kind: "module-unreadable", what };
  const source: ModuleSource = {
    name: module.name,
    manifest: null,
    python: [],
    notImported: [],
    data: [],
    translations: [],
    scripts: [],
    neutralize: null,
    files: module.paths,
    unknowns: [...module.unknowns, unknown],
    problems: module.problems,
  };
  // Equal to that of no module whose content is known.
  const digest: Digest = `sha256:${createHash("sha256")
    .update(JSON.stringify(["unparsed", module]))
    .digest("hex")}`;
  return { digest, manifest: null, packed: packModule(digest, source), settled: false };
}
