import { describe, expect, it } from "vitest";
import { rooms } from "./import-table.ts";
import { checkImports, roomOf } from "./import-rules.ts";
import { parseFile } from "./parsed-file.ts";
import { readSourceTree, sourcesUnder, withFiles } from "./source-tree.ts";

const tree = readSourceTree();
const sources = sourcesUnder(tree, "src/");

describe("the import table", () => {
  it("holds for every file of src", () => {
    expect(checkImports(tree)).toEqual([]);
  });

  it("saw the files: each of the rooms that the first plan needs, and most references are resolved", () => {
    expect(sources.length).toBeGreaterThan(100);
    const needed = [
      "src/domain/plan",
      "src/domain/rollout",
      "src/odoo/source",
      "src/odoo/inventory",
      "src/odoo/server",
      "src/app/ports",
      "src/app",
      "src/engine",
      "src/store",
      "src/http",
      "src/http/contract",
      "src/cli",
      "src/main",
    ];
    for (const folder of needed) expect(sources.filter((file) => roomOf(file)?.folder === folder).length, folder).toBeGreaterThan(0);
    for (const pattern of [
      "src/extensions/steps/",
      "src/extensions/gates/",
      "src/extensions/runtimes/",
      "src/extensions/change-kinds/",
      "src/systems/",
    ]) {
      expect(sources.filter((file) => file.startsWith(pattern)).length, pattern).toBeGreaterThan(1);
    }
    expect(sources.flatMap((file) => parseFile(tree, file).references).length).toBeGreaterThan(300);
  });

  it("names only folders that a path can be in, each once", () => {
    const folders = rooms.map((room) => room.folder);
    expect(new Set(folders).size).toBe(folders.length);
  });
});

