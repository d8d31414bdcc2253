import { z } from "zod";
import { candidateName } from "../../../domain/rollout/names.ts";
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

const copySchema = z.object({ before: z.object({ oid: z.number() }).optional() });
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

/** Only what failed, and only where something is closed and untouched: a copy of it is what the old release would work on. */
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
  const untouched = await closedBefore(cx, order.live);
  if (untouched === null)
    return { report: null, why: "The old release can't be asked: there is neither a closed original nor a copy from before the update." };
  const release = releaseOfBaseline(cx);
  if (release === undefined) return { report: null, why: "The old release can't be asked: the plan doesn't name it." };
  const { database, attachments } = untouched;
  const copy = await makeHarmless(cx, await copyAside(cx, database, { live: order.live, open: false, release, attachments }), signal);
  const scenarios = order.scenarios.filter((scenario) => failed.scenarios.includes(scenario.name));
  const before = await tryOn(cx, order, copy, { release, scenarios, checks: failed.checks }, signal);
  await removeCopy(cx, order.live);
  return { report: before, why: before === null ? `The copy for the old release was not harmless: ${copy.dangers.join(" ")}` : null };
}

interface Untouched {
  readonly database: DatabaseInfo;
  /** Name of the tree with its attachments. */
  readonly attachments: string;
}

/** What is as it was before the update, and closed: of a change the original, of a rehearsal what it kept of its copy. null: nothing is. */
async function closedBefore(cx: ItemContext<Needs>, live: string): Promise<Untouched | null> {
  const databases = await cx.use["tenant-database"].databases();
  const closed = (isIt: (one: DatabaseInfo) => boolean): DatabaseInfo | undefined =>
    databases.find((one) => isIt(one) && !one.allowsConnections);
  if (cx.outputOf("checkpoint") !== undefined) {
    const original = closed(({ name }) => name === live);
    return original === undefined ? null : { database: original, attachments: live };
  }
  // The live database of a rehearsal stays open, and nothing is asked of it.
  const { before } = copySchema.parse(cx.outputOf("copy-live") ?? {});
  const kept = before === undefined ? undefined : closed(({ oid, mark }) => oid === before.oid && mark?.role === "copy");
  return kept === undefined ? null : { database: kept, attachments: candidateName(live, cx.deployment.id) };
}

function releaseOfBaseline(cx: ItemContext<Needs>): Digest | null | undefined {
  const item = cx.plan.items.find(({ id }) => id === "probe-baseline");
  const input = item?.input as { readonly release?: Digest | null } | undefined;
  return input?.release;
}
