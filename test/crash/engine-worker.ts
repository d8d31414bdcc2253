import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Capabilities } from "../../src/app/ports/capability.ts";
import type { Clock } from "../../src/app/ports/clock.ts";
import type { ItemContext, Observed } from "../../src/app/ports/step.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import { startWorker } from "../../src/engine/start-worker.ts";
import type { AnyGate, AnyStep } from "../../src/engine/worker-options.ts";
import { openStore } from "../../src/store/open-store.ts";

/**
 * A worker as a process of its own, with steps whose effects are files of a folder, so that they outlive it:
 * node engine-worker.ts <connectionString> <folder>
 */
const [connectionString, folder] = process.argv.slice(2) as [string, string];

const clock: Clock = {
  now: () => new Date().toISOString(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

const mark = (name: string): string => join(folder, name);
const log = (line: string): void => appendFileSync(mark("log"), `${line}\n`);

function fileStep(id: string, more: Partial<AnyStep> & { readonly output?: Json } = {}): AnyStep {
  const { output = { by: id }, ...rest } = more;
  return {
    id,
    summary: `Make the file ${id}`,
    input: z.strictObject({}),
    needs: ["tenant-database", "runtime"],
    limits: { timeoutMs: 30_000, attempts: 3 },
    async observe(): Promise<Observed<Json>> {
      log(`observe ${id}`);
      return existsSync(mark(id)) ? { state: "done", output } : { state: "not-started" };
    },
    async apply(cx: ItemContext): Promise<Json> {
      log(`apply ${id}`);
      writeFileSync(mark(id), String(cx.deployment.epoch));
      return output;
    },
    async undo(): Promise<void> {
      log(`undo ${id}`);
      rmSync(mark(id), { force: true });
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
  fileStep("slow", {
    async apply() {
      log("apply slow");
      // Blocks the main loop for longer than the lease: only a heart in its own thread survives this.
      const endMs = performance.now() + 4_000;
      while (performance.now() < endMs);
      writeFileSync(mark("slow"), "");
      return null;
    },
  }),
];

const truth: AnyGate = {
  id: "truth",
  summary: "The truth",
  phase: "during",
  input: z.strictObject({}),
  needs: [],
  limits: { timeoutMs: 10_000 },
  async evaluate(cx: ItemContext) {
    const outcome = existsSync(mark("lie")) ? "failed" : "passed";
    const row = { id: "no-lie", title: "There is no lie", outcome, expected: false, seen: outcome === "failed", source: "folder", at: cx.clock.now() } as const;
    return { kind: outcome, reason: "There is a lie", rows: [row] };
  },
  describe: () => "Look.",
};

const store = await openStore({ connectionString, clock });
const worker = await startWorker({
  ledger: store,
  connectionString,
  host: "here",
  steps,
  gates: [truth],
  provide: () => ({
    capabilities: { "tenant-database": { claim: async () => undefined }, runtime: { endStrays: async () => 0 } } as unknown as Capabilities,
    epochFloor: async () => Number(existsSync(mark("epoch")) ? readFileSync(mark("epoch"), "utf8") : 0),
    dispose: async () => undefined,
  }),
  clock,
  ttlMs: 800,
  stateDirectory: join(folder, "state"),
  log: {
    info: (fields, message) => log(`info ${message} ${JSON.stringify(fields)}`),
    warn: (fields, message) => log(`warn ${message} ${JSON.stringify(fields)}`),
    error: (fields, message) => log(`error ${message} ${JSON.stringify(fields)}`),
  },
});
process.stdout.write("ready\n");
process.once("SIGTERM", () => {
  void worker
    .stop()
    .then(() => store.close())
    .then(() => process.exit(0));
});
