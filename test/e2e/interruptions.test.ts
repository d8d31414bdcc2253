import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { DeploymentView } from "../../src/http/contract/deployments.ts";
import type { Load } from "../parts/load.ts";
import { approvedChange, deploymentOf } from "../parts/plimsoll.ts";
import { startSmallTenant, until, type SmallTenant } from "./small-tenant.ts";

let small: SmallTenant;
let load: Load;
let acknowledged: readonly string[] = [];
let patch = 0;
beforeAll(async () => {
  small = await startSmallTenant({ limits: { keepOriginal: "20s" } });
}, 300_000);
afterEach(async () => {
  await load.stop();
  acknowledged = [...new Set([...acknowledged, ...load.acknowledged()])];
});
afterAll(async () => {
  await small?.dispose();
});

/** Starts a change to a release with a higher version each time, under load. @returns its id */
async function start(): Promise<string> {
  load = await small.load();
  const version = await small.raise(`19.0.1.1.${++patch}`);
  const change = await approvedChange(small.plimsoll, "acme-production", version);
  expect(await small.plimsoll.run("change", "run", change)).toMatchObject({ exitCode: 0 });
  return change;
}

function at(step: string): (deployment: DeploymentView) => boolean {
  return ({ items }) => items.some((item) => item.id === step && item.state === "started" && (item.elapsedMs ?? 0) > 500);
}

async function reached(change: string, step: string): Promise<void> {
  await until(`${step} runs`, 120_000, () => deploymentOf(small.plimsoll, change), at(step));
}

async function outcome(change: string): Promise<DeploymentView> {
  return until(
    "it ends",
    180_000,
    () => deploymentOf(small.plimsoll, change),
    (deployment) => deployment.outcome !== "running",
  );
}

/** Processes of this home whose command line has the text. */
function processes(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return argv.includes(small.plimsoll.home) && argv.includes(text);
      } catch {
        return false;
      }
    });
}

function kill(text: string): void {
  const found = processes(text);
  expect(found.length, `no process with ${text}`).toBeGreaterThan(0);
  for (const pid of found) process.kill(pid, "SIGKILL");
}

/** The environment is one of the two things that it may be, and people work in it. */
async function sound(change: string, expected: "new-and-verified" | "old-and-intact"): Promise<void> {
  const deployment = await outcome(change);
  expect(deployment.outcome, deployment.reason ?? "").toBe(expected);
  await until(
    "the login page answers",
    60_000,
    () =>
      fetch(`${small.tenant.gatewayUrl}/web/login`).then(
        (response) => response.status,
        () => 0,
      ),
    (status) => status === 200,
  );
  const installed = await small.tenant.cluster.query<{ version: string }>(
    "acme",
    "SELECT latest_version AS version FROM ir_module_module WHERE name = 'pl_small'",
  );
  const release = await small.plimsoll.json<{ release: { name: string } }>("environment", "show", "acme-production");
  if (expected === "new-and-verified") expect(installed[0]?.version).toBe(release.release.name);
  else expect(installed[0]?.version).not.toBe(deployment.release);
  if (expected === "old-and-intact")
    expect((await small.databases()).names.filter((name) => name.endsWith(`_${deployment.id.toLowerCase().replace("-", "")}`))).toEqual([]);
}

describe("interruptions of a change on a real Odoo", () => {
  it("SIGKILL of Odoo's update ends old and intact", async () => {
    const change = await start();
    await reached(change, "update");
    kill("--stop-after-init");
    await sound(change, "old-and-intact");
    expect(load.failures()).toEqual([]);
  });

  it("SIGKILL of the supervisor during the update doesn't disturb it", async () => {
    const change = await start();
    await reached(change, "update");
    kill("supervisor.ts");
    await sound(change, "new-and-verified");
    expect(load.failures()).toEqual([]);
  });

  it("SIGKILL of the gateway while it holds users leaves it holding, and no write is lost or done twice", async () => {
    const change = await start();
    await reached(change, "update");
    kill("gateway.ts");
    await sound(change, "new-and-verified");
    for (const failure of load.failures()) expect(failure.seen).toMatch(/fetch failed|ECONNRE|socket|other side closed/i);
  });

  it("SIGKILL of the old web workers before the hold: the supervisor starts them again, the change goes on", async () => {
    const change = await start();
    await reached(change, "probe-baseline");
    kill("-web.conf");
    const { outcome: seen } = await outcome(change);
    await sound(change, seen === "new-and-verified" ? "new-and-verified" : "old-and-intact");
  });

  it("SIGKILL of the tenant's PostgreSQL during the update ends old and intact once it is back", async () => {
    const change = await start();
    await reached(change, "update");
    await small.tenant.cluster.kill();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await small.tenant.cluster.restart();
    await sound(change, "old-and-intact");
  });

  it("everything of Plimsoll killed at once during the update ends old and intact", async () => {
    const change = await start();
    await reached(change, "update");
    await small.plimsoll.kill();
    for (const text of ["supervisor.ts", "gateway.ts", "--stop-after-init"]) kill(text);
    await small.plimsoll.start();
    await sound(change, "old-and-intact");
  });

  it("drops every kept original, with its attachments, once its horizon is over", async () => {
    // A database goes first, then its attachments, and at last the deployment is said to be settled.
    const ended = ["old-intact", "settled"];
    await until(
      "only the live database and its attachments are left, and every deployment has ended",
      120_000,
      async () => ({
        databases: (await small.databases()).names,
        trees: readdirSync(join(small.tenant.dataDirectory, "filestore")),
        states: (await small.plimsoll.json<{ items: { state: string }[] }>("deployment", "list")).items.map((item) => item.state),
      }),
      ({ databases, trees, states }) =>
        databases.length === 1 && trees.join() === "acme" && [...new Set(states)].sort().join() === ended.join(),
    );
  });

  it("lost no acknowledged write in all of this", async () => {
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(await small.lost(acknowledged)).toEqual([]);
  });
});
