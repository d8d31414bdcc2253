import { createHash } from "node:crypto";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Client, types } from "pg";
import { type Cluster, startCluster } from "../../test/parts/cluster.ts";
import { odooConfig, runOdoo } from "../../test/parts/odoo.ts";
import { postgresUser } from "../../test/parts/os-user.ts";
import { readParts } from "../../test/parts/parts.ts";
import { makeScratch } from "../../test/parts/scratch.ts";
import { restoreTenant } from "../../test/parts/template.ts";
import type { SqlReader } from "../../src/app/ports/tenant-database.ts";
import type { CatalogueSnapshot } from "../../src/domain/fleet/catalogue-snapshot.ts";
import { reflectionModels } from "../../src/odoo/analysis/known-noise.ts";
import { readSnapshot } from "../../src/odoo/inventory/catalogue-snapshot.ts";
import { readTenantContent } from "../../src/odoo/inventory/tenant-content.ts";
import { readTenantFacts } from "../../src/odoo/inventory/tenant-facts.ts";
import { currentFormat, type OracleOutcome, type OracleRecord } from "./oracle-record.ts";
import { changedRecords, readRecordContents } from "./record-content.ts";
import { buildsOf, moduleOf, type Pair } from "./sample.ts";
import { editRecords } from "./tenant-edits.ts";
import { addonsOf } from "./wheels.ts";

/** A real Odoo on a cluster of its own; several pairs may run at once. */
export interface Oracle {
  /** Installs the old release on a clone, lets people edit a few records, and updates to the new one. */
  run(pair: Pair): Promise<OracleRecord>;
  close(): Promise<void>;
}

const role = "odoo";

/** @param pythonFolder distributions for pairs that name any */
export async function openOracle(pythonFolder: string): Promise<Oracle> {
  const parts = readParts();
  const user = postgresUser();
  const cluster = await startCluster();
  const scratch = makeScratch("corpus", user);
  await cluster.createRole(role, { password: role, createdb: true });
  const dataDir = join(scratch.directory, "data");
  mkdirSync(dataDir);
  if (user) chownSync(dataDir, user.uid, user.gid);
  const runs = { count: 0 };

  const odoo = async (pair: Pair, database: string, side: "from" | "to", args: readonly string[]): Promise<OdooRun> => {
    const addons = buildsOf(pair, side).map(addonsOf);
    const file = join(scratch.directory, `${database}-${side}.conf`);
    const config = odooConfig({ file, cluster, role, password: role, dataDir, database, odoo: parts.odoo, user, addons });
    const all = ["-d", database, ...args, "--stop-after-init", "--no-http", "--max-cron-threads=0", "--workers=0"];
    const startedMs = performance.now();
    const env = pair.python === undefined ? {} : { PYTHONPATH: `${parts.odoo.pythonPath}:${pythonFolder}` };
    const { exitCode, log } = await runOdoo({ parts, config, args: all, env, ...(user ? { uid: user.uid, gid: user.gid } : {}) });
    return {
      failed: exitCode !== 0 || / (ERROR|CRITICAL) .* odoo\.(modules|registry|service)/.test(log),
      log,
      ms: performance.now() - startedMs,
    };
  };

  const run = async (pair: Pair): Promise<OracleRecord> => {
    const module = moduleOf(pair);
    const database = `corpus_${runs.count++}`;
    await restoreTenant(cluster, { template: pair.template, database, owner: role, dataDir, ...(user ? { user } : {}) });
    const record = (outcome: OracleOutcome, last: OdooRun, installed: OdooRun, updateMs: number): OracleRecord => ({
      formatVersion: currentFormat,
      pair,
      odoo: parts.odoo.packageVersion,
      updated: [module],
      outcome,
      log: last.log,
      installMs: Math.round(installed.ms),
      updateMs: Math.round(updateMs),
    });
    try {
      const installed = await odoo(pair, database, "from", ["-i", module, "--without-demo=True"]);
      const state = await cluster.query<{ state: string }>(database, "SELECT state FROM ir_module_module WHERE name = $1", [module]);
      if (installed.failed || state[0]?.state !== "installed")
        return record({ kind: "not installed", why: failureOf(installed.log) }, installed, installed, 0);
      const before = await reading(cluster, database, async (sql) => {
        await editRecords(sql, [module]);
        return {
          facts: await readTenantFacts(
            sql,
            (text) => `sha256:${createHash("sha256").update(text).digest("hex")}`,
            new Date().toISOString(),
          ),
          content: await readTenantContent(sql),
          before: await readSnapshot(sql),
          contents: await readRecordContents(sql),
        };
      });
      const { contents, ...known } = before;
      const updated = await odoo(pair, database, "to", ["-u", module]);
      if (updated.failed) return record({ kind: "update failed", why: failureOf(updated.log), ...known }, updated, installed, updated.ms);
      const after = await reading(cluster, database, async (sql) => ({
        after: await readSnapshot(sql),
        contents: await readRecordContents(sql),
      }));
      const changed = changedRecords(contents, after.contents);
      const forgotten = await reading(cluster, database, (sql) => forgottenRecords(sql, known.before, after.after));
      return record({ kind: "updated", ...known, after: after.after, changed, forgotten }, updated, installed, updated.ms);
    } finally {
      await cluster.query("postgres", `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
    }
  };

  return {
    run,
    async close() {
      await cluster.stop();
      await scratch.remove();
    },
  };
}

interface OdooRun {
  readonly failed: boolean;
  readonly log: string;
  readonly ms: number;
}

/** The last thing that Odoo's log says is wrong. */
function failureOf(log: string): string {
  const lines = log.trim().split("\n");
  const raised = lines.findLast((line) => /^[A-Za-z_]\w*(\.\w+)*: ./.test(line) && !/^(DETAIL|HINT|CONTEXT|LINE|QUERY)\b/.test(line));
  const logged = lines.findLast((line) => / (ERROR|CRITICAL) /.test(line))?.replace(/^.*? (ERROR|CRITICAL) \S+ /, "");
  return (raised ?? logged ?? lines.at(-1) ?? "no word").slice(0, failureCharactersMax);
}

const failureCharactersMax = 300;

const int8 = 20;
const integer = (text: string): number => Number(text);
const parsers = {
  getTypeParser: (oid: number, format?: "text" | "binary"): unknown =>
    oid === int8 && format !== "binary" ? integer : types.getTypeParser(oid, format as "text"),
};

async function reading<T>(cluster: Cluster, database: string, work: (sql: SqlReader) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: cluster.dsn(database), types: parsers as never });
  client.on("error", () => {});
  await client.connect();
  try {
    // Reading counts rows below savepoints, so that one slow table can't spoil the rest.
    await client.query("BEGIN");
    const result = await work({
      query: async <R extends Record<string, unknown>>(text: string, parameters: readonly unknown[] = []) =>
        (await client.query<R>(text, [...parameters])).rows,
    });
    await client.query("COMMIT");
    return result;
  } finally {
    await client.end();
  }
}

/** xmlids that are gone although what they named lives on under no other. */
async function forgottenRecords(sql: SqlReader, before: CatalogueSnapshot, after: CatalogueSnapshot): Promise<string[]> {
  const tables = new Set(after.tables);
  const forgotten: string[] = [];
  for (const [xmlid, { model, id }] of Object.entries(before.records)) {
    const table = model.replaceAll(".", "_");
    if (xmlid in after.records || reflectionModels.has(model) || !tables.has(table)) continue;
    const found = await sql.query(`SELECT 1 FROM "${table}" WHERE id = $1`, [id]);
    if (found.length > 0) forgotten.push(xmlid);
  }
  return forgotten.sort();
}
