import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { deploymentOf, startPlimsoll, type Plimsoll } from "../../test/parts/plimsoll.ts";
import { startSampleTenant, type SampleTenant } from "../../test/parts/tenant.ts";
import type { ChangeView, PlanView } from "../../src/http/contract/changes.ts";
import type { LossView } from "../../src/http/contract/losses.ts";
import { giveApiKeys } from "../../test/parts/api-keys.ts";
import { startLoad, type Load } from "../../test/parts/load.ts";
import { firmOperations } from "./firm-operations.ts";
import { renderTable, type DemoDeployment } from "./table.ts";

const help = `Usage: npm run demo [-- --json]

Takes a small professional-services tenant on a real Odoo 19 and PostgreSQL through five releases, while eight people
work in it: one that changes only code, one that adds a field with its view and data, one whose migration raises, one whose
update passes although a form can't be opened any more, and one that is only seen to be bad when people work with it.
Afterwards every write that Odoo acknowledged is looked for: in the database, or in the export of the loss receipt.

  --json   print the result as JSON on standard output; progress goes to standard error
`;

interface Story {
  readonly release: string;
  readonly what: string;
  readonly outcome: "new-and-verified" | "old-and-intact" | "recovered";
}

const stories: readonly Story[] = [
  { release: "r1-code", what: "changes only code", outcome: "new-and-verified" },
  { release: "r2-field", what: "adds a field with its view and data", outcome: "new-and-verified" },
  { release: "r3-raises", what: "has a migration script that raises", outcome: "old-and-intact" },
  { release: "r4-broken", what: "passes its update with a form that can't be opened", outcome: "old-and-intact" },
  { release: "r5-late", what: "fails only when people give no star", outcome: "recovered" },
];

/** How `change run --watch` ends, by outcome. */
const exitCodes: Readonly<Record<Story["outcome"], number>> = { "new-and-verified": 0, "old-and-intact": 7, recovered: 8 };

/** Users' client time-out; what is held for less is only slow for them. */
const clientTimeoutMs = 120_000;
/** Time under load before and after each change. */
const quietMs = 3_000;
const users = 8;

const startedMs = performance.now();
const { values } = parseArgs({ options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } } });
if (values.help) {
  process.stdout.write(help);
} else {
  process.exitCode = await main(values.json);
}

