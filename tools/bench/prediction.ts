import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../test/parts/program.ts";
import { makeScratch } from "../../test/parts/scratch.ts";
import type { SampleTenant } from "../../test/parts/tenant.ts";
import type { PlanView } from "../../src/http/contract/changes.ts";
import type { RehearsalView } from "../../src/http/contract/rehearsals.ts";
import type { Plimsoll } from "../../test/parts/plimsoll.ts";
import type { Bench, BenchFigures, BenchOptions, Row } from "./bench-kind.ts";
import { makePeerOdoo } from "./peer-odoo.ts";
import { adopt, adoptWith, approved, itemMs, makeTenant, makeTenantFrom, runThrough, type Sample } from "./sample-releases.ts";
import { ratioOf, summary } from "./statistics.ts";

const offMax = 20;

/** Real upgrades, as the Odoo Community Association publishes them on PyPI. */
const upgrades = [
  { module: "project_task_code", from: "19.0.1.0.0.10", to: "19.0.1.1.0.3" },
  { module: "date_range", from: "19.0.1.0.0.6", to: "19.0.1.0.1" },
  { module: "contract", from: "19.0.1.0.6.2", to: "19.0.1.2.1.2" },
] as const;

export const prediction: Bench = {
  name: "prediction",
  what: "How long users waited, against what the plan said after a rehearsal.",
  peer: "The rehearsal's prediction.",
  aim: "Within 20 % of what was predicted, on the sample releases and on three upgrades of the OCA.",
  run,
};

async function run({ quick, say }: BenchOptions): Promise<BenchFigures> {
  const rows: Row[] = [];
  const notes: string[] = [];
  const measure = async (what: string, plimsoll: Plimsoll, release: string): Promise<void> => {
    const seen = await rehearsedAndRun(plimsoll, release);
    const off = (100 * (seen.actualMs - seen.predictedMs)) / seen.predictedMs;
    const [ours, peer] = [summary([seen.actualMs]), summary([seen.predictedMs])];
    const met = Math.abs(off) <= offMax;
    rows.push({
      what: `hold of ${what}; peer: predicted`,
      unit: "ms",
      plimsoll: ours,
      peer,
      ratio: ratioOf(ours, peer),
      aim: `± ${offMax} %`,
      met,
    });
    notes.push(`${what}: ${off.toFixed(0)} % off; ${seen.parts}.`);
    say(`${what}: predicted ${(seen.predictedMs / 1000).toFixed(1)} s, users waited ${(seen.actualMs / 1000).toFixed(1)} s`);
  };
  const samples: readonly Sample[] = quick ? ["small"] : ["small", "firm"];
  for (const of of samples) {
    const tenant = await makeTenant(of);
    await withTenant(
      tenant,
      () => adopt(tenant, of, ["r2-field"]),
      (plimsoll) => measure(`r2-field on the ${of} tenant`, plimsoll, "r2-field"),
    );
  }
  for (const { module, from, to } of quick ? [] : upgrades) {
    const scratch = makeScratch("oca");
    try {
      const [old, now] = [await addonsOf(scratch.directory, module, from), await addonsOf(scratch.directory, module, to)];
      const tenant = await makeTenantFrom("services", "old");
      const adopted = async (): Promise<Plimsoll> => {
        await (await makePeerOdoo(tenant)).install(old, module);
        return adoptWith(tenant, { old, new: now });
      };
      await withTenant(tenant, adopted, (plimsoll) => measure(`${module} ${from} → ${to}`, plimsoll, "new"));
    } finally {
      await scratch.remove();
    }
  }
  return { rows, notes };
}

async function withTenant(
  tenant: SampleTenant,
  adopted: () => Promise<Plimsoll>,
  work: (plimsoll: Plimsoll) => Promise<void>,
): Promise<void> {
  try {
    const plimsoll = await adopted();
    try {
      await work(plimsoll);
    } finally {
      await plimsoll.dispose();
    }
  } finally {
    await tenant.dispose();
  }
}

interface Seen {
  readonly predictedMs: number;
  readonly actualMs: number;
  readonly parts: string;
}

async function rehearsedAndRun(plimsoll: Plimsoll, release: string): Promise<Seen> {
  const change = await approved(plimsoll, release);
  const rehearsal = await plimsoll.json<RehearsalView>("rehearse", change);
  if (rehearsal.verdict !== "passed") throw new Error(`the rehearsal ${rehearsal.verdict}: ${rehearsal.reason ?? ""}`);
  const { digest, plan } = await plimsoll.json<PlanView>("change", "plan", change);
  await plimsoll.json("change", "approve", change, "--digest", digest);
  const deployment = await runThrough(plimsoll, change);
  const said = rehearsal.found?.partsMs ?? {};
  const parts = Object.entries(said).map(([name, ms]) => `${name} ${ms.toFixed(0)} → ${itemMs(deployment, name).toFixed(0)} ms`);
  return { predictedMs: plan.predictedHoldMs.value, actualMs: deployment.holdMs ?? 0, parts: parts.join(", ") };
}

/** An addons folder with one release of one module. */
async function addonsOf(directory: string, module: string, version: string): Promise<string> {
  const wheels = join(directory, `${module}-${version}`);
  mkdirSync(wheels, { mode: 0o755 });
  const distribution = `odoo-addon-${module}==${version}`;
  await mustRun("python3", ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", wheels, distribution]);
  const wheel = readdirSync(wheels).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`PyPI gave no wheel of ${distribution}`);
  await mustRun("python3", ["-m", "zipfile", "-e", join(wheels, wheel), join(wheels, "wheel")]);
  return join(wheels, "wheel", "odoo", "addons");
}
