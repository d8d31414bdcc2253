import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, extname, join } from "node:path";

/** What the compiled code reads at run time, beside the file that reads it. */
const copied: readonly string[] = [".py", ".sql", ".yaml", ".json"];
/** What nothing reads at run time. */
const leftOut: readonly RegExp[] = [/\.ts$/, /\.md$/, /\.snap$/, /(^|\/)tsconfig\.json$/];

/**
 * The files of a source folder that go beside the compiled code, as paths relative to it.
 * @throws for a file of which nobody has said whether it is needed: a package that lacks one fails at its users' only
 */
export function assetsOf(source: string): readonly string[] {
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => join(entry.parentPath, entry.name).slice(source.length + 1))
    .filter((file) => !leftOut.some((pattern) => pattern.test(file)));
  const unknown = files.filter((file) => !copied.includes(extname(file)));
  if (unknown.length > 0)
    throw new Error(`Neither compiled nor copied: ${unknown.join(", ")}. Say in tools/build/assets.ts what they are.`);
  return files.sort();
}

/** Copies them. @returns how many */
export function copyAssets(source: string, target: string): number {
  const files = assetsOf(source);
  for (const file of files) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(source, file), join(target, file));
  }
  return files.length;
}
