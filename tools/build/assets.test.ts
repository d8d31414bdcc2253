import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { assetsOf, copyAssets } from "./assets.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-assets-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(...files: readonly string[]): string {
  for (const file of files) {
    mkdirSync(dirname(join(folder, "src", file)), { recursive: true });
    writeFileSync(join(folder, "src", file), file);
  }
  return join(folder, "src");
}

test("what compiled code reads is copied to the same place; sources, tests and texts stay", () => {
  const source = put("a/x.ts", "a/x.test.ts", "a/read.py", "b/0001.sql", "b/SPEC.md", "b/tsconfig.json", "a/__pycache__/read.pyc");
  expect(copyAssets(source, join(folder, "dist"))).toBe(2);
  expect(readFileSync(join(folder, "dist", "b", "0001.sql"), "utf8")).toBe("b/0001.sql");
});

test("a file that nobody has thought of stops the build", () => {
  expect(() => assetsOf(put("a/x.ts", "a/weights.bin"))).toThrow(/weights\.bin/);
});

test("every file of the sources is known", () => {
  const source = fileURLToPath(new URL("../../src", import.meta.url));
  expect(assetsOf(source)).toContain("store/migrations/0001-ledger.sql");
});
