import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ChangeView, PlanView } from "../../src/http/contract/changes.ts";
import { approvedChange, deploymentOf } from "../parts/plimsoll.ts";
import { changingNothing, editedRelease, expectRefused } from "./bad-input-kit.ts";
import { smallAddons, startSmallTenant, until, type SmallTenant } from "./small-tenant.ts";

const environment = "acme-production";

let small: SmallTenant;
beforeAll(async () => {
  small = await startSmallTenant();
  await editedRelease(small, "r-sleeps", async (module) => {
    await raisedVersion(module, "19.0.1.7.0");
    await migration(module, "19.0.1.7.0", "import time\n\n\ndef migrate(cr, version):\n    time.sleep(90)\n");
  });
}, 300_000);
afterEach(async () => {
  const { items } = await small.plimsoll.json<{ items: readonly ChangeView[] }>("change", "list", "--state", "running");
  for (const { id } of items) {
    await small.plimsoll.run("change", "abort", id);
    await small.plimsoll.run("change", "watch", id, "--timeout", "60s");
  }
});
afterAll(async () => {
  await small?.dispose();
});

async function raisedVersion(module: string, version: string): Promise<void> {
  const manifest = join(module, "__manifest__.py");
  await writeFile(manifest, (await readFile(manifest, "utf8")).replace("19.0.1.0.0", version));
}

async function migration(module: string, version: string, code: string): Promise<void> {
  await mkdir(join(module, "migrations", version), { recursive: true });
  await writeFile(join(module, "migrations", version, "post-migrate.py"), code);
}

const created = (release: string): Promise<ChangeView> =>
  small.plimsoll.json<ChangeView>("change", "create", "--environment", environment, "--release", release);

async function limits(text: string): Promise<void> {
  await small.plimsoll.json(
    "apply",
    "-f",
    small.tenant.declaration((yaml) => yaml.replace("limits: {", `limits: {${text}, `)),
  );
}

const updating = (change: string): Promise<unknown> =>
  until(
    "the update runs",
    120_000,
    () => deploymentOf(small.plimsoll, change),
    ({ items }) => items.some((item) => item.id === "update" && item.state === "started"),
  );

