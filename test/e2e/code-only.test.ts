import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChangeView, PlanView } from "../../src/http/contract/changes.ts";
import { giveApiKeys } from "../parts/api-keys.ts";
import type { Load } from "../parts/load.ts";
import { approvedChange, deploymentOf, plannedChange } from "../parts/plimsoll.ts";
import { changingNothing, editedRelease, expectRefused } from "./bad-input-kit.ts";
import { smallAddons, startSmallTenant, until, type SmallTenant } from "./small-tenant.ts";

const environment = "acme-production";
const noteName = "a note that is asked for";

let small: SmallTenant;
let load: Load;
let key: string;
beforeAll(async () => {
  small = await startSmallTenant({ limits: { soak: "3s", boot: "30s" } });
  await small.plimsoll.json("release", "create", "r1-code", "--addons", smallAddons("r1-code"));
  await small.tenant.cluster.query("acme", "INSERT INTO pl_note (name) VALUES ($1)", [noteName]);
  [key = ""] = await giveApiKeys(small.tenant.cluster, "acme", "admin");
  load = await small.load();
}, 300_000);
afterAll(async () => {
  await load?.stop();
  await small?.dispose();
});

/** What the code that serves makes of a note's name: r1 shows the name, r1-code adds its date. */
async function shownName(): Promise<string | undefined> {
  const response = await fetch(`${small.tenant.gatewayUrl}/json/2/pl.note/search_read`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "x-odoo-database": "acme" },
    body: JSON.stringify({ domain: [["name", "=", noteName]], fields: ["display_name"] }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { display_name: string }[])[0]?.display_name;
}

const oldName = noteName;
const newName = `${noteName} (no date)`;

/** Generations that have a process of this half, by the configuration that the process was started with. */
async function running(half: "web" | "background"): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "args"], { maxBuffer: 16 * 1024 * 1024 });
  const found = [...stdout.matchAll(new RegExp(`${small.plimsoll.home}\\S*/([\\w-]+)-${half}\\.conf`, "g"))];
  return [...new Set(found.map((match) => match[1] ?? ""))].sort();
}

