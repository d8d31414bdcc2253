import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Client, types } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../../test/parts/cluster.ts";
import { readParts } from "../../../../test/parts/parts.ts";
import { makeScratch } from "../../../../test/parts/scratch.ts";
import { restoreTenant } from "../../../../test/parts/template.ts";
import type { AnalysedSide } from "../../../app/ports/analysis-kind.ts";
import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import { openSourceTrees } from "../../../main/source-trees.ts";
import { readSnapshot } from "../../inventory/catalogue-snapshot.ts";
import { analysedSide, sideGround } from "../side.ts";
import { freshCatalogue } from "./fresh-catalogue.ts";
import { updateSchema } from "./update-schema.ts";

/** What a real Odoo made of base, web, contacts, project, hr_timesheet, sale_management, account and all that comes with them. */
let actual: CatalogueSnapshot;
let side: AnalysedSide;
let predicted: CatalogueSnapshot;
let cluster: Cluster;
const scratch = makeScratch("fresh-catalogue", null);

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createRole("odoo", { password: "odoo" });
  mkdirSync(join(scratch.directory, "data"));
  await restoreTenant(cluster, { template: "services", database: "services", owner: "odoo", dataDir: join(scratch.directory, "data") });
  actual = await snapshotOf("services");
  const trees = openSourceTrees(null);
  const installed = Object.keys(actual.modules);
  const { modules } = await trees.read(installed.map((name) => ({ path: join(readParts().odoo.addonsPath, name), translations: false })));
  const core = [...modules.values()];
  side = analysedSide({ ground: sideGround({ core, release: [], others: [], series: "19.0" }), modules: installed });
  predicted = freshCatalogue(side);
});

afterAll(async () => {
  await cluster.stop();
  await scratch.remove();
});

async function snapshotOf(database: string): Promise<CatalogueSnapshot> {
  const bigint = 20;
  const client = new Client({
    connectionString: cluster.dsn(database),
    types: { getTypeParser: (oid, format) => (Number(oid) === bigint ? Number : types.getTypeParser(oid, format as "text")) },
  });
  await client.connect();
  try {
    await client.query("BEGIN READ ONLY");
    return await readSnapshot({ query: async (sql, values) => (await client.query(sql, [...(values ?? [])])).rows });
  } finally {
    await client.end();
  }
}

function compare(real: Iterable<string>, ours: Iterable<string>): { missing: string[]; invented: string[] } {
  const [is, said] = [new Set(real), new Set(ours)];
  return { missing: [...is].filter((one) => !said.has(one)).sort(), invented: [...said].filter((one) => !is.has(one)).sort() };
}

describe("a fresh installation", () => {
  it("has the predicted tables and views", () => {
    expect(compare(actual.tables, predicted.tables)).toEqual({ missing: [], invented: [] });
    expect(compare(actual.views, predicted.views)).toEqual({ missing: [], invented: [] });
    // Odoo makes them for records of `ir.sequence`.
    expect(compare(actual.sequences, predicted.sequences)).toEqual({ missing: ["ir_sequence_002", "ir_sequence_003"], invented: [] });
  });

  it("has the predicted columns, but for what a model's own SQL makes with text that is put together", () => {
    const columns = ({ columns: all }: CatalogueSnapshot): string[] => Object.entries(all).map(([name, { type }]) => `${name}: ${type}`);
    expect(Object.keys(actual.columns).length).toBeGreaterThan(4_600);
    expect(compare(columns(actual), columns(predicted))).toEqual({
      missing: ["auth_totp_device.index: character varying(8)", "res_users_apikeys.index: character varying(8)"],
      invented: ["auth_totp_device.index: character varying", "res_users_apikeys.index: character varying"],
    });
  });

  it("has NOT NULL where it was predicted", () => {
    const required = ({ columns }: CatalogueSnapshot): string[] => Object.keys(columns).filter((name) => columns[name]?.notNull === true);
    const { missing, invented } = compare(required(actual), required(predicted));
    expect(missing).toEqual([]);
    // Odoo's own check takes it from columns that no field knows.
    expect(invented.filter((name) => !/^(?:auth_totp_device|res_users_apikeys)\./.test(name))).toEqual([]);
  });

  it("has the predicted foreign keys and constraints", () => {
    // ON DELETE depends on which module was loaded last, the order of a primary key on which of two fields came first.
    const names = ({ constraints }: CatalogueSnapshot): string[] =>
      Object.entries(constraints).map(([name, text]) => `${name} ${text.replace(/ ON DELETE .*| \(.*/, "")}`);
    const { missing, invented } = compare(names(actual), names(predicted));
    expect(missing.filter((name) => !/^(?:auth_totp_device|res_users_apikeys)\./.test(name))).toEqual([]);
    expect(invented).toEqual([]);
  });

  it("has the predicted models and fields", () => {
    const fields = ({ fields: all }: CatalogueSnapshot): string[] => Object.entries(all).map(([name, { kind }]) => `${name} ${kind}`);
    expect(compare(Object.keys(actual.models), Object.keys(predicted.models))).toEqual({ missing: [], invented: [] });
    expect(compare(fields(actual), fields(predicted))).toEqual({ missing: [], invented: [] });
  });

  it("has no value of a selection that wasn't predicted, but for lists that Python puts together", () => {
    const { missing, invented } = compare(Object.keys(actual.selections), Object.keys(predicted.selections));
    expect(invented).toEqual([]);
    const computed = new Set(missing.map((line) => line.slice(0, line.indexOf(": "))));
    expect(computed.size).toBeLessThan(20);
  });
});

it("updating everything with the same code changes nothing", () => {
  const { registry, order } = side;
  const update = updateSchema({ catalogue: actual, before: registry, after: registry, modules: new Set(order) });
  expect(update).toMatchObject({ changes: [], uncertain: [], risks: [] });
});

it("played on the real database, a fresh registry finds every column as it should be", () => {
  const { changes } = updateSchema({ catalogue: actual, before: null, after: side.registry, modules: new Set(side.order) });
  expect(changes.filter(({ kind }) => kind !== "constraint-added" && kind !== "index-added")).toEqual([]);
});
