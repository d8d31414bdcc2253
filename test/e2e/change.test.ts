import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approvedChange, deploymentOf } from "../parts/plimsoll.ts";
import { smallAddons, startSmallTenant, type SmallTenant } from "./small-tenant.ts";
import type { Load } from "../parts/load.ts";

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

async function columns(): Promise<string[]> {
  const rows = await small.tenant.cluster.query<{ name: string }>(
    "acme",
    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'res_partner' AND column_name LIKE 'pl\\_%' ORDER BY 1",
  );
  return rows.map((row) => row.name);
}

async function watched(change: string, exitCode: number): Promise<void> {
  const run = await small.plimsoll.run("change", "run", change, "--watch");
  expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(exitCode);
}

describe("a release change on a real Odoo, under load", () => {
  it("gives an unchanged release nothing to do (K0)", async () => {
    const addons = await mkdtemp(join(tmpdir(), "plimsoll-k0-"));
    await cp(smallAddons("r1"), addons, { recursive: true });
    await cp(join(addons, "pl_small"), join(addons, "pl_unused"), { recursive: true });
    await writeFile(
      join(addons, "pl_unused", "__manifest__.py"),
      '{"name": "Unused", "version": "19.0.1.0.0", "depends": ["base"], "license": "LGPL-3"}',
    );
    await small.plimsoll.json("release", "create", "r1-more", "--addons", addons);
    await rm(addons, { recursive: true });
    const change = await approvedChange(small.plimsoll, "acme-production", "r1-more");
    const before = await small.databases();
    await watched(change, 0);
    expect(await deploymentOf(small.plimsoll, change)).toMatchObject({ outcome: "new-and-verified", observedClass: "K0", holdMs: null });
    expect(await small.databases()).toEqual(before);
  });

  it("ends old and intact when a migration raises, and names the cause", async () => {
    const before = await small.databases();
    const change = await approvedChange(small.plimsoll, "acme-production", "r3-raises");
    await watched(change, 7);
    const deployment = await deploymentOf(small.plimsoll, change);
    expect(deployment.outcome).toBe("old-and-intact");
    expect(deployment.reason).toMatch(/ValueError.*post-migrate\.py/);
    expect(await small.databases()).toEqual(before);
    expect(await columns()).not.toContain("pl_priority_note");
  });

  it("refuses an update that drops a column which nobody listed", async () => {
    const before = await small.databases();
    const change = await approvedChange(small.plimsoll, "acme-production", "r4-drops");
    await watched(change, 7);
    const deployment = await deploymentOf(small.plimsoll, change);
    expect(deployment).toMatchObject({ outcome: "old-and-intact", observedClass: "K5" });
    const gate = deployment.items.find((item) => item.id === "database-truth");
    expect(gate?.verdict?.kind).toBe("failed");
    expect(gate?.verdict?.rows.filter((row) => row.outcome === "failed").map((row) => row.id)).toEqual(["no-unlisted-column-drop"]);
    expect(gate?.verdict?.reason).toContain("res_partner.pl_rating");
    expect(await small.databases()).toEqual(before);
    expect(await columns()).toContain("pl_rating");
  });

  it("takes a new field through, keeps the original closed, and serves the new release", async () => {
    const before = await small.databases();
    const change = await approvedChange(small.plimsoll, "acme-production", "r2-field");
    await watched(change, 0);
    const deployment = await deploymentOf(small.plimsoll, change);
    expect(deployment).toMatchObject({ outcome: "new-and-verified", state: "settling", observedClass: "K3" });
    const after = await small.databases();
    expect(after.liveOid).not.toBe(before.liveOid);
    const kept = after.names.find((name) => name.endsWith("_was"));
    const [original] = await small.tenant.cluster.query<{ oid: number; open: boolean; mark: string }>(
      "postgres",
      "SELECT oid::int, datallowconn AS open, shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = $1",
      [kept],
    );
    expect(original).toMatchObject({ oid: before.liveOid, open: false });
    expect(original?.mark).toContain('"original"');
    expect(await columns()).toContain("pl_priority_note");
  });

  it("drops a column when the plan lists it", async () => {
    const change = await approvedChange(small.plimsoll, "acme-production", "r4-drops", "--agree-drop-column", "res_partner.pl_rating");
    await load.stop();
    await watched(change, 0);
    expect(await deploymentOf(small.plimsoll, change)).toMatchObject({ outcome: "new-and-verified", observedClass: "K5" });
    expect(await columns()).not.toContain("pl_rating");
  });

  it("failed no request and lost no acknowledged write in all of this", async () => {
    expect(load.failures()).toEqual([]);
    expect(load.acknowledged().length).toBeGreaterThan(20);
    expect(await small.lost(load.acknowledged())).toEqual([]);
  });
});
