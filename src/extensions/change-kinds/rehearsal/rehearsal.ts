import { z } from "zod";
import { releaseChangeMembers } from "../../../app/ports/schema.ts";
import type { ChangeKind, ChangeProblem, PlanningFacts } from "../../../app/ports/change-kind.ts";
import { exactFacts } from "../../../app/ports/plan-facts.ts";
import type { ReleaseChangeSpec } from "../../../domain/change/change.ts";
import { updatesDatabase, type Impact } from "../../../domain/impact/impact.ts";
import type { Plan } from "../../../domain/plan/plan.ts";
import { namePatterns } from "../../../domain/shared/name-patterns.ts";
import { planPrediction } from "../../../odoo/analysis/prediction/predicted-update.ts";
import { impactOf } from "../../../odoo/analysis/release-impact.ts";
import { rehearsalItems } from "./items.ts";
import { wayOf } from "./way.ts";

/** A release change up to its gates, by the same steps, on a copy that is thrown away. */
export const rehearsal: ChangeKind = {
  id: "rehearsal",
  summary: "Rehearse a release change on a copy",
  spec: z.strictObject({
    ...releaseChangeMembers,
    rehearses: z.string().regex(namePatterns.change),
    copy: z.enum(["dump", "template"]),
  }) as unknown as ChangeKind["spec"],

  validate(spec, facts) {
    if (spec.rehearses === undefined) {
      return [
        { message: "A rehearsal is one of a change, and this one names none.", fix: "Rehearse the change: plimsoll rehearse CHANGE" },
      ];
    }
    return [...releaseProblems(spec, facts), ...copyProblems(spec, facts)];
  },

  plan(change, facts, now, describe): Plan {
    const { spec } = facts.environment;
    const impact = impactOf(facts);
    return {
      formatVersion: 1,
      change: change.id,
      kind: "rehearsal",
      environment: spec.name,
      host: spec.runtime.host,
      from: facts.from === null ? null : { name: facts.from.name, digest: facts.from.digest },
      to: { name: facts.to.name, digest: facts.to.digest },
      baseDigest: facts.base.digest,
      impact,
      facts: { exact: exactFacts(facts), bounded: {} },
      agreedRemovals: change.spec.agreedRemovals,
      items: rehearsalItems(change.spec, facts, impact).map((item) => ({ ...item, sentence: describe(item.type, item.id, item.input) })),
      ...wayOf(change.spec, facts),
      prediction: planPrediction(facts.prediction),
      isolation: facts.isolation,
      createdAt: now,
    };
  },
};

function releaseProblems(spec: ReleaseChangeSpec, facts: PlanningFacts): ChangeProblem[] {
  const impact = impactOf(facts);
  if (facts.to.content.series !== facts.tenant.series) {
    return [
      {
        message: `Release ${facts.to.name} is for Odoo ${facts.to.content.series}; ${facts.tenant.databaseName} is ${facts.tenant.series}.`,
        fix: "A move to another series is a major upgrade, which is another kind of change.",
      },
    ];
  }
  const gone = impact.removedModules.map((module) => ({
    message: `The module ${module} is installed in ${facts.tenant.databaseName} but release ${facts.to.name} has no code for it.`,
    fix: "Put the module back into the release, or uninstall it in Odoo first.",
  }));
  const blocking = impact.hazards
    .filter((line) => line.startsWith("blocking:"))
    .map((line) => ({ message: line.slice("blocking:".length).trim() }));
  return [...gone, ...blocking, ...nothingToRehearse(spec, facts, impact)];
}

function nothingToRehearse({ rehearses }: ReleaseChangeSpec, facts: PlanningFacts, impact: Impact): ChangeProblem[] {
  if (impact.updateSet.length > 0 && updatesDatabase(impact.plannedClass)) return [];
  const why = impact.plannedClass === "K1" ? "changes code only" : "changes nothing that is installed";
  return [
    {
      message: `There is nothing to rehearse: ${facts.to.name} ${why} in ${facts.environment.spec.name}, so no database is updated and nobody waits.`,
      fix: `Go on with the change itself: plimsoll change plan ${rehearses ?? "CHANGE"}`,
    },
  ];
}

function copyProblems(spec: ReleaseChangeSpec, { environment }: PlanningFacts): ChangeProblem[] {
  if (spec.copy !== "template" || environment.spec.database.rehearsal === undefined) return [];
  return [
    {
      message: `${environment.spec.name} names a role of its own for copies, and a copy by template always belongs to the database's own role.`,
      fix: "Have the copy made by dump: --copy dump",
    },
  ];
}
