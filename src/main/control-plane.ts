import type { World } from "../app/world.ts";
import { startWorker } from "../engine/start-worker.ts";
import { gates } from "../extensions/gates/registry.ts";
import { steps } from "../extensions/steps/registry.ts";
import { createApp } from "../http/app.ts";
import { openStore } from "../store/open-store.ts";
import { ensureToken, prepareHome, type Home, type Variables } from "./home.ts";
import type { Log } from "./log.ts";
import type { Database } from "./open-database.ts";
import { provide } from "./provide.ts";
import { openParts, openWorld, type Parts } from "./wire.ts";
import { systemClock } from "./system-clock.ts";
import { version } from "./version.ts";

/** Two beats lost and a third awaited: long enough for a busy machine, short enough that an orphaned hold ends within 10 s. */
const leaseTtlMs = 3_000;
const concurrency = 4;

export interface ControlPlaneOptions {
  readonly home: Home;
  readonly env: Variables;
  readonly host: string;
  readonly worker: boolean;
  readonly log: Log;
  /** May still be starting. */
  readonly database: Promise<Database>;
}

export interface ControlPlane {
  readonly parts: Parts;
  readonly world: World;
  readonly token: string;
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Ends the worker, gives leases back and closes the store; Odoo, gateway and supervisor go on. */
  close(): Promise<void>;
}

/** Store, world, API and, if asked for, a worker: in this process, listening nowhere. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { home, env, host, log } = options;
  const database = await options.database;
  await prepareHome(home);
  const token = await ensureToken(home);
  const store = await openStore({ connectionString: database.connectionString, clock: systemClock }).catch(async (error: unknown) => {
    await database.stopWhenUnused();
    throw error;
  });
  const parts = openParts(home, env);
  const world = openWorld(parts, store, host);
  const worker = options.worker
    ? await startWorker({
        ledger: store,
        connectionString: database.connectionString,
        host,
        steps,
        gates,
        provide: (deployment, environment) => provide(parts, deployment, environment),
        clock: systemClock,
        ttlMs: leaseTtlMs,
        concurrency,
        stateDirectory: home.root,
        log,
      })
    : null;
  // Both the end of a command and a signal may ask for it.
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await worker?.stop();
    await store.close();
    await database.stopWhenUnused();
  };
  const app = createApp({ world, token, log, server: { version, startedAt: systemClock.now(), worker: options.worker } });
  return {
    parts,
    world,
    token,
    fetch: (request) => app.fetch(request),
    close: () => (closing ??= close()),
  };
}
