import { anyGate } from "../../app/ports/any-step.ts";
import type { GateKind } from "../../app/ports/step.ts";
import { applicationTruth } from "./application-truth/application-truth.ts";
import { databaseTruth } from "./database-truth/database-truth.ts";
import { preflight } from "./preflight/preflight.ts";
import { rehearsed } from "./rehearsed/rehearsed.ts";
import { verification } from "./verification/verification.ts";

/** Every gate that a plan can name. */
export const gates: readonly GateKind[] = [
  anyGate(preflight),
  anyGate(rehearsed),
  anyGate(databaseTruth),
  anyGate(applicationTruth),
  anyGate(verification),
];
