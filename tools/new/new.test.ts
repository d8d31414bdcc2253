import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registriesListFolders } from "../../test/architecture/rules/registries.ts";
import { checkImports } from "../../test/architecture/import-rules.ts";
import { readSourceTree } from "../../test/architecture/source-tree.ts";
import { runNew } from "./new.ts";
import { repositoryRoot } from "./repository-root.ts";

let root: string;
const said: string[] = [];
const run = (...parameters: string[]): number => runNew(parameters, root, (line) => said.push(line));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "plimsoll-new-"));
  for (const path of ["src", "test", "tools", "package.json", "tsconfig.json", ".oxlintrc.json", ".oxfmtrc.json"]) {
    cpSync(join(repositoryRoot, path), join(root, path), { recursive: true, filter: (source) => !source.includes("node_modules") });
  }
  symlinkSync(join(repositoryRoot, "node_modules"), join(root, "node_modules"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("npm run new", () => {
  it.each([
    [["plugin", "check-indexes"], /no kind of extension/],
    [["gate", "Check_Indexes"], /is not an id/],
    [["gate", "check--indexes"], /is not an id/],
    [["gate", "../escape"], /is not an id/],
    [["gate", "a".repeat(41)], /longer than 40/],
    [["step", "return"], /taken/],
    [["step", "claim"], /exists already/],
    [["gate"], /Usage/],
    [["gate", "a-b", "c"], /Usage/],
    [["gate", "a-b", "--force"], /Usage/],
  ])("refuses %j, saying why", (parameters, says) => {
    said.length = 0;
    const before = readFileSync(join(root, "src/extensions/gates/registry.ts"), "utf8");
    expect(run(...parameters)).toBe(1);
    expect(said.join("\n")).toMatch(says);
    expect(read("src/extensions/gates/registry.ts")).toBe(before);
  });

  it("says what it would do, and does nothing, in a dry run", () => {
    said.length = 0;
    const before = read("src/extensions/gates/registry.ts");
    expect(run("gate", "check-indexes", "--dry-run")).toBe(0);
    expect(said.join("\n")).toMatch(/would write {4}src\/extensions\/gates\/check-indexes\/check-indexes\.ts/);
    expect(existsSync(join(root, "src/extensions/gates/check-indexes"))).toBe(false);
    expect(read("src/extensions/gates/registry.ts")).toBe(before);
  });

  it("writes folder, source, test and registry line, and says what comes next", () => {
    said.length = 0;
    expect([run("gate", "check-indexes"), run("step", "warm-caches"), run("runtime", "bare-metal"), run("analysis", "dead-code")]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(said.join("\n")).toMatch(/wrote {4}src\/extensions\/gates\/check-indexes\/check-indexes\.test\.ts/);
    expect(said.join("\n")).toMatch(/\+ anyGate\(checkIndexes\),/);
    expect(said.join("\n")).toMatch(/Next:\n {2}1\. /);
    expect(read("src/extensions/steps/registry.ts")).toMatch(/ {2}anyStep\(warmCaches\),\n\];/);
    expect(read("src/extensions/analyses/registry.ts")).toMatch(/ {2}deadCode,\n\];/);
    expect(read("src/extensions/runtimes/registry.ts")).toMatch(/[ [{]bareMetal\];/);
    expect(run("gate", "check-indexes")).toBe(1);
  });

  it("leaves a house in which the registries and the import table hold", () => {
    const tree = readSourceTree(root);
    expect(registriesListFolders.check(tree)).toEqual([]);
    expect(checkImports(tree).filter(({ file }) => /check-indexes|warm-caches|bare-metal|dead-code|registry/.test(file))).toEqual([]);
  });

  it("writes what the compiler accepts", () => {
    const files = [
      "gates/check-indexes/check-indexes",
      "steps/warm-caches/warm-caches",
      "runtimes/bare-metal/bare-metal",
      "analyses/dead-code/dead-code",
    ].map((path) => `src/extensions/${path}.ts`);
    writeFileSync(join(root, "tsconfig.new.json"), JSON.stringify({ extends: "./tsconfig.json", include: [], files }));
    const compiler = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.new.json"], { cwd: root, encoding: "utf8" });
    expect(compiler.stdout).toBe("");
    expect(compiler.status).toBe(0);
  }, 60_000);

  it("writes what the formatter and the linter leave as it is", () => {
    const paths = ["gates/check-indexes", "steps/warm-caches", "runtimes/bare-metal", "analyses/dead-code"].map(
      (path) => `src/extensions/${path}`,
    );
    const bin = (name: string): string => join(root, "node_modules/.bin", name);
    const format = spawnSync(bin("oxfmt"), ["--check", ...paths], { cwd: root, encoding: "utf8" });
    expect(format.status, format.stdout).toBe(0);
    const lint = spawnSync(bin("oxlint"), paths, { cwd: root, encoding: "utf8" });
    expect(lint.status, lint.stdout).toBe(0);
  }, 60_000);

  it("writes tests that pass", () => {
    const paths = ["gates/check-indexes", "steps/warm-caches", "runtimes/bare-metal", "analyses/dead-code"].map(
      (path) => `src/extensions/${path}`,
    );
    const tests = spawnSync(join(root, "node_modules/.bin/vitest"), ["run", "--root", root, ...paths], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    expect(tests.stdout).toMatch(/Test Files {2}4 passed/);
    expect(tests.status, tests.stdout).toBe(0);
  }, 60_000);
});
