import { z } from "zod";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = {
  readonly mode: "hold" | "maintenance";
  readonly generation: string;
  readonly release: Digest | null;
  readonly database: string;
};
type Output = { readonly hold: "started" };

/** From here users wait at the gateway; nothing new reaches Odoo. */
export const holdTraffic: StepKind<Input, Output, "gateway" | "runtime"> = {
  id: "hold-traffic",
  summary: "Hold users' requests at the gateway",
  input: z.strictObject({
    mode: z.enum(["hold", "maintenance"]),
    generation: z.string().min(1),
    release: digestSchema.nullable(),
    database: z.string().min(1),
  }),
  needs: ["gateway", "runtime"],
  limits: { timeoutMs: 15_000, attempts: 3 },

  async observe(cx, input) {
    const status = await cx.use.gateway.status(cx.environment.name);
    return status?.route.mode === input.mode ? { state: "done", output: { hold: "started" } } : { state: "not-started" };
  },

  async apply(cx, input) {
    await cx.use.gateway.change(cx.environment.name, cx.deployment.epoch, { mode: input.mode });
    return { hold: "started" };
  },

  async undo(cx, input) {
    const old = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    await cx.use.gateway.change(cx.environment.name, cx.deployment.epoch, {
      mode: "pass",
      upstream: { host: "127.0.0.1", webPort: old.webPort, websocketPort: old.websocketPort },
    });
  },

  describe: (input) => (input.mode === "hold" ? "Hold users' requests at the gateway; they wait." : "Show the maintenance page."),
};
