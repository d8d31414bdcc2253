import { mkdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnalysedSide, AnalysedTenant } from "../../src/app/ports/analysis-kind.ts";
import type { SqlReader } from "../../src/app/ports/tenant-database.ts";
import { openSourceTrees } from "../../src/main/source-trees.ts";
import { sha256 } from "../../src/main/wire.ts";
import { freshRecords } from "../../src/odoo/analysis/records/fresh-records.ts";
import { predictRecords } from "../../src/odoo/analysis/records/predict-records.ts";
import { tenantRecords } from "../../src/odoo/analysis/records/record-state.ts";
import { isUnlistedValue } from "../../src/odoo/analysis/records/reflected-records.ts";
import { analysedSide, sideGround } from "../../src/odoo/analysis/side.ts";
import { readSnapshot } from "../../src/odoo/inventory/catalogue-snapshot.ts";
import { readTenantContent } from "../../src/odoo/inventory/tenant-content.ts";
import { readTenantFacts } from "../../src/odoo/inventory/tenant-facts.ts";
import { startCluster, type Cluster } from "../parts/cluster.ts";
import { readParts } from "../parts/parts.ts";
import { makeScratch, type Scratch } from "../parts/scratch.ts";
import { restoreTenant } from "../parts/template.ts";

let cluster: Cluster;
let scratch: Scratch;
let side: AnalysedSide;
let tenant: AnalysedTenant;

beforeAll(async () => {
  cluster = await startCluster();
  scratch = makeScratch("record-prediction");
  await cluster.createRole("odoo", { password: "odoo", createdb: true });
  mkdirSync(join(scratch.directory, "data"));
  await restoreTenant(cluster, { template: "services", database: "acme", owner: "odoo", dataDir: join(scratch.directory, "data") });
  tenant = await read(async (sql) => ({
    facts: await readTenantFacts(sql, sha256, "2026-01-01T00:00:00Z"),
    catalogue: await readSnapshot(sql),
    content: await readTenantContent(sql),
  }));
  const { modules } = await openSourceTrees(null).read([{ path: readParts().odoo.addonsPath, translations: false }]);
  const ground = sideGround({ series: "19.0", core: [...modules.values()], release: [], others: [] });
  side = analysedSide({ ground, modules: tenant.facts.modules.map(({ name }) => name) });
});

afterAll(async () => {
  await cluster.stop();
  await scratch.remove();
});

async function read<T>(work: (sql: SqlReader) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: cluster.dsn("acme"),
    types: { getTypeParser: (oid: number) => (oid === 20 ? Number : pg.types.getTypeParser(oid, "text")) } as never,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    return await work({ query: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows });
  } finally {
    await client.end();
  }
}

/** What real Odoo named and the sources alone can't tell, with the reason. */
function explanation(xmlid: string, identity: string): string | null {
  // An unlisted selection takes its values from code: time zones, types of fields, paper formats.
  if (isUnlistedValue(identity, side.registry)) return "values of a selection that code makes";
  // `account` is installed with a chart of accounts, which its post_init_hook loads.
  if (xmlid.startsWith("account.1_")) return "a hook";
  // Its name is a keyword of Python, so it is put onto the class by a call.
  return xmlid === "base.field_ir_rule__global" ? "setattr" : null;
}

test("a fresh installation names what the sources say, to the last record", () => {
  const real = tenantRecords(tenant);
  const mine = freshRecords(side);
  const line = (xmlid: string, model: string, noupdate: boolean): string => `${xmlid} (${model})${noupdate ? " noupdate" : ""}`;
  const predicted = new Set([...mine.entries()].map(([xmlid, { model, noupdate }]) => line(xmlid, model, noupdate)));
  const actual = new Set(real.map(([xmlid, { model, noupdate }]) => line(xmlid, model, noupdate)));
  expect([...predicted].filter((one) => !actual.has(one))).toEqual([]);
  const missed = real.filter(([xmlid, { model, noupdate }]) => !predicted.has(line(xmlid, model, noupdate)));
  expect(missed.filter(([xmlid, { identity }]) => explanation(xmlid, identity) === null).map(([xmlid]) => xmlid)).toEqual([]);
  expect(predicted.size).toBeGreaterThan(19_000);
});

test("an update of everything with the same sources changes no record", () => {
  const updated = new Set(side.order);
  const { records, difference, uncertain } = predictRecords({ before: side, after: side, tenant, updated, installed: [] });
  expect(records.map(({ xmlid, becomes }) => `${xmlid} ${becomes}`)).toEqual([]);
  expect(difference).toEqual({ recordsAdded: [], recordsRemoved: [] });
  expect(uncertain.length).toBeGreaterThan(0);
});
