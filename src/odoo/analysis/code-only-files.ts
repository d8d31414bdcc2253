import type { CodeProofBreach } from "../../domain/impact/impact.ts";
import type { ReleaseFile } from "../../domain/release/release.ts";
import { isTranslationFile } from "./code-only-translations.ts";
import { breach, isLoadedPython, splitPath, type CodeWorld } from "./code-only-world.ts";

/** Paths of a module that aren't the same in both releases, by `<module>/<path>`. */
export function changedPaths(module: string, before: CodeWorld, after: CodeWorld): string[] {
  const paths = [...new Set([...before.files.keys(), ...after.files.keys()])].filter((path) => path.startsWith(`${module}/`)).sort();
  return paths.filter((path) => {
    const [a, b] = [before.files.get(path), after.files.get(path)];
    return a?.digest !== b?.digest || a?.mode !== b?.mode;
  });
}

const documents =
  /^(?:(?:README|CHANGELOG|CHANGES|HISTORY|NEWS|LICEN[CS]E|COPYING|COPYRIGHT|CONTRIBUTORS|CREDITS|AUTHORS|MAINTAINERS)[^/]*|(?:readme|doc|docs)\/.*)$/i;

/** Files that hold no Python, manifest or translations: which of them may differ. */
export function fileBreaches(path: string, before: CodeWorld, after: CodeWorld): CodeProofBreach[] {
  const { file } = splitPath(path);
  const [old, now] = [before.files.get(path), after.files.get(path)];
  if (old !== undefined && now !== undefined && old.mode !== now.mode)
    return [breach("file-mode-changed", path, null, "The file's right to be executed is different.")];
  if (/^(?:migrations|upgrades)\//.test(file)) return [breach("migration-changed", path, null, "A migration script is different.")];
  const data = dataBreaches(path, before, after);
  if (data.length > 0) return data;
  if (file === "__manifest__.py" || isLoadedPython(path) || isTranslationFile(file)) return [];
  if (/^static\/description\/icon\.\w+$/.test(file) && (old === undefined) !== (now === undefined))
    return [breach("icon-changed", path, null, "The module's icon came or went, and the database says which one it is.")];
  if (isProgram(file, [old, now]))
    return [breach("program-changed", path, null, "A program that isn't Python is different; what it does can't be told.")];
  if (file.startsWith("static/") || file.startsWith("tests/") || documents.test(file)) return [];
  return [breach("other-file-changed", path, null, "The file is of no kind that is known to leave the database alone.")];
}

function isProgram(file: string, sides: readonly (ReleaseFile | undefined)[]): boolean {
  if (/\.(?:so(?:\.\d+)*|pyd|dll|dylib|pyx|exe|pth)$/i.test(file)) return true;
  return sides.some((one) => one?.mode === "755") && !file.endsWith(".py");
}

function dataBreaches(path: string, before: CodeWorld, after: CodeWorld): CodeProofBreach[] {
  const { module, file } = splitPath(path);
  if (file === "data/neutralize.sql")
    return [breach("neutralise-script-changed", path, null, "The script that makes copies harmless is different.")];
  if ([before, after].some((world) => world.sources.data.has(path)))
    return [breach("data-file-changed", path, null, "A data file is different.")];
  for (const world of [before, after]) {
    for (const [from, data] of world.sources.data) {
      const own = splitPath(from).module === module;
      if (data?.files.some((written) => refersTo(written, module, file, own)) === true)
        return [breach("referenced-file-changed", path, null, `The file is different, and the data file ${from} reads it.`)];
    }
  }
  return [];
}

/** `module/path`, `module,path`, or the path alone in the module's own data. */
function refersTo(written: string, module: string, file: string, own: boolean): boolean {
  const plain = written
    .trim()
    .replace(/,/g, "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  const path = plain.join("/");
  if (plain.includes("..") || /[{}%]/.test(path)) return plain.at(-1) === file.split("/").at(-1) || /[{}%]/.test(path);
  return path === `${module}/${file}` || (own && path === file);
}

/** Static files that code which runs at loading mentions: `file_open("module/static/…")`. */
export function mentions(strings: readonly string[], path: string): boolean {
  const name = path.split("/").at(-1) ?? path;
  return strings.some((text) => text.includes(name));
}