async function main(json: boolean): Promise<number> {
  say("building the tenant (the first time takes about a minute)");
  const tenant = await startSampleTenant({
    template: "firm",
    environment: "harbour-production",
    database: "harbour",
    release: "r1",
    fsync: true,
    workers: 2,
    limits: { hold: "110s", update: "5m", soak: "10s" },
  });
  say("starting Plimsoll");
  const plimsoll = await startPlimsoll();
  let load: Load | null = null;
  try {
    for (const release of ["r1", ...stories.map((story) => story.release)]) {
      await plimsoll.json(
        "release",
        "create",
        release,
        "--addons",
        fileURLToPath(new URL(`../../test/fixtures/releases/${release}/addons`, import.meta.url)),
      );
    }
    say("adopting the tenant: Odoo starts behind the gateway");
    await plimsoll.json("apply", "-f", tenant.declaration());
    load = await startUsers(tenant);
    const deployments: DemoDeployment[] = [];
    for (const story of stories) deployments.push(await play(plimsoll, load, story));
    await load.stop();
    return await report(json, tenant, load, deployments);
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\n\nServer log:\n${plimsoll.serverLog().slice(-4_000)}\n`,
    );
    return 1;
  } finally {
    await load?.stop();
    await plimsoll.dispose();
    await tenant.dispose();
  }
}

async function startUsers(tenant: SampleTenant): Promise<Load> {
  const apiKeys = await giveApiKeys(tenant.cluster, tenant.database, "consultant%");
  const [project] = await tenant.cluster.query<{ id: number }>(
    tenant.database,
    "SELECT id FROM project_project WHERE name::text LIKE '%Quay wall survey%'",
  );
  if (apiKeys.length < users || project === undefined) throw new Error("The sample tenant lacks its people or its project.");
  const tasks = await tenant.cluster.query<{ id: number }>(
    tenant.database,
    "SELECT id FROM project_task WHERE project_id = $1 ORDER BY id",
    [project.id],
  );
  say(`${users} people start to work`);
  return startLoad({
    baseUrl: tenant.gatewayUrl,
    database: tenant.database,
    apiKeys: apiKeys.slice(0, users),
    operations: firmOperations(
      project.id,
      tasks.map((task) => task.id),
    ),
    pauseMs: 100,
    timeoutMs: clientTimeoutMs,
  });
}

/** One release, from the request to its end, as an operator would type it. */
async function play(plimsoll: Plimsoll, load: Load, story: Story): Promise<DemoDeployment> {
  say(`release ${story.release}: ${story.what}`);
  const before = { requests: load.requests(), failed: load.failures().length };
  await sleep(quietMs);
  const change = await plimsoll.json<ChangeView>(
    "change",
    "create",
    "--environment",
    "harbour-production",
    "--release",
    story.release,
    "--reason",
    `demo: it ${story.what}`,
  );
  const { digest, plan } = await plimsoll.json<PlanView>("change", "plan", change.id);
  await plimsoll.json("change", "approve", change.id, "--digest", digest);
  const run = await plimsoll.run("change", "run", change.id, "--watch");
  const deployment = await deploymentOf(plimsoll, change.id);
  say(`  ${deployment.outcome}${deployment.reason === null ? "" : `: ${deployment.reason}`}`);
  if (run.exitCode !== exitCodes[story.outcome]) say(`  change run ended with ${run.exitCode}:\n${run.stderr}`);
  const loss = deployment.outcome === "recovered" ? await readLoss(plimsoll, change.id) : null;
  await sleep(quietMs);
  return {
    release: story.release,
    plannedClass: `${plan.impact.plannedClass}${plan.impact.floor ? "+" : ""}`,
    observedClass: deployment.observedClass,
    outcome: deployment.outcome,
    holdMs: deployment.holdMs,
    requests: load.requests() - before.requests,
    failed: load.failures().length - before.failed,
    lossReceipt: loss?.receipt ?? null,
    exported: loss?.rows ?? null,
    gates: deployment.items.flatMap((item) =>
      item.type === "gate" && item.verdict !== null ? [{ gate: item.id, verdict: item.verdict.kind, reason: item.verdict.reason }] : [],
    ),
  };
}

/** What the recovery discarded, with the rows themselves, as a person gets them. */
async function readLoss(plimsoll: Plimsoll, change: string): Promise<LossView> {
  const file = join(plimsoll.home, "lost-rows.json");
  const loss = await plimsoll.json<LossView>("change", "receipt", change, "--export", file);
  say(`  loss receipt: ${loss.sentence}`);
  return { ...loss, rows: JSON.parse(await readFile(file, "utf8")) as LossView["rows"] };
}

/** Writes are known by the token in their name: found exactly once in the database, or else in an export. */
async function accountFor(
  tenant: SampleTenant,
  acknowledged: readonly string[],
  deployments: readonly DemoDeployment[],
): Promise<{ readonly inReceipt: number; readonly lost: readonly string[] }> {
  const found = await tenant.cluster.query<{ name: string; n: number }>(
    tenant.database,
    "SELECT name, count(*)::int AS n FROM account_analytic_line WHERE name = ANY($1) GROUP BY name",
    [acknowledged],
  );
  const times = new Map(found.map((row) => [row.name, row.n]));
  const exported = new Set(deployments.flatMap((item) => (item.exported?.models["account.analytic.line"] ?? []).map((row) => row["name"])));
  const missing = acknowledged.filter((token) => times.get(token) !== 1);
  const inReceipt = missing.filter((token) => !times.has(token) && exported.has(token));
  return { inReceipt: inReceipt.length, lost: missing.filter((token) => !inReceipt.includes(token)) };
}

async function report(json: boolean, tenant: SampleTenant, load: Load, deployments: readonly DemoDeployment[]): Promise<number> {
  const acknowledged = load.acknowledged();
  const { inReceipt, lost } = await accountFor(tenant, acknowledged, deployments);
  const totalMs = Math.round(performance.now() - startedMs);
  const asExpected = stories.every((story, position) => deployments[position]?.outcome === story.outcome);
  // What the bad release answered wrongly after it was let in is why it was taken back; everything else has to succeed.
  const failed = deployments.reduce((sum, item) => sum + (item.outcome === "recovered" ? 0 : item.failed), 0);
  const lossReceipt = deployments.find((item) => item.lossReceipt !== null)?.lossReceipt ?? null;
  if (json) {
    const rows = deployments.map(({ exported: _, ...item }) => item);
    process.stdout.write(
      `${JSON.stringify({ deployments: rows, lossReceipt, acknowledgedWrites: acknowledged.length, writesInReceipt: inReceipt, lostWrites: lost.length, totalMs })}\n`,
    );
  } else {
    process.stdout.write(`\n${renderTable(deployments)}\n\n`);
    process.stdout.write(
      `${acknowledged.length} acknowledged writes: ${acknowledged.length - inReceipt - lost.length} in the database once, ${inReceipt} in the loss receipt, ${lost.length} lost; slowest request ${(load.slowestMs() / 1000).toFixed(1)} s; ${(totalMs / 1000).toFixed(0)} s in all\n`,
    );
  }
  for (const failure of load.failures().slice(0, 10)) say(`failed: ${failure.at} ${failure.operation}: ${failure.seen}`);
  return asExpected && failed === 0 && lost.length === 0 && inReceipt > 0 ? 0 : 1;
}

function say(message: string): void {
  process.stderr.write(`[demo ${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s] ${message}\n`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
