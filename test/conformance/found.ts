import type { AnalysisKind } from "../../src/app/ports/analysis-kind.ts";
import { groundOf, type GroundFiles } from "./sample-grounds.ts";

/** What an analysis finds in files, as `rule module: what`. */
export function found(kind: AnalysisKind, files: GroundFiles): string[] {
  return [...kind.find(groundOf(files))].map(({ rule, module, what }) => `${rule} ${module}: ${what}`);
}

/** A module with nothing but a manifest. */
export function moduleOf(name: string, manifest = ""): GroundFiles["new"] {
  const entries = [`"name": "${name}"`, '"author": "A"', ...(manifest === "" ? [] : [manifest])];
  const own = [
    ...(manifest.includes('"version"') ? [] : ['"version": "19.0.1.0.0"']),
    ...(manifest.includes('"license"') ? [] : ['"license": "LGPL-3"']),
  ];
  return { [`${name}/__manifest__.py`]: `{${[...entries, ...own].join(", ")}}`, [`${name}/__init__.py`]: "" };
}
