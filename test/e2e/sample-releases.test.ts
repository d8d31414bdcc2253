import { mkdirSync, chownSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { moduleReader } from "../../src/odoo/source/module-reader.ts";
import { createProcesses } from "../../src/systems/process/run.ts";
import { createReleaseLibrary } from "../../src/systems/release-library/release-library.ts";
import { type Cluster, startCluster } from "../parts/cluster.ts";
import { odooConfig, runOdoo } from "../parts/odoo.ts";
import { postgresUser } from "../parts/os-user.ts";
import { readParts } from "../parts/parts.ts";
import { makeScratch, type Scratch } from "../parts/scratch.ts";
import { restoreTenant } from "../parts/template.ts";

interface Sample {
  readonly folder: "releases" | "small";
  readonly template: "firm" | "small-r1";
  readonly module: string;
  readonly table: string;
  readonly dropped: string;
  readonly record: string;
}

const samples: readonly Sample[] = [
  { folder: "small", template: "small-r1", module: "pl_small", table: "res_partner", dropped: "pl_rating", record: "pl_note_welcome" },
  {
    folder: "releases",
    template: "firm",
    module: "pl_services",
    table: "project_task",
    dropped: "customer_rating",
    record: "pl_engagement_internal",
  },
];

const parts = readParts();
const user = postgresUser();
let cluster: Cluster;
let scratch: Scratch;

beforeAll(async () => {
  cluster = await startCluster();
  scratch = makeScratch("sample-releases", user);
  await cluster.createRole("odoo", { password: "odoo", createdb: true });
  mkdirSync(join(scratch.directory, "data"));
  if (user) chownSync(join(scratch.directory, "data"), user.uid, user.gid);
});

afterAll(async () => {
  await cluster.stop();
  await scratch.remove();
});

/** Updates one module of a database to a sample release, from the tree that a release library made. */
async function update(
  sample: Sample,
  release: string,
  database: string,
): Promise<{ readonly exitCode: number | null; readonly log: string }> {
  const library = createReleaseLibrary({
    directory: join(scratch.directory, "releases"),
    processes: createProcesses(),
    reader: moduleReader,
  });
  const { digest } = await library.add([fileURLToPath(new URL(`../fixtures/${sample.folder}/${release}/addons`, import.meta.url))], {
    series: "19.0",
  });
  const config = odooConfig({
    file: join(scratch.directory, `${database}.conf`),
    cluster,
    role: "odoo",
    password: "odoo",
    dataDir: join(scratch.directory, "data"),
    odoo: parts.odoo,
    user,
    addons: await library.materialise(digest),
  });
  return runOdoo({ parts, config, args: ["-d", database, "-u", sample.module, "--stop-after-init", "--no-http"], ...user });
}

async function tenant(sample: Sample, database: string): Promise<string> {
  await restoreTenant(cluster, {
    template: sample.template,
    database,
    owner: "odoo",
    dataDir: join(scratch.directory, "data"),
    ...(user ? { user } : {}),
  });
  return database;
}

async function versionOf(sample: Sample, database: string): Promise<unknown> {
  const [row] = await cluster.query(database, "SELECT latest_version, state FROM ir_module_module WHERE name = $1", [sample.module]);
  return row;
}

async function columns(sample: Sample, database: string): Promise<readonly unknown[]> {
  const rows = await cluster.query(database, "SELECT column_name FROM information_schema.columns WHERE table_name = $1", [sample.table]);
  return rows.map((row) => row["column_name"]);
}

test.each(samples)("$module: r2-field adds a column, a view and a record; r4-drops drops a column with what is in it", async (sample) => {
  const database = await tenant(sample, `${sample.module}_ok`);
  expect(await versionOf(sample, database)).toEqual({ latest_version: "19.0.1.0.0", state: "installed" });
  expect(await columns(sample, database)).toContain(sample.dropped);

  const added = await update(sample, "r2-field", database);
  expect(added.exitCode, added.log).toBe(0);
  expect(added.log).not.toMatch(/ (WARNING|ERROR|CRITICAL) /);
  expect(await versionOf(sample, database)).toEqual({ latest_version: "19.0.1.1.0", state: "installed" });
  expect(await columns(sample, database)).toEqual(expect.arrayContaining(["pl_priority_note", sample.dropped]));
  expect(
    await cluster.query(database, "SELECT noupdate FROM ir_model_data WHERE module = $1 AND name = $2", [sample.module, sample.record]),
  ).toEqual([{ noupdate: false }]);

  const dropped = await update(sample, "r4-drops", database);
  expect(dropped.exitCode, dropped.log).toBe(0);
  expect(await versionOf(sample, database)).toEqual({ latest_version: "19.0.1.3.0", state: "installed" });
  expect(await columns(sample, database)).toContain("pl_priority_note");
  expect(await columns(sample, database)).not.toContain(sample.dropped);
});

test.each(samples)("$module: r3-raises ends with exit code 255 and its script's message", async (sample) => {
  const database = await tenant(sample, `${sample.module}_raises`);
  const run = await update(sample, "r3-raises", database);
  expect(run.exitCode).toBe(255);
  expect(run.log).toContain("ValueError: the ratings of this tenant can't be converted");
  expect(await columns(sample, database)).not.toContain("pl_priority_note");
});
