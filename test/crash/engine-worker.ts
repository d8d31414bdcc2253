import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Capabilities } from "../../src/app/ports/capability.ts";
import type { Clock } from "../../src/app/ports/clock.ts";
import type { ItemContext, Observed } from "../../src/app/ports/step.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";
import { startWorker } from "../../src/engine/start-worker.ts";
import type { AnyGate, AnyStep } from "../../src/engine/worker-options.ts";
import { openStore } from "../../src/store/open-store.ts";

/**
 * A worker as a process of its own, with steps whose effects are files of a folder, so that they outlive it:
 * PLIMSOLL_TEST_STORE=<connection string> node engine-worker.ts <folder>
 */
const connectionString = process.env["PLIMSOLL_TEST_STORE"] ?? "";
const folder = process.argv[2] ?? "";

const clock: Clock = {
  now: () => new Date().toISOString(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** Each environment has a folder of its own, so that one worker serves many tests. */
const mark = (environment: string, name: string): string => join(folder, environment, name);
const log = (environment: string, line: string): void => appendFileSync(mark(environment, "log"), `${line}\n`);

function fileStep(id: string, more: Partial<AnyStep> & { readonly output?: Json } = {}): AnyStep {
  const { output = { by: id }, ...rest } = more;
  return {
    id,
    summary: `Make the file ${id}`,
    input: z.strictObject({}),
    needs: ["tenant-database", "runtime"],
    limits: { timeoutMs: 30_000, attempts: 3 },
    async observe({ environment: { name } }: ItemContext): Promise<Observed<Json>> {
      log(name, `observe ${id}`);
      return existsSync(mark(name, id)) ? { state: "done", output } : { state: "not-started" };
    },
    async apply(cx: ItemContext): Promise<Json> {
      log(cx.environment.name, `apply ${id}`);
      writeFileSync(mark(cx.environment.name, id), String(cx.deployment.epoch));
      return output;
    },
    async undo({ environment: { name } }: ItemContext): Promise<void> {
      log(name, `undo ${id}`);
      rmSync(mark(name, id), { force: true });
    },
    describe: () => `Make ${id}.`,
    ...rest,
  };
}

const steps: readonly AnyStep[] = [
  fileStep("claim"),
  fileStep("hold", { output: { hold: "started" } }),
  fileStep("clone"),
  fileStep("update", { restartFrom: "clone", observe: async () => ({ state: "partly", what: "an update" }) }),
  fileStep("swap", { interruptedInHold: "finish" }),
  fileStep("reopen", { interruptedInHold: "finish", output: { hold: "ended", serving: { release: null, generation: "g2" } } }),
  fileStep("settle", { notBefore: () => "2020-01-01T00:00:00.000Z", undo: { irreversible: true, reason: "Dropped for good." } }),
  fileStep("back-hold", { output: { hold: "started" } }),
  fileStep("back-swap", {
    interruptedInHold: "finish",
    async apply(cx: ItemContext) {
      const { name } = cx.environment;
      log(name, "apply back-swap");
      if (existsSync(mark(name, "gone"))) throw new PlimsollError("STATE_UNEXPECTED", "The original is gone.");
      writeFileSync(mark(name, "back-swap"), String(cx.deployment.epoch));
      return null;
    },
  }),
  fileStep("back-reopen", { interruptedInHold: "finish", output: { hold: "ended", serving: { release: null, generation: "g1" } } }),
  fileStep("back-settle", { notBefore: () => "2020-01-01T00:00:00.000Z", undo: { irreversible: true, reason: "Dropped for good." } }),
  fileStep("slow", {
    async apply({ environment: { name } }: ItemContext) {
      log(name, "apply slow");
      // Blocks the main loop for longer than the lease: only a heart in its own thread survives this.
      const endMs = performance.now() + 4_000;
      while (performance.now() < endMs);
      writeFileSync(mark(name, "slow"), "");
      return null;
    },
  }),
];

/** Fails while a file of the folder lies. */
const gate = (id: string, phase: AnyGate["phase"]): AnyGate => ({
  id,
  summary: "The truth",
  phase,
  input: z.strictObject({}),
  needs: [],
  limits: { timeoutMs: 10_000 },
  async evaluate(cx: ItemContext) {
    const outcome = existsSync(mark(cx.environment.name, "lie")) ? "failed" : "passed";
    const row = {
      id: "no-lie",
      title: "There is no lie",
      outcome,
      expected: false,
      seen: outcome === "failed",
      source: "folder",
      at: cx.clock.now(),
    } as const;
    return { kind: outcome, reason: "There is a lie", rows: [row] };
  },
  describe: () => "Look.",
});

const store = await openStore({ connectionString, clock });
const worker = await startWorker({
  ledger: store,
  connectionString,
  host: "here",
  steps,
  gates: [gate("truth", "during"), gate("watch", "after")],
  provide: () => ({
    capabilities: { "tenant-database": { claim: async () => undefined }, runtime: { endStrays: async () => 0 } } as unknown as Capabilities,
    epochFloor: async () => 0,
    dispose: async () => undefined,
  }),
  clock,
  ttlMs: 800,
  stateDirectory: join(folder, "state"),
  log: {
    info: (fields, message) => log("", `info ${message} ${JSON.stringify(fields)}`),
    warn: (fields, message) => log("", `warn ${message} ${JSON.stringify(fields)}`),
    error: (fields, message) => log("", `error ${message} ${JSON.stringify(fields)}`),
  },
});
process.stdout.write("ready\n");
process.once("SIGTERM", () => {
  void worker
    .stop()
    .then(() => store.close())
    .then(() => process.exit(0));
});
