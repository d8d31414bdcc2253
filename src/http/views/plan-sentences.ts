import type { Plan } from "../../domain/plan/plan.ts";
import { shortDigest } from "../../domain/shared/digest.ts";

/** A plan as those read it who approve it. */
export function planSentences(plan: Plan): string[] {
  const { impact } = plan;
  const from = plan.from === null ? "the base's modules alone" : `${plan.from.name} (${shortDigest(plan.from.digest)})`;
  return [
    `Take ${plan.environment} from ${from} to ${plan.to.name} (${shortDigest(plan.to.digest)}).`,
    `Class ${impact.plannedClass}${impact.floor ? " or worse; what the update really does is measured on the clone" : ""}.`,
    ...impact.reasons,
    ...impact.hazards.map((hazard) => `Hazard: ${hazard}`),
    ...(impact.updateSet.length === 0
      ? []
      : [
          `Updates ${impact.updateSet.join(", ")}; with what depends on them, ${impact.closure.length} ${impact.closure.length === 1 ? "module" : "modules"}.`,
        ]),
    ...(impact.installs.length === 0 ? [] : [`Installs ${impact.installs.join(", ")}.`]),
    ...removalSentences(plan),
    trafficSentence(plan),
    ...plan.items.map((item, index) => `${index + 1}. ${item.sentence}`),
    plan.recovery.sentence,
    plan.isolation.sentence,
  ];
}

/** `K2+`: the class is a floor. */
export function plannedClass(plan: Plan): string {
  return `${plan.impact.plannedClass}${plan.impact.floor ? "+" : ""}`;
}

function removalSentences({ agreedRemovals }: Plan): string[] {
  const agreed = Object.entries(agreedRemovals).flatMap(([kind, names]: [string, readonly string[]]) =>
    names.length === 0 ? [] : [`${kind} ${names.join(", ")}`],
  );
  return [
    agreed.length === 0
      ? "Nothing may be dropped: no table, column, record or module."
      : `May drop, and nothing else: ${agreed.join("; ")}.`,
  ];
}

function trafficSentence({ traffic, predictedHoldMs }: Plan): string {
  const seconds = Math.round(predictedHoldMs.value / 1000);
  switch (traffic) {
    case "none":
      return "Users notice nothing.";
    case "hold":
      return `Users wait about ${seconds} s (${predictedHoldMs.basis}); no request is lost.`;
    case "maintenance":
      return `Users see the maintenance page for about ${seconds} s (${predictedHoldMs.basis}), because that is longer than they may be kept waiting.`;
  }
}
