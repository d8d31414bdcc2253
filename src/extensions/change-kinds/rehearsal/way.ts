import type { PlanningFacts } from "../../../app/ports/change-kind.ts";
import type { ReleaseChangeSpec } from "../../../domain/change/change.ts";
import { predictCloneHold } from "../../../domain/plan/hold-prediction.ts";
import type { Plan } from "../../../domain/plan/plan.ts";

/** Users wait for a copy by template, so requests in flight get less time than a change gives them. */
const drainMsMax = 5_000;

/** How long requests that run may take to end before a copy by template. */
export function drainMsOf({ environment }: PlanningFacts): number {
  return Math.min(environment.spec.limits.drainMsMax, drainMsMax);
}

/** What a rehearsal costs users, and what is put right whatever happens. */
export function wayOf({ copy }: ReleaseChangeSpec, facts: PlanningFacts): Pick<Plan, "traffic" | "predictedHoldMs" | "recovery"> {
  if (copy !== "template") {
    return {
      traffic: "none",
      predictedHoldMs: { value: 0, basis: "users go on working" },
      recovery: { kind: "none-needed", sentence: "A rehearsal touches a copy, which is dropped whatever happens." },
    };
  }
  const { databaseSizeBytes } = facts.tenant;
  return {
    traffic: "hold",
    predictedHoldMs: predictCloneHold({ databaseSizeBytes, drainMs: drainMsOf(facts), rehearsal: facts.rehearsal }),
    recovery: {
      kind: "none-needed",
      sentence:
        "A rehearsal changes a copy, which is dropped whatever happens. The live database is closed only while it is cloned; whatever happens, it is opened again and users go on.",
    },
  };
}
