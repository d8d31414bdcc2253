import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approvedChange, deploymentOf, plannedChange } from "../parts/plimsoll.ts";
import { editedRelease } from "./bad-input-kit.ts";
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

/** Plans and approves a change. @returns it with its plan */
async function approvedPlan(release: string): ReturnType<typeof plannedChange> {
  const planned = await plannedChange(small.plimsoll, "acme-production", release);
  await small.plimsoll.json("change", "approve", planned.id, "--digest", planned.digest);
  return planned;
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

  it("asks the data what an update needs of them, and refuses before anybody waits", async () => {
    await editedRelease(small, "r-unique", async (module) => {
      for (const [file, old, now] of [
        ["__manifest__.py", "19.0.1.0.0", "19.0.1.9.0"],
        ["models/pl_note.py", "    date = ", '    _date_uniq = models.Constraint("unique(date)", "One note a day.")\n\n    date = '],
      ] as const) {
        const path = join(module, file);
        await writeFile(path, (await readFile(path, "utf8")).replace(old, now));
      }
    });
    const { cluster } = small.tenant;
    await cluster.query("acme", "INSERT INTO pl_note (name, date) VALUES ('one', '2026-01-02'), ('two', '2026-01-02')");
    const before = await small.databases();
    const { id: change, plan, sentences } = await approvedPlan("r-unique");
    expect(plan.impact).toMatchObject({ plannedClass: "K4", floor: false });
    expect(sentences.join("\n")).toMatch(/No two records of Note about a partner may have the same date/);
    await watched(change, 7);
    const deployment = await deploymentOf(small.plimsoll, change);
    expect(deployment).toMatchObject({ outcome: "old-and-intact", holdMs: null });
    expect(deployment.reason).toMatch(/may have the same date\. 1 row isn't so: 2026-01-02 \(2 times\)/);
    expect(deployment.items.filter((item) => item.state !== "waiting").map(({ id }) => id)).toEqual(["claim", "preflight"]);
    expect(await small.databases()).toEqual(before);
    await cluster.query("acme", "DELETE FROM pl_note WHERE name IN ('one', 'two')");
  });

  it("refuses an update that drops a column which nobody listed", async () => {
    const before = await small.databases();
    const { id: change, plan, sentences } = await approvedPlan("r4-drops");
    expect(plan.impact).toMatchObject({ plannedClass: "K5" });
    expect(sentences.join("\n")).toContain("create the change again with: --agree-drop-column res_partner.pl_rating");
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
    const { id: change, plan } = await approvedPlan("r2-field");
    expect(plan.impact).toMatchObject({ plannedClass: "K3", floor: false });
    await watched(change, 0);
    const deployment = await deploymentOf(small.plimsoll, change);
    const rows = deployment.items.find((item) => item.id === "database-truth")?.verdict?.rows ?? [];
    const predicted = rows.find((row) => row.id === "differences-as-predicted");
    expect(predicted).toMatchObject({ outcome: "passed", expected: { as: "predicted" } });
    const { differences, ...beyond } = (predicted?.seen ?? {}) as Record<string, number>;
    expect(differences).toBeGreaterThan(1);
    expect(beyond).toEqual({});
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
