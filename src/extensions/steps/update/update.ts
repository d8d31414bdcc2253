import { z } from "zod";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { candidateName } from "../../../domain/rollout/names.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";
import { copyAccess } from "../../../app/ports/checkpoint-output.ts";
import { watchLocks } from "./lock-watch.ts";

type Input = {
  readonly database: string;
  readonly release: Digest;
  readonly modules: readonly string[];
  readonly budgetMs: number;
  /** Of a rehearsal: which tables the update has for itself, and for how long. */
  readonly watchLocks?: boolean | undefined;
};
type Output = {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  readonly log: Digest;
  readonly logCut: boolean;
  readonly peakMemoryBytes: number | null;
  /** Only of an update that was watched; null: it couldn't be looked at. */
  readonly locks?: readonly { readonly table: string; readonly ms: number }[] | null;
};

const loadingPattern = /Loading module (\S+) \((\d+)\/(\d+)\)/;

/**
 * Odoo's own update, on the clone. How it ended is evidence for the gate database-truth and never a verdict (S7); a killed or failed
 * one is never resumed (S8).
 */
export const update: StepKind<Input, Output, "runtime" | "tenant-database" | "evidence-store"> = {
  id: "update",
  summary: "Run Odoo's update on the clone",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema,
    modules: z.array(z.string()).min(1),
    budgetMs: z.int().positive(),
    watchLocks: z.boolean().optional(),
  }),
  needs: ["runtime", "tenant-database", "evidence-store"],
  limits: { timeoutMs: 6 * 3_600_000, attempts: 1 },
  restartFrom: ["checkpoint", "copy-live"],

  async observe() {
    return { state: "partly", what: "an update was started on the clone" };
  },

  async apply(cx, input) {
    const database = candidateName(input.database, cx.deployment.id);
    const watch = input.watchLocks === true ? watchLocks(cx, database) : null;
    const running = cx.use.runtime.update({
      release: input.release,
      database,
      modules: input.modules,
      budgetMs: input.budgetMs,
      epoch: cx.deployment.epoch,
      deployment: cx.deployment.id,
      signal: cx.signal,
      ...copyAccess(cx),
      line: (line) => {
        const loading = loadingPattern.exec(line);
        if (loading !== null) cx.progress(Number(loading[2]) / Number(loading[3]), `module ${loading[1]} (${loading[2]} of ${loading[3]})`);
      },
    });
    const ended = await running.catch(async (error: unknown) => {
      await watch?.end();
      throw error;
    });
    const locks = await watch?.end();
    const log = await cx.use["evidence-store"].put(ended.log);
    if (ended.timedOut) {
      cx.evidence("log", log as Json);
      throw new PlimsollError("UPDATE_OVER_BUDGET", `The update was not finished after ${Math.round(input.budgetMs / 1000)} s.`, {
        why: "The plan gives it this long and no longer, because users wait.",
        fix: "Raise limits.update of the environment, and plan the change again; the log of the attempt is kept as evidence.",
      });
    }
    const { exitCode, signal, durationMs, logCut, peakMemoryBytes } = ended;
    const seen = locks === undefined ? {} : { locks: locks === null ? null : locks.map((lock) => ({ ...lock })) };
    return { exitCode, signal, durationMs, log, logCut, peakMemoryBytes: peakMemoryBytes ?? null, ...seen };
  },

  async undo(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    await cx.use.runtime.endStrays(cx.deployment.epoch);
    const name = candidateName(input.database, cx.deployment.id);
    const candidate = (await database.databases()).find((item) => item.name === name && item.mark?.deployment === cx.deployment.id);
    if (candidate !== undefined) await database.fence(candidate);
  },

  describe: (input) => `Update ${input.modules.join(", ")} on the clone (at most ${Math.round(input.budgetMs / 60_000)} min).`,
};
