import { join } from "node:path";
import { defaultLimits, type EnvironmentSpec } from "../../src/domain/fleet/environment.ts";
import type { DatabaseMark, TenantDatabase } from "../../src/app/ports/tenant-database.ts";
import { openTenantDatabase } from "../../src/systems/postgres/tenant-database.ts";
import { startCluster, type Cluster } from "../../test/parts/cluster.ts";
import { mustRun } from "../../test/parts/program.ts";
import { makeScratch } from "../../test/parts/scratch.ts";
import { restoreTenant } from "../../test/parts/template.ts";
import type { Bench, BenchFigures, BenchOptions, Row } from "./bench-kind.ts";
import { fillDatabase } from "./fill-database.ts";
import { startReconnecting, type Reconnecting } from "./reconnecting.ts";
import { ratioOf, summary } from "./statistics.ts";

const mebibyte = 1024 * 1024;
const live = "harbour";
const environment = "harbour-production";
const password = "bench";
const clients = 20;
/** Between two exchanges, so that every client works again before the next. */
const pauseMs = 400;
const databaseMsMax = 250;

interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly ratioMin: number;
  readonly swaps: number;
  readonly restores: number;
}

export const rollback: Bench = {
  name: "rollback",
  what: "The database part of a recovery, from the fence to the open original, while 20 PostgreSQL clients reconnect and read.",
  peer: "`createdb` and `pg_restore -j2` of a dump of the same database, with nobody connected and the dump at hand.",
  aim: "100 times faster at 50 MB, 300 times at 1 GB, and 99 of 100 within 250 ms.",
  run,
};

async function run(options: BenchOptions): Promise<BenchFigures> {
  const sizes: readonly Size[] = options.quick
    ? [{ name: "50 MB", bytes: 0, ratioMin: 100, swaps: 10, restores: 1 }]
    : [
        { name: "50 MB", bytes: 0, ratioMin: 100, swaps: 100, restores: 5 },
        { name: "1 GB", bytes: 1024 * mebibyte, ratioMin: 300, swaps: 60, restores: 3 },
      ];
  const rows: Row[] = [];
  const notes = [
    "The peer's time is the restore alone: that clients have to be kept away, and the old database renamed or dropped, isn't in it.",
    "Whole recoveries, with Odoo on both sides, are the bench `recovery`.",
  ];
  for (const size of sizes) {
    const { swapsMs, servedMs, restoresMs, actualBytes, tables } = await measure(size, options);
    const [ours, peer] = [summary(swapsMs), summary(restoresMs)];
    const ratio = ratioOf(ours, peer);
    const named = `${size.name} (${Math.round(actualBytes / mebibyte)} MiB, ${tables} tables)`;
    const aim = `≥ ${size.ratioMin}×, p99 < ${databaseMsMax} ms`;
    const met = ratio !== null && ratio >= size.ratioMin && (ours?.p99 ?? Infinity) < databaseMsMax;
    rows.push({ what: `${named}: fence, exchange, open`, unit: "ms", plimsoll: ours, peer, ratio, aim, met });
    rows.push({
      what: `${named}: all ${clients} clients read again`,
      unit: "ms",
      plimsoll: summary(servedMs),
      peer: null,
      ratio: null,
      aim: null,
      met: null,
    });
  }
  return { rows, notes };
}

interface Measured {
  readonly swapsMs: readonly number[];
  readonly servedMs: readonly number[];
  readonly restoresMs: readonly number[];
  readonly actualBytes: number;
  readonly tables: number;
}

