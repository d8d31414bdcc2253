import type { Plan } from "../../domain/plan/plan.ts";
import { shortDigest } from "../../domain/shared/digest.ts";

/** A plan as those read it who approve it. */
export function planSentences(plan: Plan): string[] {
  const { impact } = plan;
  const from = plan.from === null ? "the base's modules alone" : `${plan.from.name} (${shortDigest(plan.from.digest)})`;
  return [
    `${plan.kind === "rehearsal" ? "Rehearse, on a copy, taking" : "Take"} ${plan.environment} from ${from} to ${plan.to.name} (${shortDigest(plan.to.digest)}).`,
    classSentence(plan),
    ...impact.reasons,
    ...impact.hazards.map((hazard) => `Hazard: ${hazard}`),
    ...(impact.updateSet.length === 0
      ? []
      : [
          `Updates ${impact.updateSet.join(", ")}; with what depends on them, ${impact.closure.length} ${impact.closure.length === 1 ? "module" : "modules"}.`,
        ]),
    ...(impact.installs.length === 0 ? [] : [`Installs ${impact.installs.join(", ")}.`]),
    ...predictionSentences(plan),
    ...removalSentences(plan),
    trafficSentence(plan),
    ...rehearsalSentences(plan),
    ...plan.items.map((item, index) => `${index + 1}. ${item.sentence}`),
    ...recoverySentences(plan),
    plan.isolation.sentence,
  ];
}

/** `K2+`: the class is a floor. */
export function plannedClass(plan: Plan): string {
  return `${plan.impact.plannedClass}${plan.impact.floor ? "+" : ""}`;
}

function classSentence({ impact }: Plan): string {
  if (impact.plannedClass === "K1")
    return "Class K1: code only. Nothing of it is loaded into the database, so nothing is updated and the database stays as it is.";
  return `Class ${impact.plannedClass}${impact.floor ? " or worse; what the update really does is measured on the clone" : ""}.`;
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

const removalKinds = ["tables", "columns", "records", "modules"] as const;
const namesShownMax = 20;

/** What the update is expected to take away, and what nobody can tell before it runs. */
function predictionSentences({ prediction, agreedRemovals: agreed, kind }: Plan): string[] {
  if (prediction === undefined) return [];
  if (!prediction.made) return [`Nothing was predicted, so nothing is known of what goes. ${prediction.why}`];
  const { removals, uncertain, seconds } = prediction;
  const going = removalKinds.flatMap((one) => (removals[one].length === 0 ? [] : [`${one} ${named(removals[one])}`]));
  const isAgreed = (one: (typeof removalKinds)[number], name: string): boolean =>
    agreed[one].includes(name) || (one === "records" && agreed.modules.includes(name.slice(0, name.indexOf("."))));
  const missing = removalKinds.flatMap((one) =>
    removals[one].filter((name) => !isAgreed(one, name)).map((name) => `--agree-drop-${one.slice(0, -1)} ${name}`),
  );
  const stops = kind === "rehearsal" ? "The rehearsal will fail by it" : "The change will be stopped by it before users get it";
  return [
    going.length === 0 ? "Predicted to drop nothing." : `Predicted to drop: ${going.join("; ")}.`,
    ...(missing.length === 0
      ? []
      : [
          `Nobody agreed to all of that. ${stops}. If it is meant, create the change again with: ${missing.slice(0, namesShownMax).join(" ")}${missing.length > namesShownMax ? ` and ${missing.length - namesShownMax} more` : ""}`,
        ]),
    ...uncertain.map((why) => `Can't be told before it runs: ${why}`),
    ...(seconds < 1 ? [] : [`Filling and rewriting rows is predicted to take about ${seconds} s of the update.`]),
  ];
}

function named(names: readonly string[]): string {
  const more = names.length - namesShownMax;
  return `${names.slice(0, namesShownMax).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The way back, as those agree to it who approve the plan. */
function recoverySentences({ recovery: { sentence, items = [], automaticMs = 0 } }: Plan): string[] {
  if (items.length === 0) return [sentence];
  return [
    sentence,
    ...(automaticMs === 0
      ? []
      : [`It is taken back by itself when the new release definitely fails its users within ${span(automaticMs)}.`]),
    "Taken back later, it runs:",
    ...items.map((item, index) => `${index + 1}. ${item.sentence}`),
  ];
}

function span(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

/** What the expectations of the plan come from. */
function rehearsalSentences({ kind, rehearsal, traffic, prediction }: Plan): string[] {
  if (kind === "rehearsal") return [];
  if (traffic !== "hold" && traffic !== "maintenance") return [];
  if (rehearsal === undefined || rehearsal === null)
    return [
      prediction?.made === true
        ? "Nothing was rehearsed. Whatever differs in schema or records from what the sources tell stops the change, and so does a warning that isn't on the list of known noise."
        : "Nothing was rehearsed, so what will differ isn't known before the change runs. A warning that isn't on the list of known noise stops it.",
    ];
  return [
    `Rehearsed as ${rehearsal.deployment} on ${rehearsal.at}, which counts until ${rehearsal.expiresAt}: whatever differs from it in schema or records stops the change, and so does a warning that it didn't have, unless that is on the list of known noise.`,
  ];
}

/** `about 9 s`, with its spread when that is known. Never 0: whoever waits at all notices it. */
function waitText({ value, low, high }: Plan["predictedHoldMs"]): string {
  const seconds = (ms: number): number => Math.max(1, Math.round(ms / 1000));
  if (low === undefined || high === undefined || seconds(low) === seconds(high)) return `about ${seconds(value)} s`;
  return `about ${seconds(value)} s (${seconds(low)} to ${seconds(high)} s)`;
}

function trafficSentence({ traffic, predictedHoldMs }: Plan): string {
  const wait = waitText(predictedHoldMs);
  switch (traffic) {
    case "none":
      return "Users notice nothing.";
    case "switch":
      return "Users are moved to new workers between two requests: nobody waits, and no request is lost.";
    case "hold":
      return `Users wait ${wait}, ${predictedHoldMs.basis}; no request is lost.`;
    case "maintenance":
      return `Users see the maintenance page for ${wait}, ${predictedHoldMs.basis}, because that is longer than they may be kept waiting.`;
  }
}
