import { z } from "zod";
import type { ItemContext, Observed } from "../../src/app/ports/step.ts";
import type { PlanItem } from "../../src/domain/plan/plan.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import type { Digest } from "../../src/domain/shared/digest.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";
import type { EvidenceRow, Verdict } from "../../src/domain/verdict/verdict.ts";
import type { AnyGate, AnyStep } from "../../src/engine/worker-options.ts";
import { sha256 } from "../conformance/ledger-fixture.ts";
import type { ToyWorld } from "./toy-world.ts";

/** What a toy may do at each of its awaits: take time, fail, be killed with its process. */
export interface Troubles {
  /** Network and processes take their time; a dead process never comes back from it. */
  breathe(signal: AbortSignal): Promise<void>;
  /** May throw, or hang, before or after the effect of a step. */
  around(step: string, act: "apply" | "undo", when: "before" | "after", signal: AbortSignal): Promise<void>;
  verdict(signal: AbortSignal): Promise<Verdict["kind"]>;
  updateMs(): number;
}

type Cx = ItemContext;

export const holdPlan: readonly PlanItem[] = planItems([
  "claim",
  "link",
  "background",
  "hold",
  "fence",
  "checkpoint",
  "update",
  "truth",
  "swap",
  "reopen",
  "resume",
  "settle",
]);

/** Nobody waits: an interrupted update goes back to its checkpoint instead of giving up. */
export const quietPlan: readonly PlanItem[] = planItems(["claim", "fence", "checkpoint", "update", "truth"]);

export function planItems(ids: readonly string[]): PlanItem[] {
  return ids.map((id) =>
    id === "truth"
      ? { type: "gate", id, phase: "during", input: {}, sentence: "Look." }
      : { type: "step", id, input: {}, sentence: `${id}.` },
  );
}

export const nextRelease: { readonly release: Digest; readonly generation: string } = { release: sha256("next"), generation: "g2" };

export function toySteps(world: ToyWorld, troubles: Troubles): ReadonlyMap<string, AnyStep> {
  const step = (id: string, kind: Pick<AnyStep, "observe" | "apply" | "undo"> & Partial<AnyStep>): [string, AnyStep] => [
    id,
    wrapped(world, troubles, id, kind),
  ];
  return new Map<string, AnyStep>([
    step("claim", {
      observe: async () => ({ state: "not-started" }),
      apply: async (cx: Cx) => {
        world.claim(cx.deployment.epoch);
        return { live: 1 };
      },
      undo: async (cx: Cx) => {
        world.claim(cx.deployment.epoch);
        world.change(cx.deployment.epoch, "claim", () => {
          if (world.live === "original") world.candidate = null;
        });
      },
    }),
    step("link", {
      observe: async () => (world.linked ? done(null) : notStarted),
      apply: async () => {
        world.linked = true;
        return null;
      },
      undo: async () => {
        world.linked = false;
      },
    }),
    step("background", {
      observe: async () => (world.background === "stopped" ? done(null) : notStarted),
      apply: async (cx: Cx) => {
        world.command(cx.deployment.epoch, "background", () => (world.background = "stopped"));
        return null;
      },
      undo: async (cx: Cx) => world.command(cx.deployment.epoch, "background", () => (world.background = "old")),
    }),
    step("hold", {
      observe: async () => (world.traffic === "hold" ? done({ hold: "started" }) : notStarted),
      apply: async (cx: Cx) => {
        world.command(cx.deployment.epoch, "hold", () => (world.traffic = "hold"));
        return { hold: "started" };
      },
      undo: async (cx: Cx) => world.command(cx.deployment.epoch, "hold", () => world.open("old")),
    }),
    step("fence", {
      observe: async () => (world.fenced ? done(null) : notStarted),
      apply: async (cx: Cx) => {
        world.change(cx.deployment.epoch, "fence", () => (world.fenced = true));
        return null;
      },
      undo: async (cx: Cx) => world.change(cx.deployment.epoch, "fence", () => (world.fenced = false)),
    }),
    step("checkpoint", {
      observe: async () => (world.candidate === null ? notStarted : { state: "partly", what: "a clone" }),
      apply: async (cx: Cx) => {
        world.change(cx.deployment.epoch, "checkpoint", () => world.clone());
        return { candidate: world.clones };
      },
      undo: async (cx: Cx) => world.change(cx.deployment.epoch, "checkpoint", () => close(world)),
    }),
    step("update", {
      restartFrom: "checkpoint",
      limits: { timeoutMs: 120_000, attempts: 2 },
      observe: async () => ({ state: "partly", what: "an update" }),
      apply: async (cx: Cx) => {
        world.change(cx.deployment.epoch, "update", () => {
          if (world.candidate?.state !== "cloned" || world.candidate.closed) world.violations.push("updated what isn't a fresh open clone");
          if (world.candidate !== null) world.candidate.state = "updating";
        });
        await cx.clock.sleep(troubles.updateMs(), cx.signal);
        await troubles.breathe(cx.signal);
        world.change(cx.deployment.epoch, "update", () => {
          if (world.candidate?.state === "updating") world.candidate.state = "updated";
        });
        return { exitCode: 0 };
      },
      undo: async (cx: Cx) => world.change(cx.deployment.epoch, "update", () => close(world)),
    }),
    step("swap", {
      interruptedInHold: "finish",
      observe: async () => (world.live === "candidate" ? done(null) : notStarted),
      apply: async (cx: Cx) => {
        world.change(cx.deployment.epoch, "swap", () => world.swap());
        return null;
      },
      undo: async (cx: Cx) => world.change(cx.deployment.epoch, "swap", () => world.swapBack()),
    }),
    step("reopen", {
      interruptedInHold: "finish",
      observe: async (cx: Cx) => (world.traffic === "pass" && world.upstream === "new" ? done(reopenOutput(cx)) : notStarted),
      apply: async (cx: Cx) => {
        world.command(cx.deployment.epoch, "reopen", () => world.open("new"));
        return reopenOutput(cx);
      },
      undo: async () => {
        if (world.upstream === "new") throw new PlimsollError("STATE_UNEXPECTED", "Users are already on the new release.");
      },
    }),
    step("resume", {
      observe: async () => notStarted,
      apply: async (cx: Cx) => {
        world.command(cx.deployment.epoch, "resume", () => (world.background = "new"));
        return { background: "new" };
      },
      undo: { irreversible: true, reason: "Users have worked." },
    }),
    step("settle", {
      limits: { timeoutMs: 60_000, attempts: 12 },
      notBefore: (cx: Cx) => new Date(Date.parse((cx.outputOf("reopen") as { reopenedAt: string }).reopenedAt) + 60_000).toISOString(),
      observe: async () => (world.originalDropped ? done(null) : notStarted),
      apply: async (cx: Cx) => {
        world.claim(cx.deployment.epoch);
        world.change(cx.deployment.epoch, "settle", () => world.dropOriginal());
        return null;
      },
      undo: { irreversible: true, reason: "Dropped for good." },
    }),
  ]);
}

