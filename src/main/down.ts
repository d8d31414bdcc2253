import { readFileSync } from "node:fs";
import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError } from "../domain/shared/errors.ts";
import { startEmbedded } from "../systems/embedded-postgres/start-embedded.ts";
import { listProcesses, readProcess, signalProcess, stillRuns, type ProcessIdentity } from "../systems/process/identity.ts";
import { supervisorClient } from "../systems/supervisor/client.ts";
import { readServer, type Home, type Variables } from "./home.ts";
import { postgresBinaries } from "./postgres-binaries.ts";

const endMsMax = 20_000;
const odooGraceMs = 10_000;
const pollMs = 50;

/**
 * Ends this home's server; with `everything` also what goes on without it.
 *
 * @returns what was ended, a sentence each
 */
export async function down(home: Home, env: Variables, options: { readonly everything: boolean }): Promise<readonly string[]> {
  const done: string[] = [];
  const server = await readServer(home);
  if (server !== null) {
    // A pid alone may be another process by now: it must be a Plimsoll that serves.
    const [found] = processesWith((argv) => argv.includes("up"), server.pid);
    if (found !== undefined && (await end(found))) done.push(`Ended the server at ${server.url}.`);
    await rm(home.serverFile, { force: true });
  }
  if (!options.everything) return done;
  done.push(...(await endUnits(home)));
  const supervisors = processesWith((argv) => argv.includes("--state") && argv.includes(home.supervisor));
  for (const supervisor of supervisors) if (await end(supervisor)) done.push("Ended the supervisor.");
  if (await exists(join(home.store, "data", "postmaster.pid"))) {
    const embedded = await startEmbedded({ directory: home.store, binDir: await postgresBinaries(home, env), log: () => undefined });
    await embedded.stop();
    done.push("Ended Plimsoll's own PostgreSQL.");
  }
  return done;
}

/** Odoo first, the gateway last: who asks meanwhile gets a page that a person understands. */
async function endUnits(home: Home): Promise<string[]> {
  const supervisor = supervisorClient({ socketPath: join(home.supervisor, "supervisor.sock") });
  const units = await supervisor.list("").catch((error: unknown) => {
    if (error instanceof PlimsollError && error.code === "SERVER_UNREACHABLE") return [];
    throw error;
  });
  const stop = async ({ unit, obeysEpoch }: (typeof units)[number]): Promise<string> => {
    // The unit's own epoch may be long over: deployments that came after it have raised the environment's.
    const { stopped } = await supervisor.stop(unit.id, obeysEpoch, { graceMs: odooGraceMs, kill: true });
    return stopped ? `Ended ${unit.id}.` : `${unit.id} doesn't end.`;
  };
  const [gateway, odoo] = [
    units.filter(({ unit }) => unit.id.startsWith("host/")),
    units.filter(({ unit }) => !unit.id.startsWith("host/")),
  ];
  return [...(await Promise.all(odoo.map(stop))), ...(await Promise.all(gateway.map(stop)))];
}

function processesWith(matches: (argv: readonly string[]) => boolean, only?: number): ProcessIdentity[] {
  return (only === undefined ? listProcesses() : [only]).flatMap((pid) => {
    const facts = readProcess(pid);
    return facts !== null && pid !== process.pid && matches(argvOf(pid)) ? [facts] : [];
  });
}

function argvOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

async function end(identity: ProcessIdentity): Promise<boolean> {
  if (!signalProcess(identity, "SIGTERM")) return false;
  const deadlineMs = performance.now() + endMsMax;
  while (stillRuns(identity)) {
    if (performance.now() > deadlineMs) signalProcess(identity, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
