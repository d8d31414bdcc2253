import { z } from "zod";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";

type Input = { readonly database: string; readonly release: Digest; readonly generation: string; readonly bootMs: number };
type Output = {
  readonly hold: "ended";
  readonly serving: { readonly release: Digest; readonly generation: string };
  readonly reopenedAt: string;
};
type Needs = "runtime" | "gateway";

/** Step 13: new workers on the live name, asked before anybody else is; then the gateway opens. From there a way back is a recovery. */
export const reopen: StepKind<Input, Output, Needs> = {
  id: "reopen",
  summary: "Start the new workers and let users in",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema,
    generation: z.string().min(1),
    bootMs: z.int().positive(),
  }),
  needs: ["runtime", "gateway"],
  limits: { timeoutMs: 900_000, attempts: 1 },
  interruptedInHold: "finish",

  async observe(cx, input) {
    return (await opened(cx, input)) ? { state: "done", output: outputOf(cx, input) } : { state: "not-started" };
  },

  async apply(cx, input) {
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    cx.progress(null, "starting the new workers");
    await cx.use.runtime.startWeb(generation, cx.deployment.epoch);
    const health = await cx.use.runtime.waitHealthy(generation, input.bootMs, cx.signal);
    if (!health.healthy) {
      const tail = await logTailOf(cx, generation.id);
      cx.evidence("log-tail", tail);
      const last = tail.at(-1)?.trim() ?? "";
      throw new PlimsollError("ODOO_UNHEALTHY", "The new workers did not become healthy.", {
        why: [
          ...health.checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.seen}`),
          ...(last === "" ? [] : [`the log says last: ${last}`]),
        ].join("; "),
        fix: "Read the web log of the new generation; the release may need something that this host lacks.",
      });
    }
    cx.signal.throwIfAborted();
    await cx.use.gateway.change(cx.environment.name, cx.deployment.epoch, {
      mode: "pass",
      upstream: { host: "127.0.0.1", webPort: generation.webPort, websocketPort: generation.websocketPort },
    });
    return outputOf(cx, input);
  },

  async undo(cx, input) {
    if (await opened(cx, input)) {
      throw new PlimsollError("STATE_UNEXPECTED", "Users are already on the new release.", {
        why: "Going back now would discard what they have written since.",
        fix: "Decide whether to stay or to recover; nothing is done by itself.",
        liftedBy: "a person",
      });
    }
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    await cx.use.runtime.stopWeb(generation, cx.deployment.epoch, 5_000);
  },

  describe: () => "Start the new workers, ask them, and let users in.",
};

async function logTailOf(cx: ItemContext<Needs>, generation: string): Promise<readonly string[]> {
  const status = (await cx.use.runtime.generations()).find((each) => each.generation.id === generation);
  return status?.logTail ?? [];
}

async function opened(cx: ItemContext<Needs>, input: Input): Promise<boolean> {
  const status = await cx.use.gateway.status(cx.environment.name);
  const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
  return status?.route.mode === "pass" && status.route.upstream?.webPort === generation.webPort;
}

function outputOf(cx: ItemContext<Needs>, input: Input): Output {
  return { hold: "ended", serving: { release: input.release, generation: input.generation }, reopenedAt: cx.clock.now() };
}
