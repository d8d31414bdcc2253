import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "./source-tree.ts";

/** Files that break one rule each: a linter that is configured and silent looks like one that found nothing. */
const planted: readonly (readonly [string, string, string])[] = [
  ["src/domain/plan/a.ts", `import { readFile } from "node:fs/promises";\nexport const a: unknown = readFile;\n`, "no-restricted-imports"],
  ["src/domain/plan/b.ts", `import { z } from "zod";\nexport const a: unknown = z;\n`, "no-restricted-imports"],
  ["src/domain/plan/c.ts", `export const a = (): number => Date.now();\n`, "no-restricted-globals"],
  ["src/domain/plan/d.ts", `export const a = (): number => Math.random();\n`, "no-restricted-properties"],
  ["src/engine/a.ts", `export function a(): void {\n  Promise.reject(new Error("lost"));\n}\n`, "no-floating-promises"],
  ["src/engine/b.ts", `export const a = (list: string[]): void => list.forEach(async () => Promise.resolve());\n`, "no-misused-promises"],
  ["src/engine/c.ts", `export const a: ${"an"}y = 1;\n`, "no-explicit-any"],
  [
    "src/engine/d.ts",
    `export function a(kind: "x" | "y"): void {\n  switch (kind) {\n    case "x":\n  }\n}\n`,
    "switch-exhaustiveness-check",
  ],
  ["src/engine/e.ts", `export const a = 1;\nexport default a;\n`, "no-default-export"],
  ["src/engine/f.ts", `import { g } from "./g.ts";\nexport const f: unknown = g;\n`, "no-cycle"],
  ["src/engine/g.ts", `import { f } from "./f.ts";\nexport const g: unknown = f;\n`, "no-cycle"],
];

describe("the linter's configuration", () => {
  let root: string;
  let report: readonly { readonly filename: string; readonly code: string }[];

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "plimsoll-lint-"));
    for (const file of [".oxlintrc.json", "tsconfig.json", "package.json"]) cpSync(join(repositoryRoot, file), join(root, file));
    symlinkSync(join(repositoryRoot, "node_modules"), join(root, "node_modules"));
    for (const [path, text] of planted) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const { stdout } = spawnSync(join(root, "node_modules/.bin/oxlint"), ["-f", "json"], { cwd: root, encoding: "utf8" });
    report = (JSON.parse(stdout) as { diagnostics: typeof report }).diagnostics;
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(planted)("%s is reported", (path, _text, rule) => {
    expect(report.filter(({ filename }) => filename === path).map(({ code }) => code)).toContainEqual(expect.stringContaining(`(${rule})`));
  });
});
