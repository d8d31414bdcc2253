import { anyGate } from "../../app/ports/any-step.ts";
import type { GateKind } from "../../app/ports/step.ts";
import { applicationTruth } from "./application-truth/application-truth.ts";
import { databaseTruth } from "./database-truth/database-truth.ts";
import { preflight } from "./preflight/preflight.ts";

/** Every gate that a plan can name. */
export const gates: readonly GateKind[] = [anyGate(preflight), anyGate(databaseTruth), anyGate(applicationTruth)];
