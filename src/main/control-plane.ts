import type { World } from "../app/world.ts";
import { startWorker } from "../engine/start-worker.ts";
import { gates } from "../extensions/gates/registry.ts";
import { steps } from "../extensions/steps/registry.ts";
import { createApp } from "../http/app.ts";
import { openStore } from "../store/open-store.ts";
import { startEmbedded, type Embedded } from "../systems/embedded-postgres/start-embedded.ts";
import { ensureToken, prepareHome, type Home, type Variables } from "./home.ts";
import type { Log } from "./log.ts";
import { postgresBinaries } from "./postgres-binaries.ts";
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
  /** For people: what takes its time. */
  readonly say: (message: string) => void;
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
  await prepareHome(home);
  const token = await ensureToken(home);
  const database = await openDatabase(options);
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

interface Database {
  readonly connectionString: string;
  stopWhenUnused(): Promise<void>;
}

async function openDatabase({ home, env, say }: ControlPlaneOptions): Promise<Database> {
  const given = env["DATABASE_URL"];
  if (given !== undefined && given !== "") return { connectionString: given, stopWhenUnused: async () => undefined };
  const embedded = await startEmbedded({ directory: home.store, binDir: await postgresBinaries(env), log: say });
  return { connectionString: embedded.connectionString, stopWhenUnused: () => stopEmbedded(embedded) };
}

/** Who started it ends it, unless another process works with it: that one finds it again, and ends nothing. */
async function stopEmbedded(embedded: Embedded): Promise<void> {
  if (embedded.running === "found") return;
  if (await isUsed(embedded.connectionString)) return;
  await embedded.stop();
}

async function isUsed(connectionString: string): Promise<boolean> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    return (rows[0]?.n ?? 0) > 0;
  } catch {
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}
