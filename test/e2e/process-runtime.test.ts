import { afterAll, beforeAll } from "vitest";
import { odooRuntimeConforms } from "../conformance/odoo-runtime-suite.ts";
import { oneShotsConform } from "../conformance/runtime-suite.ts";
import { startCluster } from "../parts/cluster.ts";
import type { Cluster } from "../parts/cluster.ts";
import { makeProcessWorld } from "./process-world.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

odooRuntimeConforms("processes", async () => {
  const world = await makeProcessWorld({ cluster });
  return { runtime: world.runtime, release: world.release, database: "tenant", bootMs: 60_000, close: () => world.close() };
});

oneShotsConform("processes", async () => {
  const world = await makeProcessWorld({ cluster });
  return {
    runtime: world.runtime,
    environment: world.environment.name,
    release: world.release,
    database: "tenant",
    module: "html_editor",
    updateMs: 120_000,
    strays: world.strays,
    close: () => world.close(),
  };
});
