import { predictUpdate } from "../../src/odoo/analysis/prediction/predict-update.ts";
import { sqlEffects } from "../../src/odoo/analysis/prediction/sql-effects.ts";
import { sideOf } from "../../src/odoo/analysis/schema/test-kit.ts";
import { readArch } from "../../src/odoo/source/arch-text.ts";
import { readExpression } from "../../src/odoo/source/data-eval.ts";
import { readDataFile } from "../../src/odoo/source/data-file.ts";
import { readManifest } from "../../src/odoo/source/manifest.ts";
import { emptyManifest, readManifestSource } from "../../src/odoo/source/manifest-source.ts";
import { readModuleData } from "../../src/odoo/source/module-data.ts";
import { readPoFile } from "../../src/odoo/source/po-file.ts";
import { readPythonFile } from "../../src/odoo/source/python-file.ts";
import { parsePythonLiteral } from "../../src/odoo/source/python-literal.ts";
import { checkPythonSyntax } from "../../src/odoo/source/python-parser.ts";
import { readPythonPackage } from "../../src/odoo/source/python-package.ts";
import { seeds } from "./seeds.ts";

/** A parser that mustn't stumble over anything. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly string[];
  /** Which files of an installed Odoo are seeds too. */
  readonly like: RegExp | null;
  readonly run: (text: string) => unknown;
}

function dataFile(file: string): (text: string) => unknown {
  return (text) =>
    readModuleData({
      module: "rental",
      manifest: { ...emptyManifest, installable: true, data: [file] },
      files: new Map([[file, text]]),
      paths: new Set([file]),
    });
}

const plain = sideOf({ rental: "class Order(models.Model):\n    _name = 'rental.order'\n    state = fields.Char()\n" });

/** Models and a migration script, once as what comes and once as what was there. */
function predictBothWays(text: string): unknown {
  const odd = sideOf({
    rental: { files: { "models.py": text, "migrations/19.0.1.1.0/pre-a.py": text }, version: "19.0.1.1.0" },
  });
  const [updated, installed, tenant] = [new Set(["rental"]), [], null];
  return [
    predictUpdate({ before: plain, after: odd, tenant, updated, installed }),
    predictUpdate({ before: odd, after: plain, tenant, updated, installed }),
  ];
}

export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: "manifest",
    seeds: seeds.manifest,
    like: /\/__manifest__\.py$/,
    run: (text) => {
      const bytes = new TextEncoder().encode(text);
      return readManifest(bytes, { module: "rental", file: "rental/__manifest__.py", series: "19.0", otherSeries: "not-installable" });
    },
  },
  { name: "manifest-source", seeds: seeds.manifest, like: /\/__manifest__\.py$/, run: (text) => readManifestSource("rental", text) },
  {
    name: "python-literal",
    seeds: [...seeds.manifest, ...seeds.expression],
    like: null,
    run: (text) => parsePythonLiteral(text, "literal"),
  },
  { name: "python-file", seeds: seeds.python, like: /\/models\/[^/]*\.py$/, run: readPythonFile },
  {
    name: "python-package",
    seeds: seeds.python,
    like: /\/(?:models|controllers|wizard)\/[^/]*\.py$/,
    run: (text) => {
      const files = ["__init__.py", "order.py", "migrations/19.0.1.1.0/pre-a.py"].map((file) => [file, text] as const);
      return readPythonPackage({ module: "rental", files: new Map(files) });
    },
  },
  { name: "python-syntax", seeds: seeds.python, like: /\/(?:models|tests)\/[^/]*\.py$/, run: checkPythonSyntax },
  { name: "predict-update", seeds: [...seeds.python, ...seeds.model], like: /\/models\/[^/]*\.py$/, run: predictBothWays },
  { name: "sql-effects", seeds: seeds.sql, like: null, run: sqlEffects },
  { name: "xml-data", seeds: seeds.xml, like: /\/(?:data|views|security)\/[^/]*\.xml$/, run: dataFile("data/a.xml") },
  { name: "xml-references", seeds: seeds.xml, like: null, run: (text) => readDataFile("data/a.xml", text) },
  { name: "csv-references", seeds: seeds.csv, like: null, run: (text) => readDataFile("data/a.csv", text) },
  { name: "arch", seeds: seeds.xml, like: null, run: readArch },
  { name: "csv-data", seeds: seeds.csv, like: /\/(?:data|security)\/[^/]*\.csv$/, run: dataFile("data/rental.order-a.csv") },
  { name: "po", seeds: seeds.po, like: /\/i18n\/[^/]*\.pot?$/, run: (text) => [readPoFile(text), dataFile("i18n/nl.po")(text)] },
  { name: "expression", seeds: seeds.expression, like: null, run: (text) => readExpression(text, "rental") },
  { name: "neutralize", seeds: seeds.sql, like: /\/data\/neutralize\.sql$/, run: dataFile("data/neutralize.sql") },
];