describe("a plan", () => {
  it("is approved by its own digest only, and runs only when it is approved", async () => {
    const { id } = await created("r2-field");
    await changingNothing(small, async () => {
      expectRefused(await small.plimsoll.run("change", "run", id), 3, "NOT_APPROVED", /has no plan yet/, /change plan C-/);
      const old = await small.plimsoll.json<PlanView>("change", "plan", id);
      const { digest } = await small.plimsoll.json<PlanView>("change", "plan", id);
      expectRefused(await small.plimsoll.run("change", "run", id), 3, "NOT_APPROVED", /is not approved/, new RegExp(`--digest ${digest}`));
      const approve = (given: string): ReturnType<typeof small.plimsoll.run> =>
        small.plimsoll.run("change", "approve", id, "--digest", given);
      expectRefused(await approve("abc"), 5, "PLAN_DIGEST_MISMATCH", /abc isn't the digest of a plan/);
      expectRefused(await approve(old.digest), 5, "PLAN_DIGEST_MISMATCH", new RegExp(`Its plan is ${digest}`), /change show C-/);
      expectRefused(await small.plimsoll.run("change", "run", id), 3, "NOT_APPROVED", /is not approved/);
      expect(await approve(digest)).toMatchObject({ exitCode: 0 });
      expect(await approve(digest)).toMatchObject({ exitCode: 0 });
    });
  });

  it("that went stale is refused, naming what changed, and its approval is void", async () => {
    const change = await approvedChange(small.plimsoll, environment, "r2-field");
    const version = (value: string): Promise<unknown> =>
      small.tenant.cluster.query("acme", "UPDATE ir_module_module SET latest_version = $1 WHERE name = 'pl_small'", [value]);
    await changingNothing(small, async () => {
      await version("19.0.1.0.1");
      const stale = await small.plimsoll.run("change", "run", change);
      expectRefused(stale, 3, "PLAN_STALE", /installed modules: pl_small planned 19\.0\.1\.0\.0 installed, now 19\.0\.1\.0\.1 installed/);
      await version("19.0.1.0.0");
      expectRefused(await small.plimsoll.run("change", "run", change), 3, "NOT_APPROVED", /is not approved/);
    });
  });

  it("that went stale by a field that somebody added by hand is refused", async () => {
    const change = await approvedChange(small.plimsoll, environment, "r2-field");
    await changingNothing(small, async () => {
      await small.tenant.cluster.query(
        "acme",
        `INSERT INTO ir_model_fields (name, model, model_id, field_description, ttype, state, store)
          SELECT 'x_colour', 'res.partner', id, '{"en_US": "Colour"}', 'char', 'manual', true FROM ir_model WHERE model = 'res.partner'`,
      );
      expectRefused(await small.plimsoll.run("change", "run", change), 3, "PLAN_STALE", /customisation fingerprint/);
      await small.tenant.cluster.query("acme", "DELETE FROM ir_model_fields WHERE name = 'x_colour'");
    });
  });
});

it("a release whose stored bytes were altered is refused before anybody is held", async () => {
  const change = await approvedChange(small.plimsoll, environment, "r2-field");
  const bytes = await readFile(join(smallAddons("r2-field"), "pl_small", "views", "res_partner_priority_views.xml"));
  const digest = createHash("sha256").update(bytes).digest("hex");
  const blob = join(small.plimsoll.home, "releases", "blobs", digest.slice(0, 2), digest.slice(2));
  const altered = Buffer.from(bytes);
  altered[100] = (altered[100] ?? 0) ^ 1;
  await changingNothing(small, async () => {
    await chmod(blob, 0o644);
    await writeFile(blob, altered);
    const result = await small.plimsoll.run("change", "run", change);
    expectRefused(result, 1, "RELEASE_ALTERED", /res_partner_priority_views\.xml/);
    expect(await small.plimsoll.json("change", "show", change)).toMatchObject({ deployment: null });
  });
  await small.plimsoll.json("release", "create", "r2-field", "--addons", smallAddons("r2-field"));
  expect(await readFile(blob)).toEqual(bytes);
});

it("a right that was lost after the approval ends the deployment before anybody is held", async () => {
  const change = await approvedChange(small.plimsoll, environment, "r2-field");
  await small.tenant.cluster.query("postgres", "ALTER ROLE odoo NOCREATEDB");
  try {
    await changingNothing(small, async () => {
      const run = await small.plimsoll.run("change", "run", change, "--watch");
      expect(run.exitCode, run.stderr).toBe(7);
    });
  } finally {
    await small.tenant.cluster.query("postgres", "ALTER ROLE odoo CREATEDB");
  }
  const deployment = await deploymentOf(small.plimsoll, change);
  expect(deployment).toMatchObject({ outcome: "old-and-intact", holdStartedAt: null });
  expect(deployment.reason).toMatch(/"odoo" lacks a right: CREATEDB/);
});

describe("a deployment at work", () => {
  it("is started once, keeps others out, and ends old and intact when its update is over its budget", async () => {
    await limits("update: 8s");
    const change = await approvedChange(small.plimsoll, environment, "r-sleeps");
    const other = await approvedChange(small.plimsoll, environment, "r2-field");
    await changingNothing(small, async () => {
      const twice = await Promise.all([small.plimsoll.run("change", "run", change), small.plimsoll.run("change", "run", change)]);
      const [first, second] = twice.toSorted((a, b) => Number(a.exitCode) - Number(b.exitCode));
      expect(first).toMatchObject({ exitCode: 0 });
      if (second !== undefined)
        expectRefused(second, 3, "DEPLOYMENT_RUNNING", new RegExp(`${change} runs already|D-\\d+ of (change )?${change} `));
      const held = await small.plimsoll.run("change", "run", other);
      expectRefused(
        held,
        3,
        "DEPLOYMENT_RUNNING",
        new RegExp(`D-\\d+ of ${change} is at work on acme-production`),
        /Lifted by: the end of D-/,
      );
      const applied = await small.plimsoll.run("apply", "-f", small.tenant.declaration());
      expectRefused(applied, 3, "DEPLOYMENT_RUNNING", new RegExp(`D-\\d+ of ${change} is at work on acme-production`));
      expectRefused(await small.plimsoll.run("change", "plan", change), 3, "DEPLOYMENT_RUNNING", /runs already as D-/);
      const watched = await small.plimsoll.run("change", "watch", change);
      expect(watched.exitCode, watched.stderr).toBe(7);
    });
    const deployment = await deploymentOf(small.plimsoll, change);
    expect(deployment).toMatchObject({ outcome: "old-and-intact", reason: expect.stringMatching(/not finished after 8 s/) as string });
  });

  it("that is aborted in the middle of the update ends old and intact; afterwards it is over", async () => {
    await limits("update: 10m");
    const change = await approvedChange(small.plimsoll, environment, "r-sleeps");
    await changingNothing(small, async () => {
      expect(await small.plimsoll.run("change", "run", change)).toMatchObject({ exitCode: 0 });
      await updating(change);
      const aborted = await small.plimsoll.run("change", "abort", change, "--reason", "month-end closing");
      expect(aborted).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/was asked to go back/) as string });
      const watched = await small.plimsoll.run("change", "watch", change);
      expect(watched.exitCode, watched.stderr).toBe(7);
    });
    const { outcome, reason } = await deploymentOf(small.plimsoll, change);
    expect({ outcome, reason }).toEqual({
      outcome: "old-and-intact",
      reason: expect.stringMatching(/Aborted by \S+: month-end closing/) as string,
    });
    expectRefused(await small.plimsoll.run("change", "abort", change), 1, "CONFLICT", /can't be aborted any more/, /has ended: undone/);
    expectRefused(await small.plimsoll.run("change", "run", change), 1, "CONFLICT", /was gone back on/, /Create a new one/);
    expectRefused(await small.plimsoll.run("change", "plan", change), 1, "CONFLICT", /was gone back on/);
  });

  it("whose new workers can't serve ends old and intact, with what their log says", async () => {
    await editedRelease(small, "r-unservable", async (module) => {
      const served = 'config["http_enable"] and config["workers"]';
      const raises = `if ${served}:\n    raise RuntimeError("pl_small can't be served here")\n`;
      await writeFile(join(module, "__init__.py"), `from odoo.tools import config\n\nfrom . import models\n\n${raises}`);
    });
    await limits("boot: 15s");
    const change = await approvedChange(small.plimsoll, environment, "r-unservable");
    await changingNothing(small, async () => {
      const run = await small.plimsoll.run("change", "run", change, "--watch");
      expect(run.exitCode, run.stderr).toBe(7);
    });
    const deployment = await deploymentOf(small.plimsoll, change);
    expect(deployment.outcome).toBe("old-and-intact");
    expect(deployment.reason).toMatch(/new workers did not become healthy.*RuntimeError: pl_small can't be served here/);
    expect(deployment.items.find((item) => item.id === "reopen")?.error?.code).toBe("ODOO_UNHEALTHY");
  });
});
