import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** PostgreSQL clients that read again and again on a kept connection, and connect again when it was ended. */
export interface Reconnecting {
  /** When every client has read from the database with that OID; of `process.hrtime`. @throws after half a minute */
  servedBy(oid: number): Promise<bigint>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export type ToClients = { readonly do: "pause" | "resume" | "stop" };
/** A client's first read from another database than before; `at` in nanoseconds of a clock that all processes share. */
export type FromClients = { readonly client: number; readonly oid: number; readonly at: string } | { readonly done: string };

const servedWithinMs = 30_000;

/** They live in a process of their own: twenty of them reconnecting would slow down who measures. */
export async function startReconnecting(options: { readonly connectionString: string; readonly clients: number }): Promise<Reconnecting> {
  const child = fork(fileURLToPath(new URL("reconnecting-process.ts", import.meta.url)), [String(options.clients)], {
    env: { ...process.env, BENCH_DSN: options.connectionString },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const seen = new Map<number, { oid: number; at: bigint }>();
  const watchers = new Set<() => void>();
  const done = new Map<string, () => void>();
  child.on("message", (message: FromClients) => {
    if ("done" in message) done.get(message.done)?.();
    else seen.set(message.client, { oid: message.oid, at: BigInt(message.at) });
    for (const watcher of watchers) watcher();
  });
  const ask = async (what: ToClients["do"]): Promise<void> => {
    const answered = new Promise<void>((resolve) => done.set(what, resolve));
    child.send({ do: what } satisfies ToClients);
    await answered;
  };
  await ask("resume");
  return {
    servedBy: (oid) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => finish(() => reject(new Error("not every client was served again"))), servedWithinMs);
        const finish = (end: () => void): void => {
          clearTimeout(timer);
          watchers.delete(look);
          end();
        };
        const look = (): void => {
          const all = [...seen.values()];
          if (all.length < options.clients || all.some((one) => one.oid !== oid)) return;
          const last = all.reduce((latest, one) => (one.at > latest ? one.at : latest), 0n);
          finish(() => resolve(last));
        };
        watchers.add(look);
      }),
    pause: () => ask("pause"),
    resume: () => ask("resume"),
    async stop() {
      const ended = once(child, "exit");
      child.send({ do: "stop" } satisfies ToClients);
      await ended;
    },
  };
}
