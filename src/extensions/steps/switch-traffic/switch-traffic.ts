import { z } from "zod";
import type { ModuleLag } from "../../../domain/fleet/environment.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import type { Generation } from "../../../app/ports/odoo-runtime.ts";
import { digestSchema, lagSchema, plannedWorkersSchema, type PlannedWorkers } from "../../../app/ports/schema.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import { askWorkers, servesUsers, upstreamOf } from "../../../odoo/server/web-workers.ts";

type Input = {
  readonly from: PlannedWorkers;
  readonly to: PlannedWorkers;
  /** What is on record once users are there. */
  readonly serving: { readonly release: Digest | null; readonly baseDigest: Digest | null; readonly lag: readonly ModuleLag[] };
  /** How long the workers may take to answer once more. */
  readonly boundMs: number;
};
type Output = {
  readonly serving: {
    readonly release: Digest | null;
    readonly generation: string;
    readonly baseDigest: Digest | null;
    readonly lag: readonly { readonly module: string; readonly database: string; readonly code: string }[];
  };
  readonly switchedAt: string;
};
type Needs = "gateway" | "runtime";

/** Users go from one set of workers to the other between two requests: none waits, and what is in flight is answered where it is. */
export const switchTraffic: StepKind<Input, Output, Needs> = {
  id: "switch-traffic",
  summary: "Send users to the other workers",
  input: z.strictObject({
    from: plannedWorkersSchema,
    to: plannedWorkersSchema,
    serving: z.strictObject({ release: digestSchema.nullable(), baseDigest: digestSchema.nullable(), lag: lagSchema }),
    boundMs: z.int().positive(),
  }),
  needs: ["gateway", "runtime"],
  limits: { timeoutMs: 300_000, attempts: 3 },

  async observe(cx, input) {
    const passes = (await cx.use.gateway.status(cx.environment.name))?.route.mode === "pass";
    const there = passes && (await servesUsers(cx, await prepared(cx, input.to)));
    return there ? { state: "done", output: outputOf(cx, input) } : { state: "not-started" };
  },

  async apply(cx, input) {
    const to = await prepared(cx, input.to);
    // They answered when they were started; that may be a while ago.
    await askWorkers(cx, to, input.boundMs, cx.recovery === undefined ? "new" : "old");
    cx.signal.throwIfAborted();
    await cx.use.gateway.change(cx.environment.name, cx.deployment.epoch, { mode: "pass", upstream: upstreamOf(to) });
    return outputOf(cx, input);
  },

  async undo(cx, input) {
    const from = await prepared(cx, input.from);
    await cx.use.gateway.change(cx.environment.name, cx.deployment.epoch, { mode: "pass", upstream: upstreamOf(from) });
  },

  describe: () => "Send users to the workers that were started beside; nobody waits, and requests in flight are answered where they are.",
};

function prepared(cx: ItemContext<Needs>, { generation, release, database }: PlannedWorkers): Promise<Generation> {
  return cx.use.runtime.prepare(generation, release, database);
}

function outputOf(cx: ItemContext<Needs>, { to, serving }: Input): Output {
  return {
    serving: {
      release: serving.release,
      generation: to.generation,
      baseDigest: serving.baseDigest,
      lag: serving.lag.map(({ module, database, code }) => ({ module, database, code })),
    },
    switchedAt: cx.clock.now(),
  };
}
