import { z } from "zod";
import { releaseChangeMembers } from "../../../app/ports/schema.ts";
import type { ChangeKind, ChangeProblem, PlanningFacts } from "../../../app/ports/change-kind.ts";
import { jsonOf, type DraftItem } from "../../../app/ports/draft-item.ts";
import { exactFacts } from "../../../app/ports/plan-facts.ts";
import type { ReleaseChangeSpec } from "../../../domain/change/change.ts";
import { updatesDatabase, type Impact } from "../../../domain/impact/impact.ts";
import type { BoundedFact, Plan, PlanFacts, PlanItem } from "../../../domain/plan/plan.ts";
import { planPrediction } from "../../../odoo/analysis/prediction/predicted-update.ts";
import { impactOf } from "../../../odoo/analysis/release-impact.ts";
import { groundProblems } from "./ground-problems.ts";
import { itemsBack, planItems } from "./items.ts";
import { wayOf } from "./way.ts";

/** The soak's last look begins when its time is over; what it finds must still lead back by itself. */
const lastLookMs = 60_000;

/** An Odoo application release on one environment: nothing at all (K0), new workers beside the old (K1), or by clone and swap. */
export const release: ChangeKind = {
  id: "release",
  summary: "Take an environment to another release",
  spec: z.strictObject({
    ...releaseChangeMembers,
  }) as unknown as ChangeKind["spec"],

  validate(spec, facts) {
    const impact = impactOf(facts);
    const ground = updatesDatabase(impact.plannedClass) ? groundProblems(facts) : [];
    return [...releaseProblems(facts, impact), ...agreementProblems(spec, impact), ...ground];
  },

  plan(change, facts, now, describe): Plan {
    const impact = impactOf(facts);
    const { spec } = facts.environment;
    const { traffic, predictedHoldMs, recovery } = wayOf(facts, impact);
    const inWords = (item: DraftItem): PlanItem => ({ ...item, sentence: describe(item.type, item.id, item.input) });
    const back = itemsBack(change.id, facts, impact).map(inWords);
    return {
      formatVersion: 1,
      change: change.id,
      kind: "release",
      environment: spec.name,
      host: spec.runtime.host,
      from: facts.from === null ? null : { name: facts.from.name, digest: facts.from.digest },
      to: { name: facts.to.name, digest: facts.to.digest },
      baseDigest: facts.base.digest,
      impact,
      facts: planFacts(facts, impact),
      agreedRemovals: change.spec.agreedRemovals,
      items: planItems(change.id, facts, impact, traffic).map(inWords),
      recovery: back.length === 0 ? recovery : { ...recovery, items: back, automaticMs: spec.limits.soakMs + lastLookMs },
      predictedHoldMs,
      traffic,
      ...rehearsedIn(facts, impact),
      ...(updatesDatabase(impact.plannedClass) ? { prediction: planPrediction(facts.prediction) } : {}),
      isolation: facts.isolation,
      createdAt: now,
    };
  },
};

/** Only what updates a database is rehearsed. */
function rehearsedIn({ rehearsal }: PlanningFacts, impact: Impact): Pick<Plan, "rehearsal"> {
  if (!updatesDatabase(impact.plannedClass)) return {};
  if (rehearsal === null) return { rehearsal };
  return { rehearsal: { deployment: rehearsal.deployment, at: rehearsal.at, expiresAt: rehearsal.expiresAt } };
}

function releaseProblems(facts: PlanningFacts, impact: Impact): ChangeProblem[] {
  const problems: ChangeProblem[] = [];
  if (facts.to.content.series !== facts.tenant.series) {
    problems.push({
      message: `Release ${facts.to.name} is for Odoo ${facts.to.content.series}; ${facts.tenant.databaseName} is ${facts.tenant.series}.`,
      fix: "A move to another series is a major upgrade, which is another kind of change.",
    });
  }
  for (const module of impact.removedModules) {
    problems.push({
      message: `The module ${module} is installed in ${facts.tenant.databaseName} but release ${facts.to.name} has no code for it.`,
      fix: "Put the module back into the release, or uninstall it in Odoo first.",
    });
  }
  for (const hazard of impact.hazards.filter((line) => line.startsWith("blocking:"))) {
    problems.push({ message: hazard.slice("blocking:".length).trim() });
  }
  return problems;
}

function agreementProblems(spec: ReleaseChangeSpec, impact: Impact): ChangeProblem[] {
  const unneeded = spec.agreedRemovals.modules.filter((module) => !impact.removedModules.includes(module));
  return unneeded.map((module) => ({
    message: `The change agrees to the removal of module ${module}, which the release doesn't remove.`,
    fix: "Leave it out.",
  }));
}

/** What must still be so at the start. Estimates move while people work, so sizes are bounds. */
function planFacts(facts: PlanningFacts, impact: Impact): PlanFacts {
  const { tenant, environment, prediction } = facts;
  return {
    exact: {
      ...exactFacts(facts),
      "recorded lag": jsonOf(environment.lag),
      "serving processes": facts.serving,
      // The gate after the update compares with it, while users wait.
      ...(updatesDatabase(impact.plannedClass) ? { "predicted difference": prediction.made ? prediction.compared : null } : {}),
    },
    bounded: {
      rows: upTo(tenant.rowsTotal, 1.5, 200_000),
      "database bytes": upTo(tenant.databaseSizeBytes, 1.3, 256 * 1024 * 1024),
      "attachment files": upTo(facts.filestore.files, 1.5, 20_000),
      "disk free bytes": {
        value: facts.filestore.diskFreeBytes,
        min: Math.min(facts.filestore.diskFreeBytes, 3 * tenant.databaseSizeBytes),
        max: Number.MAX_SAFE_INTEGER,
      },
    },
  };
}

function upTo(value: number, factor: number, slack: number): BoundedFact {
  return { value, min: Math.max(0, Math.floor(value / factor) - slack), max: Math.ceil(value * factor) + slack };
}
