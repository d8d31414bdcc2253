import { InvalidArgumentError } from "commander";
import type { ReleaseAnalysis } from "../domain/impact/analysis.ts";

/** Worst first. */
const severities = ["error", "warning", "note"] as const;
/** Mildest first. */
const classes = ["K0", "K1", "K2", "K3", "K4", "K5"] as const;

/** From which severity, or from which class, an analysis counts as one with findings. */
export type Threshold = (typeof severities)[number] | (typeof classes)[number];

export function thresholdOf(text: string): Threshold {
  const found = [...severities, ...classes].find((one) => one.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw new InvalidArgumentError(`must be one of ${[...severities, ...classes].join(", ")}`);
  return found;
}

export function isClass(threshold: Threshold): boolean {
  return (classes as readonly string[]).includes(threshold);
}

/** A class as threshold stops at errors too: what can't be loaded has no class. */
export function failsOn({ plannedClass, findings }: Pick<ReleaseAnalysis, "plannedClass" | "findings">, threshold: Threshold): boolean {
  const level = severities.indexOf(threshold as never);
  if (level >= 0) return findings.some((finding) => severities.indexOf(finding.severity) <= level);
  const reached = plannedClass !== null && classes.indexOf(plannedClass) >= classes.indexOf(threshold as never);
  return reached || findings.some((finding) => finding.severity === "error");
}
