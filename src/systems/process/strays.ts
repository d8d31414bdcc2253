import { listProcesses, readEnviron, readProcess, signalProcess, stillRuns } from "./identity.ts";
import type { ProcessIdentity } from "./identity.ts";
import { ownerVariable } from "./run.ts";

const graceMs = 5_000;
const pollMs = 50;
/** A stray can fork while we look; after this many rounds something starts strays faster than we end them. */
const roundsMax = 10;

/** Whose strays: those of one owner (see `createProcesses`), of one environment, from before an epoch. */
export interface StrayQuery {
  readonly owner?: string;
  readonly environment: string;
  readonly epochBelow: number;
}

/**
 * Ends the one-shot children that a dead or superseded worker left on this host: processes whose environment carries
 * `PLIMSOLL_ENVIRONMENT=<environment>`, a `PLIMSOLL_RUN`, and a `PLIMSOLL_EPOCH` below the given one. SIGTERM, then SIGKILL after
 * five seconds.
 *
 * @returns how many were ended
 */
export async function endStrays(which: StrayQuery): Promise<number> {
  const ended = new Set<string>();
  for (let round = 0; round < roundsMax; round++) {
    const strays = findStrays(which);
    if (strays.length === 0) break;
    for (const stray of strays) {
      ended.add(`${stray.pid} ${stray.startTicks}`);
      signalProcess(stray, "SIGTERM");
    }
    await waitUntilGone(strays, graceMs);
    for (const stray of strays) signalProcess(stray, "SIGKILL");
    await waitUntilGone(strays, graceMs);
  }
  return ended.size;
}

/** The strays that run at this moment; never the caller itself. */
export function findStrays(which: StrayQuery): ProcessIdentity[] {
  return listProcesses()
    .filter((pid) => pid !== process.pid)
    .map(readProcess)
    .filter((facts) => facts !== null)
    .filter((facts) => {
      const environ = readEnviron(facts.pid);
      if (environ?.["PLIMSOLL_ENVIRONMENT"] !== which.environment || environ[ownerVariable] !== which.owner) return false;
      // Generations carry no run: they outlive deployments on purpose.
      if (environ["PLIMSOLL_RUN"] === undefined || environ["PLIMSOLL_EPOCH"] === undefined) return false;
      const epoch = Number(environ["PLIMSOLL_EPOCH"]);
      return Number.isInteger(epoch) && epoch < which.epochBelow;
    });
}

async function waitUntilGone(processes: readonly ProcessIdentity[], boundMs: number): Promise<void> {
  const deadline = performance.now() + boundMs;
  while (processes.some(stillRuns) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
