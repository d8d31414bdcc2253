import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { NothingPredicted, PredictedUpdate } from "../../domain/impact/prediction.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";

/** An item before its step or gate has put it into a sentence. */
export type DraftItem =
  | { readonly type: "step"; readonly id: string; readonly input: Json }
  | { readonly type: "gate"; readonly id: string; readonly phase: "before" | "during" | "after"; readonly input: Json };

export function step(id: string, input: Json): DraftItem {
  return { type: "step", id, input };
}

export function gate(id: string, phase: "before" | "during" | "after", input: Json): DraftItem {
  return { type: "gate", id, phase, input };
}

export function jsonOf(lag: readonly ModuleLag[]): Json {
  return lag.map(({ module, database, code }) => ({ module, database, code }));
}

type Predicted = PredictedUpdate | NothingPredicted;

/** What the gate database-truth holds the update to. */
export function asPredicted(prediction: Predicted): { readonly prediction?: Json } {
  return prediction.made ? { prediction: prediction.evidence } : {};
}

/** What the gate preflight asks the data. */
export function dataChecks(prediction: Predicted, harmlessIn: (check: string) => string | null): { readonly checks?: Json } {
  if (!prediction.made || prediction.preChecks.length === 0) return {};
  const checks = prediction.preChecks.map(({ id, kind, what, sql, otherwise }) => {
    const rehearsal = harmlessIn(id);
    return { id, kind, what, sql, otherwise, ...(rehearsal === null ? {} : { harmlessIn: rehearsal }) };
  });
  return { checks };
}