async function measure(size: Size, { say }: BenchOptions): Promise<Measured> {
  say(`${size.name}: making the database`);
  const cluster = await startCluster({ fsync: true, settings: { shared_buffers: "256MB", max_wal_size: "4GB" } });
  const scratch = makeScratch("rollback");
  const database = openTenantDatabase({ environment: spec(cluster), deployment: "D-1", epoch: 1, password: async () => password });
  let reconnecting: Reconnecting | null = null;
  try {
    await cluster.createRole("odoo", { password, createdb: true });
    await restoreTenant(cluster, { template: "firm", database: live, owner: "odoo", dataDir: scratch.directory });
    const { bytes, tables } = await fillDatabase(cluster, live, "odoo", size.bytes);
    const dump = join(scratch.directory, "live.dump");
    await mustRun(join(cluster.binDir, "pg_dump"), ["-Fc", "-Z", "1", "-f", dump, live], { env: cluster.clientEnv() });
    await database.claim();
    const pair = await clonePair(database);
    reconnecting = await startReconnecting({ connectionString: cluster.dsn(live, "odoo"), clients });
    const [swapsMs, servedMs, restoresMs]: [number[], number[], number[]] = [[], [], []];
    const turn = Math.ceil(size.swaps / size.restores);
    for (let count = 0; count < size.swaps; count++) {
      if (count % turn === 0) {
        await reconnecting.pause();
        restoresMs.push(await restore(cluster, dump));
        say(`${size.name}: restored in ${(restoresMs.at(-1) ?? 0).toFixed(0)} ms`);
        await reconnecting.resume();
      }
      const { tookMs, allServedMs } = await exchange(database, pair, reconnecting);
      swapsMs.push(tookMs);
      servedMs.push(allServedMs);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    say(`${size.name}: ${size.swaps} exchanges, median ${(summary(swapsMs)?.median ?? 0).toFixed(1)} ms`);
    return { swapsMs, servedMs, restoresMs, actualBytes: bytes, tables };
  } finally {
    await reconnecting?.stop();
    await database.release();
    await cluster.stop();
    await scratch.remove();
  }
}

/** The database that answers to the live name, and the closed one beside it: each exchange turns them round. */
interface Pair {
  open: { readonly oid: number };
  closed: { readonly oid: number; name: string };
  epoch: number;
}

async function clonePair(database: TenantDatabase): Promise<Pair> {
  const [first] = await database.databases();
  if (first === undefined) throw new Error("the live database is missing");
  await database.fence({ name: live, oid: first.oid });
  const clone = await database.clone({ name: live, oid: first.oid }, `${live}_pl_d1`, mark("candidate"));
  await database.unfence({ name: live, oid: first.oid });
  return { open: { oid: first.oid }, closed: { oid: clone.oid, name: clone.name }, epoch: 1 };
}

async function exchange(
  database: TenantDatabase,
  pair: Pair,
  reconnecting: Reconnecting,
): Promise<{ readonly tookMs: number; readonly allServedMs: number }> {
  const comes = pair.closed.oid;
  const goesTo = pair.closed.name === `${live}_pl_d1` ? `${live}_pl_d1_was` : `${live}_pl_d1`;
  const served = reconnecting.servedBy(comes);
  const begun = process.hrtime.bigint();
  await database.fence({ name: live, oid: pair.open.oid });
  await database.exchange({
    live,
    goes: { oid: pair.open.oid, to: goesTo, mark: mark("abandoned") },
    comes: { oid: comes, mark: mark("live") },
    open: true,
  });
  const tookMs = Number(process.hrtime.bigint() - begun) / 1e6;
  const allServedMs = Number((await served) - begun) / 1e6;
  pair.closed = { oid: pair.open.oid, name: goesTo };
  pair.open = { oid: comes };
  return { tookMs, allServedMs };
}

async function restore(cluster: Cluster, dump: string): Promise<number> {
  const env = cluster.clientEnv();
  const begun = performance.now();
  await mustRun(join(cluster.binDir, "createdb"), ["-T", "template0", "-E", "UTF8", "-O", "odoo", "restored"], { env });
  await mustRun(join(cluster.binDir, "pg_restore"), ["--no-owner", "--role=odoo", "-j", "2", "--exit-on-error", "-d", "restored", dump], {
    env,
  });
  const tookMs = performance.now() - begun;
  await mustRun(join(cluster.binDir, "dropdb"), ["--force", "restored"], { env });
  // The checkpoint that the restore has left behind is nobody's to pay for.
  await cluster.query("postgres", "CHECKPOINT");
  return tookMs;
}

function mark(role: DatabaseMark["role"]): DatabaseMark {
  return { environment, deployment: "D-1", epoch: 1, role };
}

function spec(cluster: Cluster): EnvironmentSpec {
  return {
    name: environment,
    labels: {},
    tenant: "harbour",
    stage: "production",
    database: { host: cluster.host, port: cluster.port, name: live, user: "odoo", password: { fromEnv: "UNUSED" } },
    dataDirectory: "/nonexistent",
    runtime: { kind: "process", host: "local", odoo: { python: "", server: "", addonsPaths: [], options: {} }, workers: 0, cronThreads: 0 },
    gateway: { listenHost: "127.0.0.1", listenPort: 1, hostnames: [] },
    limits: defaultLimits,
  };
}
