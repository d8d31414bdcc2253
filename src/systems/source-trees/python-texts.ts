import type { PythonTexts } from "../../app/ports/source-trees.ts";
import { findModules } from "./find-modules.ts";
import type { FoundModule, SourceLimits } from "./found-module.ts";
import { isRead } from "./names.ts";
import { readFound } from "./read-found.ts";

/** Python of modules as it is written; null: there are more bytes of it than are wanted. */
export function pythonTexts(
  root: string,
  modules: ReadonlySet<string>,
  bytesMax: number,
  limits: SourceLimits,
): ReadonlyMap<string, PythonTexts> | null {
  const { addons } = findModules({ path: root, translations: false }, limits, 0);
  const found = new Map<string, FoundModule>();
  for (const module of addons.flat()) if (modules.has(module.name) && !found.has(module.name)) found.set(module.name, module);
  const python = [...found].map(
    ([name, { files }]) => [name, files.filter(({ path }) => path.endsWith(".py") && isRead(path, false))] as const,
  );
  const bytes = python.flatMap(([, files]) => files).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (bytes > bytesMax) return null;
  return new Map(python.map(([name, files]) => [name, new Map(files.map((file) => [file.path, textOf(file, limits.fileBytesMax)]))]));
}

function textOf(file: FoundModule["files"][number], bytesMax: number): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFound(file, bytesMax));
  } catch {
    return null;
  }
}
