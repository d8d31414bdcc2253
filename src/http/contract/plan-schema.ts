import { z } from "zod";
import type { AgreedRemovals, Impact } from "../../domain/impact/impact.ts";
import type { Plan, PlanItem, PlanPrediction } from "../../domain/plan/plan.ts";
import { digest, json, moment } from "./names.ts";

const names = z.array(z.string());
const impactClass = z.enum(["K0", "K1", "K2", "K3", "K4", "K5"]);

export const agreedRemovals: z.ZodType<AgreedRemovals> = z.object({ tables: names, columns: names, records: names, modules: names });

const impact: z.ZodType<Impact> = z.object({
  plannedClass: impactClass,
  floor: z.boolean(),
  changes: z.array(
    z.object({
      module: z.string(),
      change: z.enum(["changed", "added", "removed"]),
      fromVersion: z.string().nullable(),
      toVersion: z.string().nullable(),
      installed: z.boolean(),
    }),
  ),
  updateSet: names,
  closure: names,
  installs: names,
  removedModules: names,
  expectedScripts: z.array(z.object({ module: z.string(), version: z.string(), stage: z.enum(["pre", "post", "end"]), file: z.string() })),
  reasons: names,
  hazards: names,
});

const item: z.ZodType<PlanItem> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("step"), id: z.string(), input: json, sentence: z.string() }),
  z.object({ type: z.literal("gate"), id: z.string(), phase: z.enum(["before", "during", "after"]), input: json, sentence: z.string() }),
]);

const prediction: z.ZodType<PlanPrediction> = z.discriminatedUnion("made", [
  z.object({ made: z.literal(true), removals: agreedRemovals, uncertain: names, seconds: z.number(), evidence: digest }),
  z.object({ made: z.literal(false), why: z.string() }),
]);

const releaseReference = z.object({ name: z.string(), digest });

/** A plan as it is stored: its canonical JSON gives the digest that people approve. */
export const planSchema: z.ZodType<Plan> = z.object({
  formatVersion: z.literal(1),
  change: z.string(),
  kind: z.string(),
  environment: z.string(),
  host: z.string(),
  from: releaseReference.nullable(),
  to: releaseReference,
  baseDigest: digest,
  impact,
  facts: z.object({
    exact: z.record(z.string(), json),
    bounded: z.record(z.string(), z.object({ value: z.number(), min: z.number(), max: z.number() })),
  }),
  agreedRemovals,
  items: z.array(item),
  recovery: z.object({
    kind: z.enum(["swap-back", "switch-back", "none-needed"]),
    sentence: z.string(),
    items: z.array(item).exactOptional(),
    automaticMs: z.number().exactOptional(),
  }),
  predictedHoldMs: z.object({ value: z.number(), basis: z.string(), low: z.number().exactOptional(), high: z.number().exactOptional() }),
  traffic: z.enum(["hold", "maintenance", "switch", "none"]),
  rehearsal: z.object({ deployment: z.string(), at: moment, expiresAt: moment }).nullable().exactOptional(),
  prediction: prediction.exactOptional(),
  isolation: z.object({ isolated: z.boolean(), sentence: z.string() }),
  createdAt: moment,
});