/** Looks again and again, while something runs, at whose scheduled actions run. */
async function whoseCrons(work: () => Promise<void>): Promise<readonly string[]> {
  const seen = new Set<string>();
  let over = false;
  const watch = (async () => {
    while (!over) {
      seen.add((await running("background")).join(" and "));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  await work().finally(() => (over = true));
  await watch;
  return [...seen];
}

const planOf = (release: string): ReturnType<typeof plannedChange> => plannedChange(small.plimsoll, environment, release);

async function watched(change: string, exitCode: number): Promise<void> {
  const run = await small.plimsoll.run("change", "run", change, "--watch");
  expect(run.exitCode, `${run.stdout}\n${run.stderr}\n${small.plimsoll.serverLog().slice(-3_000)}`).toBe(exitCode);
}

async function versionInDatabase(): Promise<unknown> {
  const [row] = await small.tenant.cluster.query("acme", "SELECT latest_version AS version FROM ir_module_module WHERE name = 'pl_small'");
  return row?.["version"];
}

describe("a code-only release on a real Odoo, under load", () => {
  it("doesn't start once Odoo has a note of a half-done update: new workers would update the live database", async () => {
    const change = await approvedChange(small.plimsoll, environment, "r1-code");
    const set = "INSERT INTO ir_config_parameter (key, value) VALUES ('base.partially_updated_database', '1')";
    await small.tenant.cluster.query("acme", set);
    try {
      await changingNothing(small, async () =>
        expectRefused(await small.plimsoll.run("change", "run", change), 3, "PLAN_STALE", /partially updated/),
      );
      // Planned now it isn't code only any more, and preflight refuses it.
      expect((await small.plimsoll.json<PlanView>("change", "plan", change)).plan.impact.plannedClass).toBe("K2");
    } finally {
      await small.tenant.cluster.query("acme", "DELETE FROM ir_config_parameter WHERE key = 'base.partially_updated_database'");
    }
    await small.plimsoll.json("change", "abort", change, "--reason", "tried");
  });

  it.each([
    {
      fault: "new workers that can't serve",
      release: "r1-unservable",
      file: "__manifest__.py",
      old: '"installable": True,',
      now: '"installable": True,\n    "assets": {"web.assets_frontend": [("remove", "pl_small/static/gone.js")]},',
      item: "start-beside",
      says: /new workers did not become healthy.*gone\.js/,
    },
    {
      fault: "a dependency of a computed field that isn't there, which the login page doesn't show",
      release: "r1-undone",
      file: "models/pl_note.py",
      old: '@api.depends("name", "date")',
      now: '@api.depends("name", "day")',
      item: "application-truth",
      says: /Compare what the new release answers/,
    },
  ])("ends old and intact with $fault", async ({ release, file, old, now, item, says }) => {
    await editedRelease(small, release, async (module) => {
      const code = await readFile(join(smallAddons("r1-code"), "pl_small", file), "utf8");
      expect(code).toContain(old);
      await writeFile(join(module, file), code.replace(old, now));
    });
    const before = await small.databases();
    const change = await approvedChange(small.plimsoll, environment, release);
    expect((await small.plimsoll.json<ChangeView>("change", "show", change)).plannedClass).toBe("K1");
    await watched(change, 7);
    const deployment = await deploymentOf(small.plimsoll, change);
    expect(deployment).toMatchObject({ outcome: "old-and-intact", reason: expect.stringMatching(says) as string });
    expect(deployment.items.filter(({ error, verdict }) => error !== null || verdict?.kind === "failed").map(({ id }) => id)).toEqual([
      item,
    ]);
    expect(await running("web")).toEqual(["g1"]);
    expect(await small.databases()).toEqual(before);
  });

  it("goes back when it is aborted while it is watched", async () => {
    await small.plimsoll.json(
      "apply",
      "-f",
      small.tenant.declaration((yaml) => yaml.replace("soak: 3s", "soak: 10m")),
    );
    const change = await approvedChange(small.plimsoll, environment, "r1-code");
    expect(await small.plimsoll.run("change", "run", change)).toMatchObject({ exitCode: 0 });
    await until(
      "the verification runs",
      120_000,
      () => deploymentOf(small.plimsoll, change),
      ({ items }) => items.some((item) => item.id === "verification" && item.state === "started"),
    );
    expect(await shownName()).toBe(newName);
    expect(await small.plimsoll.run("change", "abort", change, "--reason", "second thoughts")).toMatchObject({ exitCode: 0 });
    const end = await small.plimsoll.run("change", "watch", change);
    expect(end.exitCode, end.stderr).toBe(7);
    expect(await deploymentOf(small.plimsoll, change)).toMatchObject({ outcome: "old-and-intact" });
    expect(await shownName()).toBe(oldName);
    expect(await running("web")).toEqual(["g1"]);
    expect(await running("background")).toEqual(["g1"]);
    await small.plimsoll.json("apply", "-f", small.tenant.declaration());
  });

  it("moves users to the new code, hands crons over without an overlap, and ends the old workers", async () => {
    const before = await small.databases();
    const change = await approvedChange(small.plimsoll, environment, "r1-code");
    const crons = await whoseCrons(() => watched(change, 0));
    const generation = `g-${change.toLowerCase()}`;
    expect(crons.toSorted()).toEqual(["", generation, "g1"].filter((who) => crons.includes(who)).toSorted());
    expect(crons).toEqual(expect.arrayContaining(["g1", generation]));
    expect(await deploymentOf(small.plimsoll, change)).toMatchObject({ outcome: "new-and-verified", state: "settling", holdMs: null });
    expect(await shownName()).toBe(newName);
    expect(await running("web")).toEqual([generation]);
    expect(await running("background")).toEqual([generation]);
    expect(await small.databases()).toEqual(before);
    expect(await versionInDatabase()).toBe("19.0.1.0.0");
  });

  it("is taken back when a person wants it, and users notice nothing", async () => {
    const [change] = (await small.plimsoll.json<{ items: readonly ChangeView[] }>("change", "list")).items.filter(
      (one) => one.release === "r1-code" && one.state === "done",
    );
    if (change === undefined) throw new Error("no change of r1-code is done");
    const recovered = await small.plimsoll.run("change", "recover", change.id, "--reason", "the date isn't wanted", "--watch");
    expect(recovered.exitCode, `${recovered.stdout}\n${recovered.stderr}`).toBe(8);
    expect(await deploymentOf(small.plimsoll, change.id)).toMatchObject({ outcome: "recovered" });
    expect(await shownName()).toBe(oldName);
    expect(await running("web")).toEqual(["g1"]);
    expect(await running("background")).toEqual(["g1"]);
    const lifted = await small.plimsoll.run("environment", "lift-hold", environment, "--reason", "understood");
    expect(lifted.exitCode, lifted.stderr).toBe(0);
  });

  it("leaves a lag on record, which the next update takes in", async () => {
    await watched(await approvedChange(small.plimsoll, environment, "r1-code"), 0);
    const { plan, id, digest } = await planOf("r2-field");
    expect(plan.facts.exact["recorded lag"]).toEqual([{ module: "pl_small", database: "19.0.1.0.0", code: "19.0.1.0.1" }]);
    expect(plan.impact.updateSet).toEqual(["pl_small"]);
    await small.plimsoll.json("change", "approve", id, "--digest", digest);
    await watched(id, 0);
    expect(await versionInDatabase()).toBe("19.0.1.1.0");
    expect((await planOf("r4-drops")).plan.facts.exact["recorded lag"]).toEqual([]);
  });

  it("failed no request and lost no acknowledged write in all of this", async () => {
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(load.acknowledged().length).toBeGreaterThan(20);
    expect(await small.lost(load.acknowledged())).toEqual([]);
  });
});
