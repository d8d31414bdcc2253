import { z } from "zod";
import type { ItemContext } from "../../src/app/ports/step.ts";
import type { PlanItem, PlanRecovery } from "../../src/domain/plan/plan.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import type { EvidenceRow, Verdict } from "../../src/domain/verdict/verdict.ts";
import type { AnyGate, AnyStep } from "../../src/engine/worker-options.ts";
import { sha256 } from "../conformance/ledger-fixture.ts";
import { done, notStarted, planItems, wrapped, type Troubles } from "./toy-steps.ts";
import type { ToyWorld } from "./toy-world.ts";

type Cx = ItemContext;

/** As the plan that holds, and watched before its background work starts. */
export const watchedPlan: readonly PlanItem[] = [
  ...planItems(["claim", "link", "background", "hold", "fence", "checkpoint", "update", "truth", "swap", "reopen"]),
  { type: "gate", id: "watch", phase: "after", input: {}, sentence: "Watch." },
  ...planItems(["resume", "settle"]),
];

export const wayBack: readonly string[] = [
  "back-background",
  "back-hold",
  "back-fence",
  "back-swap",
  "back-reopen",
  "back-restart",
  "back-settle",
];

export function toyRecovery(automaticMs: number): PlanRecovery {
  return { kind: "swap-back", sentence: "Swap back.", items: planItems(wayBack), automaticMs };
}

const oldRelease = { release: sha256("old"), generation: "g1" };

export function recoverySteps(world: ToyWorld, troubles: Troubles): ReadonlyMap<string, AnyStep> {
  const step = (id: string, kind: Pick<AnyStep, "observe" | "apply" | "undo"> & Partial<AnyStep>): [string, AnyStep] => [
    id,
    wrapped(world, troubles, id, kind),
  ];
  return new Map<string, AnyStep>([
    step("back-background", {
      observe: async () => (world.background === "stopped" ? done(null) : notStarted),
      apply: async (cx: Cx) => {
        world.command(cx.deployment.epoch, "back-background", () => (world.background = "stopped"));
        return null;
      },
      undo: async (cx: Cx) => {
        // Where the plan's own step had not started it yet, it stays stopped.
        const was = cx.outputOf("resume") === undefined ? "stopped" : "new";
        world.command(cx.deployment.epoch, "back-background", () => (world.background = was));
      },
    }),
    step("back-hold", {
      observe: async () => (world.traffic === "hold" ? done({ hold: "started" }) : notStarted),
      apply: async (cx: Cx) => {
        world.command(cx.deployment.epoch, "back-hold", () => (world.traffic = "hold"));
        return { hold: "started" };
      },
      undo: async (cx: Cx) => world.command(cx.deployment.epoch, "back-hold", () => world.open("new")),
    }),
    step("back-fence", {
      observe: async () => (world.newFenced ? done(null) : notStarted),
      apply: async (cx: Cx) => {
        world.change(cx.deployment.epoch, "back-fence", () => (world.newFenced = true));
        return null;
      },
      undo: async (cx: Cx) => world.change(cx.deployment.epoch, "back-fence", () => (world.newFenced = false)),
    }),
    step("back-swap", {
      interruptedInHold: "finish",
      observe: async () => (world.live === "original" ? done(null) : notStarted),
      apply: async (cx: Cx) => {
        world.change(cx.deployment.epoch, "back-swap", () => world.bringBack());
        return null;
      },
      undo: async (cx: Cx) => world.change(cx.deployment.epoch, "back-swap", () => world.leaveAgain()),
    }),
    step("back-reopen", {
      interruptedInHold: "finish",
      observe: async (cx: Cx) =>
        world.traffic === "pass" && world.upstream === "old" && world.live === "original" ? done(reopenedBack(cx)) : notStarted,
      apply: async (cx: Cx) => {
        world.command(cx.deployment.epoch, "back-reopen", () => world.takeUsersBack());
        return reopenedBack(cx);
      },
      undo: async () => {
        if (world.upstream === "old") throw new Error("Users are on the old release again.");
      },
    }),
    step("back-restart", {
      observe: async () => notStarted,
      apply: async (cx: Cx) => {
        world.command(cx.deployment.epoch, "back-restart", () => (world.background = "old"));
        return { backgroundStopped: false };
      },
      undo: { irreversible: true, reason: "Scheduled actions have run." },
    }),
    step("back-settle", {
      limits: { timeoutMs: 60_000, attempts: 12 },
      notBefore: (cx: Cx) => new Date(Date.parse((cx.outputOf("back-reopen") as { reopenedAt: string }).reopenedAt) + 60_000).toISOString(),
      observe: async () => (world.candidate === null ? done(null) : notStarted),
      apply: async (cx: Cx) => {
        world.claim(cx.deployment.epoch);
        world.change(cx.deployment.epoch, "back-settle", () => world.dropAbandoned());
        return null;
      },
      undo: { irreversible: true, reason: "Dropped for good." },
    }),
  ]);
}

export interface Watch {
  kind(): Verdict["kind"] | "throws";
  watchMs(): number;
}

/** What looks at the new release for a while, once users are on it. */
export function watchGate(watch: Watch): AnyGate {
  return {
    id: "watch",
    summary: "Watching",
    phase: "after",
    input: z.any(),
    needs: [],
    limits: { timeoutMs: 60_000 },
    async evaluate(cx: Cx) {
      await cx.clock.sleep(watch.watchMs(), cx.signal);
      const kind = watch.kind();
      if (kind === "throws") throw new Error("the watch broke");
      const row: EvidenceRow = { id: "w", title: "Users get on", outcome: kind, expected: 0, seen: 0, source: "toy", at: cx.clock.now() };
      return { kind, reason: `Users get on: ${kind}`, rows: [row] };
    },
    describe: () => "Watch.",
  };
}

function reopenedBack(cx: Cx): Json {
  return { hold: "ended", serving: oldRelease, reopenedAt: cx.clock.now() };
}
