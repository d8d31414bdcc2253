import { Worker } from "node:worker_threads";
import type { Fence } from "../app/ports/store.ts";
import type { BeatMessage, BeatThreadData } from "./beat-thread.ts";
import type { Beats, Heart } from "./heart.ts";

const slotsMax = 256;

/** A heart in a thread of its own, over shared memory: `ageMs` is true even when no message has been read for minutes. */
export function startThreadHeart(options: { readonly connectionString: string; readonly everyMs: number }): Heart {
  const shared = new SharedArrayBuffer(slotsMax * 2 * BigInt64Array.BYTES_PER_ELEMENT);
  const slots = new BigInt64Array(shared);
  const free = Array.from({ length: slotsMax }, (_, index) => index);
  const workerData: BeatThreadData = { ...options, slots: shared };
  // In development the sources run as they are; published they are JavaScript.
  const file = import.meta.url.endsWith(".ts") ? "./beat-thread.ts" : "./beat-thread.js";
  const thread = new Worker(new URL(file, import.meta.url), { workerData });
  const ended = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
  // A dead thread beats no more: the leases age, and their runs stop by themselves.
  thread.on("error", () => undefined);
  thread.unref();
  const send = (message: BeatMessage): void => thread.postMessage(message);

  return {
    keep(deployment: string, fence: Fence): Beats {
      const slot = free.pop();
      if (slot === undefined) throw new RangeError(`one process keeps at most ${slotsMax} leases`);
      Atomics.store(slots, slot * 2, process.hrtime.bigint());
      Atomics.store(slots, slot * 2 + 1, 0n);
      send({ do: "keep", slot, deployment, owner: fence.owner, epoch: fence.epoch });
      let stopped = false;
      return {
        ageMs: () => Number(process.hrtime.bigint() - Atomics.load(slots, slot * 2)) / 1e6,
        superseded: () => Atomics.load(slots, slot * 2 + 1) === 1n,
        stop() {
          if (stopped) return;
          stopped = true;
          send({ do: "drop", slot });
          free.push(slot);
        },
      };
    },
    async stop() {
      send({ do: "stop" });
      await ended;
    },
  };
}
