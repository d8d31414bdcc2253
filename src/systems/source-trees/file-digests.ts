import { createHash } from "node:crypto";
import type { FileDigests } from "../../app/ports/source-trees.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { findModules } from "./find-modules.ts";
import type { FoundFile, FoundModule, SourceLimits } from "./found-module.ts";
import { readFound } from "./read-found.ts";

/** Of a file that is only compared. */
const comparedBytesMax = 256 * 1024 * 1024;
const moduleBytesMax = 2 * 1024 * 1024 * 1024;

/** Digests of all files of modules, also of those that declare nothing: pictures, scripts of the web client, translations. */
export function fileDigests(root: string, modules: ReadonlySet<string>, limits: SourceLimits): ReadonlyMap<string, FileDigests> {
  const wide = { ...limits, fileBytesMax: comparedBytesMax, moduleBytesMax };
  const { addons } = findModules({ path: root, translations: true }, wide, 0, true);
  const found = new Map<string, FoundModule>();
  for (const module of addons.flat()) if (modules.has(module.name) && !found.has(module.name)) found.set(module.name, module);
  return new Map([...found].map(([name, module]) => [name, digestsOf(module)]));
}

function digestsOf({ files, paths }: FoundModule): FileDigests {
  const read = new Map(files.map((file) => [file.path, file]));
  return new Map(paths.map((path) => [path, digestOf(read.get(path))]));
}

function digestOf(file: FoundFile | undefined): Digest | null {
  if (file === undefined) return null;
  try {
    return `sha256:${createHash("sha256").update(readFound(file, comparedBytesMax)).digest("hex")}`;
  } catch {
    return null;
  }
}
