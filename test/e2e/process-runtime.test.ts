import { odooRuntimeConforms } from "../conformance/odoo-runtime-suite.ts";
import { oneShotsConform } from "../conformance/runtime-suite.ts";
import { makeProcessWorld } from "./process-world.ts";

odooRuntimeConforms("processes", async () => {
  const world = await makeProcessWorld();
  return { runtime: world.runtime, release: world.release, database: "tenant", bootMs: 60_000, close: () => world.close() };
});

oneShotsConform("processes", async () => {
  const world = await makeProcessWorld();
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
