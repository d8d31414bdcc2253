import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeploymentView } from "../../src/http/contract/deployments.ts";
import { approvedChange, deploymentOf } from "../parts/plimsoll.ts";
import { smallAddons, startSmallTenant, type SmallTenant } from "./small-tenant.ts";

let small: SmallTenant;
let folder: string;
beforeAll(async () => {
  small = await startSmallTenant();
  folder = mkdtempSync(join(tmpdir(), "plimsoll-own-smoke-"));
  writeFileSync(join(folder, "own.yaml"), ownScenarios);
  const declared = small.tenant.declaration((yaml) => `${yaml.trimEnd()}\n  smoke: [${folder}]\n`);
  await small.plimsoll.json("apply", "-f", declared);
}, 300_000);
afterAll(async () => {
  await small?.dispose();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const ownScenarios = `name: note-text
title: Write a note about a partner
modules: [pl_small]
steps:
  - create: pl.note
    values: { name: Smoke }
    as: note
  - write: $note
    values: { text: written }
  - expect: $note
    field: text
    equals: written
---
name: was-broken-before
title: Do what no release ever could
modules: [pl_small]
steps:
  - create: pl.note
    values: { name: Smoke }
    as: note
  - call: action_that_never_was
    on: $note
`;

/** A release of r2-field in which saving a note raises. */
async function releaseThatBreaksNotes(): Promise<string> {
  const addons = mkdtempSync(join(tmpdir(), "plimsoll-broken-"));
  cpSync(smallAddons("r2-field"), addons, { recursive: true });
  const manifest = join(addons, "pl_small", "__manifest__.py");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace("19.0.1.1.0", "19.0.1.3.0"));
  const model = join(addons, "pl_small", "models", "pl_note.py");
  writeFileSync(
    model,
    `${readFileSync(model, "utf8")}\n    def write(self, vals):\n        return self.env["pl.no.such.model"].browse(vals)\n`,
  );
  await small.plimsoll.json("release", "create", "breaks-notes", "--addons", addons);
  rmSync(addons, { recursive: true });
  return "breaks-notes";
}

async function ended(release: string, exitCode: number): Promise<DeploymentView> {
  const change = await approvedChange(small.plimsoll, "acme-production", release);
  const run = await small.plimsoll.run("change", "run", change, "--watch");
  expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(exitCode);
  return deploymentOf(small.plimsoll, change);
}

interface Row {
  readonly id: string;
  readonly outcome: string;
  readonly seen: unknown;
}

function truthOf(deployment: DeploymentView): {
  readonly reason: string;
  readonly failed: readonly string[];
  row(id: string): Row | undefined;
} {
  const verdict = deployment.items.find((item) => item.id === "application-truth")?.verdict;
  const rows = (verdict?.rows ?? []) as readonly Row[];
  return {
    reason: verdict?.reason ?? "",
    failed: rows.filter((row) => row.outcome !== "passed").map((row) => row.id),
    row: (id) => rows.find((row) => row.id === id),
  };
}

function trees(): readonly string[] {
  return ["acme_pl_d1_try", "acme_pl_d2_try", "acme_pl_d3_try"].filter((name) =>
    existsSync(join(small.tenant.dataDirectory, "filestore", name)),
  );
}

describe("application truth on a real Odoo", () => {
  it("refuses a release whose update passes and that nobody could work with", async () => {
    await small.plimsoll.json("release", "create", "r4-broken", "--addons", smallAddons("r4-broken"));
    const before = await small.databases();
    const deployment = await ended("r4-broken", 7);
    const truth = truthOf(deployment);
    expect(deployment.outcome).toBe("old-and-intact");
    expect(truth.failed).toEqual(["smoke-partner"]);
    expect(truth.reason).toMatch(/Create a contact and rename it.*AttributeError.*message_about_renaming/);
    expect(truth.row("smoke-partner")?.seen).toMatchObject({ doneSteps: 1, oldRelease: "does it" });
    expect(truth.row("smoke-was-broken-before")?.seen).toMatchObject({ knownBefore: true });
    expect(await small.databases()).toEqual(before);
    expect(trees()).toEqual([]);
  });

  it("refuses one that breaks what the tenant itself asked for", async () => {
    const before = await small.databases();
    const truth = truthOf(await ended(await releaseThatBreaksNotes(), 7));
    expect(truth.failed).toEqual(["smoke-note-text"]);
    expect(truth.reason).toMatch(/Write a note about a partner.*KeyError.*pl\.no\.such\.model/);
    expect(await small.databases()).toEqual(before);
  });

  it("lets a good one through, with evidence of what was tried on which ground", async () => {
    const deployment = await ended("r2-field", 0);
    const truth = truthOf(deployment);
    expect(deployment.outcome).toBe("new-and-verified");
    expect(truth.failed).toEqual([]);
    expect(truth.row("smoke-note-text")?.seen).toMatchObject({ steps: 3 });
    expect(truth.row("smoke-order-confirmation")?.seen).toMatchObject({ applies: false, why: "not installed: sale" });
    expect(truth.row("copy-is-harmless")?.seen).toMatchObject({
      dangers: [],
      done: { withoutCode: [], failedScripts: [], speakers: { activeCrons: 0, mailServers: 0 } },
    });
    const { scripts, measures } = (
      truth.row("copy-is-harmless") as unknown as { seen: { done: { scripts: string[]; measures: string[] } } }
    ).seen.done;
    expect(scripts).toEqual(expect.arrayContaining(["base", "web"]));
    expect(measures).toEqual(expect.arrayContaining(["crons", "mail-servers", "api-keys", "identity"]));
    expect(truth.row("copy-without-network")?.seen).toMatch(
      process.getuid?.() === 0 ? /^Runs without any network/ : /^Not kept from the network/,
    );
    for (const check of ["login-with-password", "api-key", "web-client", "websocket-route"])
      expect(truth.row(`smoke-${check}`)?.outcome, check).toBe("passed");
    expect((await small.databases()).names.filter((name) => name.endsWith("_try"))).toEqual([]);
    expect(trees()).toEqual([]);
  });

  it("says at once what is wrong with a scenario, with file and line", async () => {
    const bad = join(folder, "bad");
    mkdirSync(bad);
    writeFileSync(join(bad, "bad.yaml"), ownScenarios.replace("note-text", "Bad Name"));
    const declared = small.tenant.declaration((yaml) => `${yaml.trimEnd()}\n  smoke: [${bad}]\n`);
    const run = await small.plimsoll.run("apply", "-f", declared);
    expect(run.exitCode).not.toBe(0);
    expect(run.stderr).toContain(`${join(bad, "bad.yaml")}, line 1`);
  });
});
