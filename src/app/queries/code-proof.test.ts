import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { CodeProof } from "../../domain/impact/impact.ts";
import type { Base, Release } from "../../domain/release/release.ts";
import { moduleReader } from "../../odoo/source/module-reader.ts";
import { createProcesses } from "../../systems/process/run.ts";
import { createReleaseLibrary } from "../../systems/release-library/release-library.ts";
import type { ReleaseLibrary } from "../ports/release-library.ts";
import type { EnvironmentRecord } from "../ports/store.ts";
import { proveRelease } from "./code-proof.ts";

let scratch: string;
let releases: ReleaseLibrary;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "plimsoll-proof-"));
  releases = createReleaseLibrary({ directory: join(scratch, "library"), processes: createProcesses(), reader: moduleReader });
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const files = {
  "acme/__manifest__.py": '{"version": "19.0.1.0.0", "data": ["./data/a.xml"]}',
  "acme/__init__.py": "from . import models\n",
  "acme/models.py":
    'from odoo import fields, models\n\n\nclass A(models.Model):\n    _name = "acme.a"\n    x = fields.Char()\n\n    def go(self):\n        return 1\n',
  "acme/data/a.xml": '<odoo><record id="a" model="acme.a"><field name="x" file="acme/static/a.txt"/></record></odoo>',
  "acme/static/a.txt": "a",
  "acme/static/b.txt": "b",
  "acme/i18n/de.po": '#. module: acme\n#: code:addons/acme/models.py:0\nmsgid "A"\nmsgstr "B"\n',
};

const base: Base = { digest: "sha256:base", series: "19.0", odooVersion: "19.0", pythonVersion: "3.11", modules: [], loadTimeModels: [] };

async function release(name: string, changed: Readonly<Record<string, string>>): Promise<Release> {
  for (const [path, text] of Object.entries({ ...files, ...changed })) {
    mkdirSync(dirname(join(scratch, name, path)), { recursive: true });
    writeFileSync(join(scratch, name, path), text);
  }
  const { digest, content } = await releases.add([join(scratch, name)], { series: "19.0" });
  return { name, digest, content, metadata: { sources: [] }, createdAt: "", createdBy: "" };
}

async function prove(changed: Readonly<Record<string, string>>): Promise<CodeProof | null> {
  const environment = { baseDigest: base.digest, lag: [] } as unknown as EnvironmentRecord;
  const modules = ["base", "acme"].map((name) => ({
    name,
    state: "installed",
    version: name === "acme" ? "19.0.1.0.0" : "19.0.1.0",
    imported: false,
  }));
  const facts = {
    name: "base",
    digest: "sha256:1",
    version: "19.0.1.0",
    depends: [],
    installable: true,
    autoInstall: false,
    migrationScripts: [],
    addonsIndex: 0,
  };
  return proveRelease(releases, {
    environment,
    tenant: { modules, partiallyUpdated: false } as unknown as TenantFacts,
    base: { ...base, modules: [facts as unknown as Base["modules"][number]] },
    from: await release("old", {}),
    to: await release("new", changed),
  });
}

it.each([
  ["acme/models.py", files["acme/models.py"].replace("return 1", "return 2")],
  ["acme/static/b.txt", "c"],
  ["acme/i18n/de.po", files["acme/i18n/de.po"].replace('"B"', '"C"')],
])("proves a code-only release out of the library's bytes: %s", async (path, text) => {
  expect(await prove({ [path]: text })).toMatchObject({ breaches: [] });
});

it.each([
  ["acme/models.py", files["acme/models.py"].replace("Char()", 'Char("X")'), "field-declaration-changed"],
  ["acme/data/a.xml", "<odoo/>", "data-file-changed"],
  ["acme/static/a.txt", "b", "referenced-file-changed"],
  [
    "acme/i18n/de.po",
    files["acme/i18n/de.po"].replace("code:addons/acme/models.py:0", "model:acme.a,x:acme.a"),
    "record-translation-changed",
  ],
])("finds what breaks the proof: %s", async (path, text, clause) => {
  expect(await prove({ [path]: text })).toMatchObject({ breaches: [{ clause, module: "acme" }] });
});

it("compares nothing when no release is on record", async () => {
  const to = await release("new", {});
  expect(
    await proveRelease(releases, { environment: {} as EnvironmentRecord, tenant: {} as TenantFacts, base, from: null, to }),
  ).toBeNull();
});
