import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import type { SmokeScenario } from "../../../domain/fleet/smoke-scenario.ts";
import { copyAccess } from "../../../app/ports/checkpoint-output.ts";
import type { ItemContext } from "../../../app/ports/step.ts";
import type { DatabaseInfo } from "../../../app/ports/tenant-database.ts";
import { failuresOf, type SmokeEvidence } from "../../../odoo/probe/judge-smoke.ts";
import { readSmokeReport, smokeChecks } from "../../../odoo/probe/smoke-report.ts";
import { copyAside, makeHarmless, removeCopy, type ClosedCopy, type Needs, type TreatedCopy } from "./throwaway-copy.ts";

/** What is tried, on what ground. */
export interface SmokeOrder {
  readonly live: string;
  readonly release: Digest;
  readonly scenarios: readonly SmokeScenario[];
  readonly budgetMs: number;
}

interface Trial {
  readonly release: Digest | null;
  readonly scenarios: readonly SmokeScenario[];
  readonly checks: readonly string[];
}

const allChecks = Object.keys(smokeChecks);

/** Does business with the new release on the copy, throws the copy away, and asks the old release about what failed. */
export async function tryBusiness(
  cx: ItemContext<Needs>,
  order: SmokeOrder,
  aside: ClosedCopy,
  signal: AbortSignal,
): Promise<SmokeEvidence> {
  const copy = await makeHarmless(cx, aside, signal);
  const network = await cx.use.runtime.networkIsolation();
  const { release, scenarios } = order;
  const report = await tryOn(cx, order, copy, { release, scenarios, checks: allChecks }, signal);
  await removeCopy(cx, order.live);
  return {
    network,
    copy: { done: copy.done as unknown as Json, dangers: copy.dangers },
    scenarios: scenarios.map(({ name, title }) => ({ name, title })),
    checks: allChecks,
    report,
    before: report === null ? null : await askOldRelease(cx, order, report, signal),
  };
}

/** null: the copy isn't harmless, so nothing was let in. */
async function tryOn(
  cx: ItemContext<Needs>,
  order: SmokeOrder,
  copy: TreatedCopy,
  trial: Trial,
  signal: AbortSignal,
): Promise<Json | null> {
  if (copy.dangers.length > 0) return null;
  const database = cx.use["tenant-database"];
  await database.unfence(copy.database);
  await database.logSequences(copy.database.name);
  cx.progress(null, trial.release === order.release ? "doing business on a throwaway copy" : "asking the old release about what failed");
  const { report, run } = await cx.use.runtime.probe({
    script: "smoke",
    release: trial.release,
    database: copy.database.name,
    input: { scenarios: trial.scenarios, checks: trial.checks } as unknown as Json,
    ...copyAccess(cx),
    network: "none",
    budgetMs: order.budgetMs,
    epoch: cx.deployment.epoch,
    deployment: cx.deployment.id,
    signal,
  });
  const seen = readSmokeReport(report);
  if (seen.fatal !== null || failuresOf(seen).scenarios.length > 0)
    cx.evidence(trial.release === order.release ? "smoke-log" : "smoke-log-of-old-release", await cx.use["evidence-store"].put(run.log));
  return report;
}

/** Only what failed, and only when the original is closed: a copy of it is then what the old release would work on. */
async function askOldRelease(
  cx: ItemContext<Needs>,
  order: SmokeOrder,
  report: Json,
  signal: AbortSignal,
): Promise<SmokeEvidence["before"]> {
  const seen = readSmokeReport(report);
  const failed = failuresOf(seen);
  if (seen.fatal === null && failed.scenarios.length === 0 && failed.checks.length === 0) return null;
  // Everything failed at once: what was not reached failed too.
  if (seen.fatal !== null) return { report: null, why: "The new release did not get so far that one could compare." };
  const original = await closedOriginal(cx, order.live);
  if (original === null) return { report: null, why: "The old release can't be asked: there is no closed original to copy." };
  const release = releaseOfBaseline(cx);
  if (release === undefined) return { report: null, why: "The old release can't be asked: the plan doesn't name it." };
  const copy = await makeHarmless(cx, await copyAside(cx, original, { live: order.live, open: false, release }), signal);
  const scenarios = order.scenarios.filter((scenario) => failed.scenarios.includes(scenario.name));
  const before = await tryOn(cx, order, copy, { release, scenarios, checks: failed.checks }, signal);
  await removeCopy(cx, order.live);
  return { report: before, why: before === null ? `The copy of the original was not harmless: ${copy.dangers.join(" ")}` : null };
}

/** Of a rehearsal the live database stays open, and nothing is asked of it. */
async function closedOriginal(cx: ItemContext<Needs>, live: string): Promise<DatabaseInfo | null> {
  if (cx.outputOf("checkpoint") === undefined) return null;
  const original = (await cx.use["tenant-database"].databases()).find((item) => item.name === live);
  return original === undefined || original.allowsConnections ? null : original;
}

function releaseOfBaseline(cx: ItemContext<Needs>): Digest | null | undefined {
  const item = cx.plan.items.find(({ id }) => id === "probe-baseline");
  const input = item?.input as { readonly release?: Digest | null } | undefined;
  return input?.release;
}
