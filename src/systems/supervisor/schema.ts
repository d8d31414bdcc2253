import { z } from "zod";
import type { Unit } from "../../app/ports/supervisor.ts";

const id = z
  .string()
  .max(300)
  .regex(/^[^/\0]+\/[^\0]+$/, "has to be <environment>/<name>");
const epoch = z.int().min(0);
const text = z.string().regex(/^[^\0]*$/, "may not hold a zero byte");
const environ = z.record(z.string().regex(/^[^=\0]+$/), text);

export const unitSchema: z.ZodType<Unit> = z.strictObject({
  id,
  epoch,
  argv: z.array(text).min(1).max(1_000),
  cwd: text.min(1),
  env: environ,
  uid: z.int().min(0).nullable(),
  gid: z.int().min(0).nullable(),
  logFile: text.min(1),
  stop: z.strictObject({
    signal: z.enum(["SIGTERM", "SIGINT"]),
    graceMs: z
      .int()
      .min(0)
      .max(24 * 3_600_000),
  }),
  labels: z.record(z.string(), z.string()),
});

export const ensureCommand: z.ZodType<{ unit: Unit }> = z.strictObject({ unit: unitSchema });
export const stopCommand: z.ZodType<{ id: string; epoch: number; options: { graceMs: number; kill: boolean } }> = z.strictObject({
  id,
  epoch,
  options: z.strictObject({
    graceMs: z
      .int()
      .min(0)
      .max(24 * 3_600_000),
    kill: z.boolean(),
  }),
});
export const listCommand: z.ZodType<{ prefix: string }> = z.strictObject({ prefix: z.string() });

/** A unit as it is wanted, and the process that was last started for it; `told`: it got its signal to stop. */
export interface UnitRecord {
  readonly unit: Unit;
  /** `gone`: asked to stop; forgotten when its process has ended. */
  readonly wanted: "running" | "gone";
  readonly process: { readonly pid: number; readonly startTicks: number; readonly bootId: string; readonly told: boolean } | null;
}

export interface SupervisorState {
  readonly version: 1;
  /** Highest epoch seen of each environment; kept when its units are gone. */
  readonly epochs: Readonly<Record<string, number>>;
  readonly units: readonly UnitRecord[];
}

export const supervisorStateSchema: z.ZodType<SupervisorState> = z.strictObject({
  version: z.literal(1),
  epochs: z.record(z.string(), epoch),
  units: z.array(
    z.strictObject({
      unit: unitSchema,
      wanted: z.enum(["running", "gone"]),
      process: z.strictObject({ pid: z.int(), startTicks: z.number(), bootId: z.string(), told: z.boolean() }).nullable(),
    }),
  ),
});