const planted: readonly (readonly [string, string, string, RegExp])[] = [
  ["domain uses Node", "src/domain/plan/planted.ts", `import { readFile } from "node:fs/promises";`, /may not use node:fs\/promises/],
  [
    "domain uses Node without its prefix",
    "src/domain/plan/planted.ts",
    `import { readFile } from "fs/promises";`,
    /may not use fs\/promises/,
  ],
  ["domain uses a package", "src/domain/plan/planted.ts", `import { z } from "zod";`, /may not use the package zod/],
  ["domain uses a type of a package", "src/domain/plan/planted.ts", `import type { z } from "zod";`, /may not use the package zod/],
  [
    "a lower room of the domain sees a higher one",
    "src/domain/shared/planted.ts",
    `import type { Plan } from "../plan/plan.ts";`,
    /src\/domain\/shared may not import src\/domain\/plan/,
  ],
  [
    "rooms of the domain beside each other",
    "src/domain/fleet/planted.ts",
    `import type { Release } from "../release/release.ts";`,
    /may not import src\/domain\/release/,
  ],
  [
    "domain sees the ports",
    "src/domain/plan/planted.ts",
    `import type { Clock } from "../../app/ports/clock.ts";`,
    /may not import src\/app\/ports/,
  ],
  ["export from", "src/domain/shared/planted.ts", `export * from "../plan/plan.ts";`, /may not import src\/domain\/plan/],
  [
    "dynamic import",
    "src/domain/shared/planted.ts",
    `export const plan = await import("../plan/plan.ts");`,
    /may not import src\/domain\/plan/,
  ],
  [
    "import type expression",
    "src/domain/shared/planted.ts",
    `export type P = import("../plan/plan.ts").Plan;`,
    /may not import src\/domain\/plan/,
  ],
  ["side effect import", "src/domain/shared/planted.ts", `import "../plan/plan.ts";`, /may not import src\/domain\/plan/],
  [
    "a step sees another step",
    "src/extensions/steps/planted/planted.ts",
    `import { fence } from "../fence/fence.ts";`,
    /may not import src\/extensions\/steps\/fence/,
  ],
  [
    "a step sees a gate",
    "src/extensions/steps/planted/planted.ts",
    `import { gate } from "../../gates/preflight/preflight.ts";`,
    /may not import src\/extensions\/gates/,
  ],
  [
    "a step sees a system",
    "src/extensions/steps/planted/planted.ts",
    `import type { X } from "../../../systems/postgres/quote.ts";`,
    /may not import src\/systems\/postgres/,
  ],
  [
    "a system sees its sibling",
    "src/systems/planted/planted.ts",
    `import { quote } from "../postgres/quote.ts";`,
    /may not import src\/systems\/postgres/,
  ],
  [
    "a system imports a value of the domain",
    "src/systems/planted/planted.ts",
    `import { verdictOf } from "../../domain/verdict/verdict.ts";`,
    /types of src\/domain\/verdict only/,
  ],
  [
    "a system imports a value of a port",
    "src/systems/planted/planted.ts",
    `import { anyStep } from "../../app/ports/any-step.ts";`,
    /types of src\/app\/ports only/,
  ],
  [
    "a value hides beside a type",
    "src/systems/planted/planted.ts",
    `import { type Plan, staleReasons } from "../../domain/plan/plan.ts";`,
    /types of src\/domain\/plan only/,
  ],
  [
    "inventory imports a value of the sources",
    "src/odoo/inventory/planted.ts",
    `import { read } from "../source/manifest.ts";`,
    /types of src\/odoo\/source only/,
  ],
  ["analysis uses Node", "src/odoo/analysis/planted.ts", `import { join } from "node:path";`, /may not use node:path/],
  [
    "a use case sees a system",
    "src/app/commands/planted.ts",
    `import { quote } from "../../systems/postgres/quote.ts";`,
    /src\/app may not import src\/systems\/postgres/,
  ],
  ["a port uses a driver", "src/app/ports/planted.ts", `import type { Pool } from "pg";`, /may not use the package pg/],
  [
    "the CLI sees a use case",
    "src/cli/planted.ts",
    `import { create } from "../app/commands/create-release.ts";`,
    /src\/cli may not import src\/app/,
  ],
  [
    "the contract sees a route",
    "src/http/contract/planted.ts",
    `import { route } from "../routes/releases.ts";`,
    /src\/http\/contract may not import src\/http/,
  ],
  ["source sees a test", "src/domain/plan/planted.ts", `import { x } from "./plan.test.ts";`, /imports a test/],
  ["source sees test/", "src/main/planted.ts", `import { x } from "../../test/conformance/fake-world.ts";`, /reaches out of src/],
  ["source sees tools/", "src/main/planted.ts", `import { x } from "../../tools/new/new.ts";`, /reaches out of src/],
  [
    "a test of the domain needs a system",
    "src/domain/plan/planted.test.ts",
    `import { quote } from "../../systems/postgres/quote.ts";`,
    /may not import src\/systems\/postgres/,
  ],
  [
    "a test of a room without packages uses one",
    "src/odoo/analysis/planted.test.ts",
    `import { Hono } from "hono";`,
    /may not use the package hono/,
  ],
  ["a folder that is no room", "src/helpers/planted.ts", `export const a = 1;`, /is in no room/],
];

describe("a planted violation is reported", () => {
  it.each(planted)("%s", (_what, file, text, says) => {
    const found = checkImports(withFiles(new Map(), { [file]: text }));
    expect(found).toHaveLength(1);
    expect(found[0]?.file).toBe(file);
    expect(found[0]?.message).toMatch(says);
  });

  it("and a type where types are allowed is not", () => {
    const allowed = withFiles(new Map(), {
      "src/systems/planted/planted.ts": `import type { Plan } from "../../domain/plan/plan.ts"; import { PlimsollError } from "../../domain/shared/errors.ts"; import { own } from "./own.ts";`,
      "src/systems/planted/own.ts": `export const own = 1;`,
    });
    expect(checkImports(allowed)).toEqual([]);
  });

  it("and a file that can't be parsed is an error, not a pass", () => {
    expect(() => checkImports(withFiles(new Map(), { "src/main/planted.ts": "import {" }))).toThrow(/planted/);
  });
});
