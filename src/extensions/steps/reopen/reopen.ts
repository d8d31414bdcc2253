import { z } from "zod";
import type { ModuleLag } from "../../../domain/fleet/environment.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { abandonedOf } from "../../../app/ports/left-databases.ts";
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
type Needs = "runtime" | "gateway" | "tenant-database";

/** New workers on the live name, asked before anybody else is; then the gateway opens. From there a way back is a recovery. */
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
  needs: ["runtime", "gateway", "tenant-database"],
  limits: { timeoutMs: 900_000, attempts: 1 },
  interruptedInHold: "finish",

  async observe(cx, input) {
    const openForMs = await opened(cx, input);
    const before = openForMs === null ? await letInBefore(cx, input) : null;
    if (before !== null) return { state: "partly", what: before };
    return openForMs === null ? { state: "not-started" } : { state: "done", output: outputOf(cx, input, openForMs) };
  },

  async apply(cx, input) {
    const before = (await opened(cx, input)) === null ? await letInBefore(cx, input) : null;
    if (before !== null) throw usersDecided(before);
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
      throw usersDecided(`Users are already ${where}.`);
    }
    const before = await letInBefore(cx, input);
    if (before !== null) throw usersDecided(before);
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

/**
 * Users were let in to the new release once, and aren't there now: a recovery holds them, or took them back. Only a record that
 * was set back asks for it, and what it would undo or do again holds what they wrote. In words, or null.
 */
async function letInBefore(cx: ItemContext<Needs>, input: Input): Promise<string | null> {
  if (input.returns !== undefined) return null;
  const abandoned = abandonedOf(await cx.use["tenant-database"].databases(), cx.deployment.id);
  if (abandoned !== undefined) return `Users were on the new release and were taken back; ${abandoned.name} keeps what they wrote there.`;
  const route = (await cx.use.gateway.status(cx.environment.name))?.route;
  const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
  // Until users are let in the gateway keeps the upstream that it had before the hold.
  if (route?.upstream?.webPort !== generation.webPort || route.mode === "pass") return null;
  return "Users were let in on the new release, and wait at the gateway since.";
}

function usersDecided(message: string): PlimsollError {
  return new PlimsollError("STATE_UNEXPECTED", message, {
    why: "Going back now would discard what they have written since.",
    fix: "Decide whether to stay or to recover; nothing is done by itself.",
    liftedBy: "a person",
  });
}

/** A successor may find it long after users were let in: what they have written counts from then, so the gateway is asked. */
function outputOf(cx: ItemContext<Needs>, input: Input, openForMs: number): Output {
  const { release, generation, returns } = input;
  const reopenedAt = new Date(Date.parse(cx.clock.now()) - openForMs).toISOString();
  if (returns === undefined) return { hold: "ended", serving: { release, generation }, reopenedAt };
  const lag = returns.lag.map((module) => ({ ...module }));
  return { hold: "ended", serving: { release: returns.release, generation, baseDigest: returns.baseDigest, lag }, reopenedAt };
}
