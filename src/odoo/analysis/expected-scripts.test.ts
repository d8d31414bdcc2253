import { describe, expect, it } from "vitest";
import type { ModuleFacts } from "../../domain/release/release.ts";
import { expectedScripts } from "./expected-scripts.ts";

function module(version: string, migrationScripts: readonly string[]): ModuleFacts {
  return {
    name: "a",
    addonsIndex: 0,
    digest: "sha256:0",
    version,
    depends: ["base"],
    installable: true,
    autoInstall: false,
    externalDependencies: { python: [], bin: [] },
    migrationScripts,
    dataFiles: [],
    hooks: [],
    sizeBytes: 1,
    fileCount: 1,
  };
}

function run(from: string | null, to: string, ...paths: string[]): string[] {
  return expectedScripts(module(to, paths), from, "19.0").map((script) => `${script.stage} ${script.version} ${script.file}`);
}

describe("the scripts that Odoo runs", () => {
  it("are those above the database's version and up to the manifest's", () => {
    const paths = ["1.0", "1.1", "1.2", "1.3"].map((version) => `migrations/19.0.${version}/pre-x.py`);
    expect(run("19.0.1.0", "19.0.1.2", ...paths)).toEqual(["pre 19.0.1.1 pre-x.py", "pre 19.0.1.2 pre-x.py"]);
  });

  it("need a raised version, 0.0.0 too", () => {
    expect(run("19.0.1.0", "19.0.1.0", "migrations/19.0.1.0/pre-x.py", "migrations/0.0.0/end-y.py")).toEqual([]);
    expect(run("19.0.1.0", "19.0.1.1", "migrations/0.0.0/end-y.py")).toEqual(["end 0.0.0 end-y.py"]);
  });

  it("run 0.0.0 first in pre, last in post and end", () => {
    const paths = ["0.0.0", "1.1", "1.2"].flatMap((version) => [`migrations/${version}/pre-x.py`, `migrations/${version}/post-x.py`]);
    expect(run("19.0.1.0", "19.0.1.2", ...paths)).toEqual([
      "pre 0.0.0 pre-x.py",
      "pre 1.1 pre-x.py",
      "pre 1.2 pre-x.py",
      "post 1.1 post-x.py",
      "post 1.2 post-x.py",
      "post 0.0.0 post-x.py",
    ]);
  });

  it("without a series compare the module's own part only", () => {
    // A database of the earlier series at the same module version: the script ran there already.
    expect(run("18.0.2.0", "19.0.2.0", "migrations/2.0/pre-x.py", "migrations/19.0.2.0/pre-y.py")).toEqual(["pre 19.0.2.0 pre-y.py"]);
  });

  it("count three parts as the module's, so that a script for 19.0.1 in the folder 19.0.1 means 19.0.19.0.1", () => {
    expect(run("19.0.0.9", "19.0.1.0", "migrations/19.0.1/pre-x.py")).toEqual([]);
  });

  it("may lie under upgrades, and come in the order of their names across both folders", () => {
    expect(run("19.0.1.0", "19.0.1.1", "upgrades/1.1/pre-b.py", "migrations/1.1/pre-a.py", "migrations/1.1/pre-c.py")).toEqual([
      "pre 1.1 pre-a.py",
      "pre 1.1 pre-b.py",
      "pre 1.1 pre-c.py",
    ]);
  });

  it("leave out what Odoo leaves out", () => {
    const ignored = [
      "migrations/1.1/x.py",
      "migrations/1.1/pre-x.txt",
      "migrations/v1.1/pre-x.py",
      "migrations/1/pre-x.py",
      "migrations/tests/pre-x.py",
      "migrations/1.1/sub/pre-x.py",
      "other/1.1/pre-x.py",
    ];
    expect(run("19.0.1.0", "19.0.1.1", ...ignored)).toEqual([]);
  });

  it("take a module without a version in the database for 0.1", () => {
    expect(run(null, "19.0.1.1", "migrations/19.0.1.1/post-x.py")).toEqual(["post 19.0.1.1 post-x.py"]);
  });
});
