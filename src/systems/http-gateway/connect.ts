import { connect } from "node:net";
import type { Socket } from "node:net";

export type Connected = { readonly socket: Socket } | { readonly failed: "refused" | "cancelled" };

const attemptMsMax = 5_000;
const againMs = 50;

/**
 * A new connection to Odoo. While nobody listens it tries again within the bound (the supervisor is restarting Odoo): a refused
 * connection has provably reached nobody. Nothing is sent here, so the caller may still change its mind.
 */
export async function connectUpstream(host: string, port: number, refusedMsMax: number, signal: AbortSignal): Promise<Connected> {
  const deadline = performance.now() + refusedMsMax;
  for (;;) {
    if (signal.aborted) return { failed: "cancelled" };
    const attempt = await attemptOnce(host, port, signal);
    if ("socket" in attempt || attempt.failed === "cancelled") return attempt;
    if (!attempt.again || performance.now() + againMs > deadline) return { failed: "refused" };
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}

type Attempt = { readonly socket: Socket } | { readonly failed: "cancelled" } | { readonly failed: "refused"; readonly again: boolean };

function attemptOnce(host: string, port: number, signal: AbortSignal): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const settle = (attempt: Attempt): void => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      signal.removeEventListener("abort", cancel);
      if (!("socket" in attempt)) {
        socket.on("error", () => undefined);
        socket.destroy();
      }
      resolve(attempt);
    };
    const failed = (error: NodeJS.ErrnoException): void => settle({ failed: "refused", again: error.code === "ECONNREFUSED" });
    const cancel = (): void => settle({ failed: "cancelled" });
    socket.setTimeout(attemptMsMax, () => settle({ failed: "refused", again: false }));
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      settle({ socket });
    });
    signal.addEventListener("abort", cancel, { once: true });
  });
}
