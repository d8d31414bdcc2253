import type { PlanningFacts } from "../../../app/ports/change-kind.ts";
import type { Impact } from "../../../domain/impact/impact.ts";
import { predictHold } from "../../../domain/plan/hold-prediction.ts";
import type { Plan } from "../../../domain/plan/plan.ts";

/** What a change costs its users, and how it would be taken back. */
export function wayOf(facts: PlanningFacts, impact: Impact): Pick<Plan, "traffic" | "predictedHoldMs" | "recovery"> {
  switch (impact.plannedClass) {
    case "K0":
      return {
        traffic: "none",
        predictedHoldMs: { value: 0, basis: "nothing is held" },
        recovery: { kind: "none-needed", sentence: "Nothing runs, so nothing has to be taken back." },
      };
    case "K1":
      return {
        traffic: "switch",
        predictedHoldMs: { value: 0, basis: "users are moved, nobody waits" },
        recovery: {
          kind: "switch-back",
          sentence:
            "Until the old workers have ended, any failure sends users back to them. Afterwards old workers can be started anew beside the new ones and users sent back, without a wait; nothing that users wrote is lost.",
        },
      };
    default:
      return swap(facts, impact);
  }
}

function swap({ environment: { spec }, tenant, history, rehearsal }: PlanningFacts, impact: Impact): ReturnType<typeof wayOf> {
  const predictedHoldMs = predictHold({
    modules: impact.closure.length,
    databaseSizeBytes: tenant.databaseSizeBytes,
    history,
    plannedClass: impact.plannedClass,
    rehearsal,
  });
  return {
    traffic: predictedHoldMs.value > spec.limits.holdMsMax ? "maintenance" : "hold",
    predictedHoldMs,
    recovery: {
      kind: "swap-back",
      sentence:
        "Until users are let in, any failure puts the untouched original back; users only wait. Afterwards the closed original is kept for the hold horizon.",
    },
  };
}
