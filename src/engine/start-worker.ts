import { createHash, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { startDispatch } from "./dispatch.ts";
import { engineLimits, type EngineWorld } from "./engine-world.ts";
import { failpointFromEnvironment } from "./failpoints.ts";
import { fileJournal } from "./host-journal.ts";
import { startPool } from "./pool.ts";
import { startThreadHeart } from "./thread-heart.ts";
import type { RunningWorker, WorkerOptions } from "./worker-options.ts";

export type { Provide, Provided, RunningWorker, WorkerOptions } from "./worker-options.ts";

/**
 * Starts a worker in this process. Any number of them may run on any number of machines; each claims only deployments of
 * its own host.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const ttlMs = options.ttlMs ?? 3_000;
  const { connectionString, host, clock, log } = options;
  const heart = startThreadHeart({ connectionString, everyMs: Math.max(1, Math.floor(ttlMs / 4)) });
  const world: EngineWorld = {
    ledger: options.ledger,
    clock,
    host,
    owner: `${hostname()}:${process.pid}:${randomUUID()}`,
    steps: byId(options.steps),
    gates: byId(options.gates),
    provide: options.provide,
    heart,
    hash: (text) => `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`,
    journal: options.stateDirectory === undefined ? null : fileJournal(join(options.stateDirectory, "deployments")),
    limits: engineLimits(ttlMs),
    log,
    failpoint: failpointFromEnvironment(process.env),
  };
  const pool = startPool(world, options.concurrency ?? 4);
  const dispatch = startDispatch({ connectionString, host, hint: () => pool.hint(), clock, log });
  return {
    async stop() {
      await dispatch.stop();
      await pool.stop();
      await heart.stop();
    },
  };
}

function byId<T extends { readonly id: string }>(kinds: readonly T[]): ReadonlyMap<string, T> {
  return new Map(kinds.map((kind) => [kind.id, kind]));
}
