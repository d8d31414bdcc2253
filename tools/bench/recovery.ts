import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { giveApiKeys } from "../../test/parts/api-keys.ts";
import { mustRun } from "../../test/parts/program.ts";
import type { SampleTenant } from "../../test/parts/tenant.ts";
import type { LossView } from "../../src/http/contract/losses.ts";
import type { Bench, BenchFigures, BenchOptions } from "./bench-kind.ts";
import { makePeerOdoo } from "./peer-odoo.ts";
import { adopt, approved, changedModule, makeTenant, runThrough, sampleAddons, type Sample } from "./sample-releases.ts";
import { ratioOf, summary } from "./statistics.ts";

const pollMs = 50;
const rightWithinMs = 300_000;
const newField = "pl_priority_note";

export const recovery: Bench = {
  name: "recovery",
  what: "From the decision to go back from a release to the first right answer of the old Odoo on the old data.",
  peer: "Odoo stopped, the database dropped and restored with `pg_restore -j2` from a dump of just before the release, the old Odoo started.",
  aim: "None; it is reported.",
  run,
};

async function run({ quick, say }: BenchOptions): Promise<BenchFigures> {
  const of: Sample = quick ? "small" : "firm";
  const [ours, peers]: [number[], number[]] = [[], []];
  for (let round = 1; round <= (quick ? 1 : 3); round++) {
    ours.push(await throughPlimsoll(of));
    peers.push(await byRestore(of));
    say(`round ${round}: Plimsoll ${ours.at(-1)?.toFixed(0)} ms, restore ${peers.at(-1)?.toFixed(0)} ms`);
  }
  const [plimsoll, peer] = [summary(ours), summary(peers)];
  return {
    rows: [{ what: "decision to first right answer", unit: "ms", plimsoll, peer, ratio: ratioOf(plimsoll, peer), aim: null, met: null }],
    notes: [
      "Plimsoll: `plimsoll change recover` with a receipt that was read before; the command's own start is in it, and so is what it measures again.",
      "The peer has a dump of the last moment before the release and uses it at once; nobody is told what is lost.",
    ],
  };
}

async function throughPlimsoll(of: Sample): Promise<number> {
  const tenant = await makeTenant(of);
  try {
    const plimsoll = await adopt(tenant, of, ["r2-field"]);
    try {
      const [key = ""] = await giveApiKeys(tenant.cluster, tenant.database, "admin");
      const change = await approved(plimsoll, "r2-field");
      await runThrough(plimsoll, change);
      const { digest } = await plimsoll.json<LossView>("change", "receipt", change);
      const decidedMs = performance.now();
      const agreed = digest === null ? [] : ["--receipt", digest];
      const recovered = plimsoll.run("change", "recover", change, "--reason", "bench", ...agreed, "--watch");
      const answeredMs = await untilOld(of, tenant, tenant.gatewayUrl, key);
      const { stderr } = await recovered;
      if (answeredMs === null) throw new Error(`the old release didn't answer:\n${stderr.slice(-2_000)}`);
      return answeredMs - decidedMs;
    } finally {
      await plimsoll.dispose();
    }
  } finally {
    await tenant.dispose();
  }
}

async function byRestore(of: Sample): Promise<number> {
  const tenant = await makeTenant(of);
  const odoo = await makePeerOdoo(tenant);
  const { cluster, database } = tenant;
  const env = cluster.clientEnv();
  const tool = (name: string, ...args: string[]): Promise<string> => mustRun(join(cluster.binDir, name), args, { env });
  try {
    const [key = ""] = await giveApiKeys(cluster, database, "admin");
    const dump = join(tenant.directory, "before.dump");
    await tool("pg_dump", "-Fc", "-f", dump, database);
    await odoo.update(sampleAddons(of, "r2-field"), changedModule(of));
    await odoo.start(sampleAddons(of, "r2-field"));
    const decidedMs = performance.now();
    await odoo.stop();
    await tool("dropdb", "--force", database);
    await tool("createdb", "-T", "template0", "-E", "UTF8", "-O", "odoo", database);
    await tool("pg_restore", "--no-owner", "--role=odoo", "-j", "2", "-d", database, dump);
    await odoo.start(sampleAddons(of, "r1"));
    const answeredMs = await untilOld(of, tenant, odoo.url, key);
    if (answeredMs === null) throw new Error("the restored Odoo doesn't answer");
    return answeredMs - decidedMs;
  } finally {
    await odoo.stop();
    await tenant.dispose();
  }
}

/** When the old release answered: its model lacks the new field. Null: not within the bound. */
async function untilOld(of: Sample, tenant: SampleTenant, url: string, key: string): Promise<number | null> {
  const model = of === "small" ? "res.partner" : "project.task";
  const deadlineMs = performance.now() + rightWithinMs;
  while (performance.now() < deadlineMs) {
    const text = await fetch(`${url}/json/2/${model}/fields_get`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "x-odoo-database": tenant.database },
      body: JSON.stringify({ attributes: ["type"] }),
      signal: AbortSignal.timeout(rightWithinMs),
    }).then(
      async (response) => (response.status === 200 ? await response.text() : ""),
      () => "",
    );
    if (text.includes('"create_date"') && !text.includes(newField)) return performance.now();
    await sleep(pollMs);
  }
  return null;
}
