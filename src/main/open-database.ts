import { startEmbedded, type Embedded } from "../systems/embedded-postgres/start-embedded.ts";
import { prepareHome, type Home, type Variables } from "./home.ts";
import { postgresBinaries } from "./postgres-binaries.ts";

/** Where the store is, and what is to be done with it at the end. */
export interface Database {
  readonly connectionString: string;
  stopWhenUnused(): Promise<void>;
}

/**
 * The store's PostgreSQL: that of `DATABASE_URL`, or Plimsoll's own, made and started when it doesn't run. Few imports: it is
 * begun before the rest of Plimsoll is loaded, and takes its time beside that.
 */
export async function openDatabase(home: Home, env: Variables, say: (message: string) => void): Promise<Database> {
  const given = env["DATABASE_URL"];
  if (given !== undefined && given !== "") return { connectionString: given, stopWhenUnused: async () => undefined };
  await prepareHome(home);
  const embedded = await startEmbedded({ directory: home.store, binDir: await postgresBinaries(home, env), log: say });
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