export function toyGates(world: ToyWorld, troubles: Troubles): ReadonlyMap<string, AnyGate> {
  const truth: AnyGate = {
    id: "truth",
    summary: "Database truth",
    phase: "during",
    input: z.any(),
    needs: ["tenant-database"],
    limits: { timeoutMs: 20_000 },
    async evaluate(cx: Cx) {
      await troubles.breathe(cx.signal);
      const kind = await troubles.verdict(cx.signal);
      const seen = world.candidate?.state ?? "nothing";
      const outcome = kind === "passed" && (seen !== "updated" || world.candidate?.closed === true) ? "failed" : kind;
      if (outcome === "passed" && world.candidate !== null) world.candidate.proven = true;
      const row: EvidenceRow = {
        id: "updated",
        title: "The clone is updated",
        outcome,
        expected: "updated",
        seen,
        source: "toy",
        at: cx.clock.now(),
      };
      return { kind: outcome, reason: `The clone is ${seen}`, rows: [row] };
    },
    describe: () => "Look.",
  };
  return new Map([[truth.id, truth]]);
}

export function wrapped(
  world: ToyWorld,
  troubles: Troubles,
  id: string,
  kind: Pick<AnyStep, "observe" | "apply" | "undo"> & Partial<AnyStep>,
): AnyStep {
  const { undo } = kind;
  return {
    id,
    summary: `Step ${id}`,
    input: z.any(),
    needs: ["tenant-database", "runtime"],
    limits: { timeoutMs: 20_000, attempts: 3 },
    describe: () => id,
    ...kind,
    async observe(cx: Cx, input: Json) {
      world.note(cx.deployment.epoch, id, "observe");
      await troubles.breathe(cx.signal);
      return kind.observe(cx, input);
    },
    async apply(cx: Cx, input: Json) {
      world.note(cx.deployment.epoch, id, "apply");
      await troubles.breathe(cx.signal);
      await troubles.around(id, "apply", "before", cx.signal);
      const output = await kind.apply(cx, input);
      await troubles.around(id, "apply", "after", cx.signal);
      return output;
    },
    undo:
      typeof undo === "function"
        ? async (cx: Cx, input: Json) => {
            world.note(cx.deployment.epoch, id, "undo");
            await troubles.breathe(cx.signal);
            await troubles.around(id, "undo", "before", cx.signal);
            await undo(cx, input);
            await troubles.around(id, "undo", "after", cx.signal);
          }
        : undo,
  };
}

export const notStarted: Observed<never> = { state: "not-started" };

export function done(output: Json): Observed<Json> {
  return { state: "done", output };
}

function close(world: ToyWorld): void {
  if (world.candidate !== null && world.live === "original") world.candidate.closed = true;
}

function reopenOutput(cx: Cx): Json {
  return { hold: "ended", serving: nextRelease, reopenedAt: cx.clock.now() };
}
