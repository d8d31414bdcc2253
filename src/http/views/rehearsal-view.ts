import type { ItemRun } from "../../domain/rollout/deployment.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import type { RehearsalInContext } from "../../app/queries/show-rehearsal.ts";
import type { RehearsalFindings, RehearsalView } from "../contract/rehearsals.ts";
import { outcomeOfState } from "./deployment-views.ts";

export function rehearsalView(inContext: RehearsalInContext): RehearsalView {
  const { change, deployment, plan, at } = inContext.rehearsal;
  const verdict = verdictOf(inContext);
  const rehearses = change.spec.rehearses ?? "";
  return {
    change: change.id,
    deployment: deployment.id,
    rehearses,
    environment: change.spec.environment,
    release: plan.to.name,
    copy: change.spec.copy ?? "dump",
    verdict,
    reason: verdict === "failed" || verdict === "needs-person" ? deployment.reason : null,
    at,
    tookMs: deployment.endedAt === null ? null : Date.parse(deployment.endedAt) - Date.parse(deployment.createdAt),
    found: findings(inContext),
    next: nextCommand(verdict, rehearses, change.id, inContext.expired.length > 0),
  };
}

function verdictOf({ rehearsal: { deployment } }: RehearsalInContext): RehearsalView["verdict"] {
  const outcome = outcomeOfState[deployment.state];
  if (outcome === "running" || outcome === "needs-person") return outcome;
  return outcome === "new-and-verified" ? "passed" : "failed";
}

function findings({ rehearsal, facts, predictedHold, expired }: RehearsalInContext): RehearsalFindings | null {
  const { report, runs } = rehearsal;
  if (report === null || facts === null || predictedHold === null) return null;
  const { value, low = value, high = value, basis } = predictedHold;
  const copy = runs.findLast((run) => run.item === "copy-live" && run.state === "done");
  const output = copy?.output as { readonly usersWaitedMs?: number | null } | undefined;
  return {
    hold: { value, low, high, basis },
    partsMs: facts.partsMs,
    observedClass: report.observedClass,
    differences: report.differences,
    warningsToRead: report.warningsToRead,
    warningCount: report.warningCount,
    locks: report.locks,
    peakMemoryBytes: report.peakMemoryBytes,
    usersWaitedMs: output?.usersWaitedMs ?? null,
    apart: apartIn(copy?.evidence),
    expiresAt: facts.expiresAt,
    expired,
    report: report.report,
  };
}

function apartIn(evidence: ItemRun["evidence"] = {}): RehearsalFindings["apart"] {
  const done = evidence["neutralised"] as { readonly speakers?: Readonly<Record<string, number | null>> } | undefined;
  return { role: textOf(evidence["role"]), network: textOf(evidence["network"]), speakers: done?.speakers ?? {} };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "not on record";
}

function nextCommand(verdict: RehearsalView["verdict"], rehearses: string, own: string, expired: boolean): string | null {
  switch (verdict) {
    case "passed":
      return expired ? `plimsoll rehearse ${rehearses}` : `plimsoll change plan ${rehearses}`;
    case "running":
      return `plimsoll change watch ${own}`;
    case "needs-person":
      return `plimsoll change resume ${own} --reason "…"`;
    case "failed":
      return null;
  }
}
