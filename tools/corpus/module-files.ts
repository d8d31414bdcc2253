import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { moduleOf, type Build } from "./sample.ts";
import { addonsOf } from "./wheels.ts";

/** Path relative to the module → content. */
export type ModuleFiles = ReadonlyMap<string, string>;

export function readModuleFiles(build: Build): ModuleFiles {
  const root = join(addonsOf(build), moduleOf(build));
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(root.length + 1), readFileSync(path, "latin1")]),
  );
}

/** Paths that one of the two has not, or otherwise. */
export function changedPaths(before: ModuleFiles, after: ModuleFiles): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort();
}

/**
 * Would click-odoo-update take the module for changed? It hashes every file but these (click-odoo-contrib 1.24, `update.py`), and
 * of the translations those of installed languages: here none but English.
 */
export function hashDiffers(before: ModuleFiles, after: ModuleFiles): boolean {
  const ignored = /\.py[co]$|^i18n(_extra)?\/.*\.pot$|^static\/|^i18n(_extra)?\/(?!en).*\.po$/;
  const hash = (files: ModuleFiles): string => {
    const counted = [...files].filter(([path]) => !ignored.test(path));
    return createHash("sha256").update(JSON.stringify(counted)).digest("hex");
  };
  return hash(before) !== hash(after);
}

/** Did the manifest's version change, so that a rule of thumb like "update what was bumped" takes it? */
export function versionDiffers(from: string, to: string): boolean {
  const manifest = (version: string): string => version.split(".").slice(0, 5).join(".");
  return manifest(from) !== manifest(to);
}

/** First place in the files where a word of letters, digits and `_` stands, for whoever looks for a cause: `models/contract.py:31`. */
export function placeOf(word: string, files: ModuleFiles): string | null {
  for (const [path, text] of files) {
    if (!/\.(py|xml|csv)$/.test(path) || path.startsWith("tests/")) continue;
    const at = new RegExp(`\\b${word}\\b`).exec(text)?.index;
    if (at !== undefined) return `${path}:${text.slice(0, at).split("\n").length}`;
  }
  return null;
}
