import { z } from "zod";
import type { ModuleLag } from "../../../domain/fleet/environment.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { digestSchema, lagSchema } from "../../../app/ports/schema.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import { startAnswering, upstreamOf } from "../../../odoo/server/web-workers.ts";

type Input = {
  readonly database: string;
  readonly release: Digest | null;
  readonly generation: string;
  readonly bootMs: number;
  /** Of a recovery: what was on record of the database that serves again; a K0 change may have recorded another release than its workers'. */
  readonly returns?:
    | { readonly release: Digest | null; readonly baseDigest: Digest | null; readonly lag: readonly ModuleLag[] }
    | undefined;
};
type Output = {
  readonly hold: "ended";
  readonly serving: {
    readonly release: Digest | null;
    readonly generation: string;
    readonly baseDigest?: Digest | null;
    readonly lag?: Json;
  };
  readonly reopenedAt: string;
};
type Needs = "runtime" | "gateway";

/** Step 13: new workers on the live name, asked before anybody else is; then the gateway opens. From there a way back is a recovery. */
export const reopen: StepKind<Input, Output, Needs> = {
  id: "reopen",
  summary: "Start the new workers and let users in",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema.nullable(),
    generation: z.string().min(1),
    bootMs: z.int().positive(),
    returns: z.strictObject({ release: digestSchema.nullable(), baseDigest: digestSchema.nullable(), lag: lagSchema }).optional(),
  }),
  needs: ["runtime", "gateway"],
  limits: { timeoutMs: 900_000, attempts: 1 },
  interruptedInHold: "finish",

  async observe(cx, input) {
    const openForMs = await opened(cx, input);
    return openForMs === null ? { state: "not-started" } : { state: "done", output: outputOf(cx, input, openForMs) };
  },

  async apply(cx, input) {
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    cx.progress(null, input.returns === undefined ? "starting the new workers" : "asking the workers of the old release");
    await startAnswering(cx, generation, input.bootMs, input.returns === undefined ? "new" : "old");
    cx.signal.throwIfAborted();
    await cx.use.gateway.change(cx.environment.name, cx.deployment.epoch, {
      mode: "pass",
      upstream: upstreamOf(generation),
    });
    return outputOf(cx, input, 0);
  },

  async undo(cx, input) {
    if ((await opened(cx, input)) !== null) {
      const where = input.returns === undefined ? "on the new release" : "back on the old release";
      throw new PlimsollError("STATE_UNEXPECTED", `Users are already ${where}.`, {
        why: "Going back now would discard what they have written since.",
        fix: "Decide whether to stay or to recover; nothing is done by itself.",
        liftedBy: "a person",
      });
    }
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    await cx.use.runtime.stopWeb(generation, cx.deployment.epoch, 5_000);
  },

  describe: (input) =>
    input.returns === undefined
      ? "Start the new workers, ask them, and let users in."
      : "See that the workers of the old release answer, and let users in again.",
};

/** For how long users have been let in to this generation; null: they aren't. */
async function opened(cx: ItemContext<Needs>, input: Input): Promise<number | null> {
  const status = await cx.use.gateway.status(cx.environment.name);
  const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
  if (status?.route.mode !== "pass" || status.route.upstream?.webPort !== generation.webPort) return null;
  return status.traffic.find(({ upstream }) => upstream.webPort === generation.webPort)?.sinceMs ?? 0;
}

/** A successor may find it long after users were let in: what they have written counts from then, so the gateway is asked. */
function outputOf(cx: ItemContext<Needs>, input: Input, openForMs: number): Output {
  const { release, generation, returns } = input;
  const reopenedAt = new Date(Date.parse(cx.clock.now()) - openForMs).toISOString();
  if (returns === undefined) return { hold: "ended", serving: { release, generation }, reopenedAt };
  const lag = returns.lag.map((module) => ({ ...module }));
  return { hold: "ended", serving: { release: returns.release, generation, baseDigest: returns.baseDigest, lag }, reopenedAt };
}
