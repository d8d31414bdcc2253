import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readManifest } from "../../src/odoo/source/manifest.ts";
import { parsePythonLiteral, type PythonLiteral } from "../../src/odoo/source/python-literal.ts";
import { readParts } from "../parts/parts.ts";

const { odoo } = readParts();
const modules = readdirSync(odoo.addonsPath, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(odoo.addonsPath, entry.name)).includes("__manifest__.py"))
  .map((entry) => entry.name);
const manifestOf = (module: string): Buffer => readFileSync(join(odoo.addonsPath, module, "__manifest__.py"));

/** `[type, value]` for every value, so that 1, True and "1" stay apart. */
const dumpScript = `
import ast, json, sys
def dump(value):
    kind = type(value).__name__
    if value is None or value is Ellipsis: return [kind]
    if isinstance(value, (bool, str)): return [kind, value]
    if isinstance(value, int): return [kind, str(value)]
    if isinstance(value, float): return [kind, value]
    if isinstance(value, bytes): return [kind, list(value)]
    if isinstance(value, dict): return [kind, [[dump(k), dump(v)] for k, v in value.items()]]
    return [kind, [dump(item) for item in value]]
for path in json.load(sys.stdin):
    print(json.dumps(dump(ast.literal_eval(open(path, encoding="utf-8").read()))))
`;

function dump(literal: PythonLiteral): unknown {
  switch (literal.type) {
    case "none":
      return ["NoneType"];
    case "bool":
    case "str":
    case "float":
    case "bytes":
      return [literal.type, literal.value];
    case "int":
      return ["int", String(literal.value)];
    case "list":
    case "tuple":
    case "set":
      return [literal.type, literal.items.map(dump)];
    case "dict":
      // Of a key that is written twice Python keeps the first place and the last value.
      return ["dict", [...new Map(literal.entries.map(([key, value]) => [JSON.stringify(dump(key)), [dump(key), dump(value)]])).values()]];
    default:
      throw new Error(`no manifest of Odoo has a ${literal.type}`);
  }
}

test("every manifest of Odoo reads as CPython's ast.literal_eval reads it", () => {
  expect(modules.length).toBeGreaterThan(600);
  const paths = modules.map((module) => join(odoo.addonsPath, module, "__manifest__.py"));
  const theirs = execFileSync(odoo.python, ["-c", dumpScript], { input: JSON.stringify(paths), maxBuffer: 64 * 1024 * 1024 })
    .toString()
    .trimEnd()
    .split("\n");
  for (const [index, module] of modules.entries()) {
    const ours = dump(parsePythonLiteral(manifestOf(module).toString("utf8"), module));
    expect(ours, module).toEqual(JSON.parse(theirs[index] ?? "null"));
  }
});

/** Odoo's own reading of its manifests, from its own code. */
const odooScript = `
import json, logging, sys
sys.argv = ["odoo"]
logging.disable(logging.CRITICAL)
from odoo.modules.module import Manifest
for path in json.load(sys.stdin):
    manifest = Manifest._from_path(path)
    auto = manifest["auto_install"]
    print(json.dumps({
        "version": manifest["version"], "depends": list(manifest["depends"]), "installable": bool(manifest["installable"]),
        "auto": sorted(auto) if auto else (None if auto is False else []),
    }))
`;

test("version, dependencies, installable and automatic installation are as Odoo computes them", () => {
  const theirs = execFileSync(odoo.python, ["-c", odooScript], {
    input: JSON.stringify(modules.map((module) => join(odoo.addonsPath, module))),
    env: { PATH: process.env["PATH"], PYTHONPATH: odoo.pythonPath, PYTHONPYCACHEPREFIX: odoo.pycachePrefix },
    maxBuffer: 64 * 1024 * 1024,
  })
    .toString()
    .trimEnd()
    .split("\n");
  for (const [index, module] of modules.entries()) {
    const facts = readManifest(manifestOf(module), { module, file: module, series: "19.0", otherSeries: "refuse" });
    const auto = facts.autoInstall === true ? facts.depends : facts.autoInstall === false ? null : facts.autoInstall;
    const ours = {
      version: facts.version,
      depends: facts.depends,
      installable: facts.installable,
      auto: auto === null ? null : [...auto].toSorted(),
    };
    expect(ours, module).toEqual(JSON.parse(theirs[index] ?? "null"));
  }
});
