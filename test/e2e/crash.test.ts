import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Load } from "../parts/load.ts";
import { approvedChange, deploymentOf } from "../parts/plimsoll.ts";
import { startSmallTenant, until, type SmallTenant } from "./small-tenant.ts";

/** An orphaned hold ends within this after the control plane is back. */
const orphanedHoldMsMax = 10_000;

let small: SmallTenant;
let load: Load;
beforeAll(async () => {
  small = await startSmallTenant();
  load = await small.load();
}, 300_000);
afterAll(async () => {
  await load?.stop();
  await small?.dispose();
});

/** A request that is answered at all while users are held must be answered rightly, or be told to come again. */
async function neverWrong(over: AbortSignal): Promise<string[]> {
  const wrong: string[] = [];
  while (!over.aborted) {
    try {
      const response = await fetch(`${small.tenant.gatewayUrl}/web/login`, { signal: AbortSignal.timeout(2_000) });
      const right =
        response.status === 200
          ? (await response.text()).includes("oe_login_form")
          : response.status === 503 && response.headers.has("retry-after");
      if (!right) wrong.push(`${response.status}`);
    } catch {
      // Waiting longer than this reader's patience is what a hold is.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return wrong;
}

describe("SIGKILL of the control plane", () => {
  it("during the update of the clone ends old and intact, and nobody is left waiting", async () => {
    const before = await small.databases();
    const change = await approvedChange(small.plimsoll, "acme-production", "r2-field");
    const watching = new AbortController();
    const answers = neverWrong(watching.signal);
    expect(await small.plimsoll.run("change", "run", change)).toMatchObject({ exitCode: 0 });
    await until(
      "the update runs",
      120_000,
      () => deploymentOf(small.plimsoll, change),
      ({ items }) => items.some((item) => item.id === "update" && item.state === "started" && (item.elapsedMs ?? 0) > 700),
    );
    await small.plimsoll.kill();
    await small.plimsoll.start();
    const backMs = performance.now();
    const deployment = await until(
      "users are let in",
      60_000,
      () => deploymentOf(small.plimsoll, change),
      ({ holdEndedAt }) => holdEndedAt !== null,
    );
    expect(performance.now() - backMs).toBeLessThan(orphanedHoldMsMax + 5_000);
    expect(deployment.holdStartedAt).not.toBeNull();
    const ended = await until(
      "it ends",
      60_000,
      () => deploymentOf(small.plimsoll, change),
      ({ state }) => state === "old-intact",
    );
    expect(ended.reason).toMatch(/worker was lost/);
    expect(await small.databases()).toEqual(before);
    watching.abort();
    expect(await answers).toEqual([]);
  });

  it.each([
    ["apply.swap.before", "19.0.1.1.1"],
    ["apply.swap.after", "19.0.1.1.2"],
    ["record.step-done.swap.after", "19.0.1.1.3"],
  ])("at %s ends new and verified", async (failpoint, version) => {
    const before = await small.databases();
    const release = await small.raise(version);
    const change = await approvedChange(small.plimsoll, "acme-production", release);
    await small.plimsoll.kill();
    await small.plimsoll.start({ PLIMSOLL_FAILPOINTS: "1", PLIMSOLL_FAILPOINT: `${failpoint}:kill` });
    expect(await small.plimsoll.run("change", "run", change)).toMatchObject({ exitCode: 0 });
    await small.plimsoll.ended();
    await small.plimsoll.start();
    const deployment = await until(
      "it ends",
      90_000,
      () => deploymentOf(small.plimsoll, change),
      ({ outcome }) => outcome !== "running",
    );
    expect(deployment).toMatchObject({ outcome: "new-and-verified" });
    expect((await small.databases()).liveOid).not.toBe(before.liveOid);
    expect(await small.plimsoll.json("environment", "show", "acme-production")).toMatchObject({ release: { name: release } });
  });

  it("failed no request and lost no acknowledged write", async () => {
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(load.acknowledged().length).toBeGreaterThan(20);
    expect(await small.lost(load.acknowledged())).toEqual([]);
  });
});
