import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { giveApiKeys } from "../parts/api-keys.ts";
import { startLoad, type Load, type Operation } from "../parts/load.ts";
import { startPlimsoll, type Plimsoll } from "../parts/plimsoll.ts";
import { startSampleTenant, type SampleTenant } from "../parts/tenant.ts";

/** A small adopted environment on real parts, with the sample releases in the store. */
export interface SmallTenant {
  readonly tenant: SampleTenant;
  readonly plimsoll: Plimsoll;
  load(): Promise<Load>;
  /** OID that answers to the live name, and all databases of the environment by name. */
  databases(): Promise<{ readonly liveOid: number | null; readonly names: readonly string[] }>;
  /** Tokens of acknowledged writes that are not in the live database exactly once. */
  lost(acknowledged: readonly string[]): Promise<readonly string[]>;
  /** Makes a release of r2-field under a higher version and with other data, so that a test has an update to do. @returns its name, which is the version */
  raise(version: string): Promise<string>;
  dispose(): Promise<void>;
}

const operations: readonly Operation[] = [
  {
    name: "read partners",
    model: "res.partner",
    method: "search_read",
    body: () => ({ domain: [], fields: ["name", "pl_rating"], limit: 10 }),
    writes: false,
  },
  { name: "write a note", model: "pl.note", method: "create", body: (token) => ({ vals_list: [{ name: token }] }), writes: true },
];

export const smallReleases = ["r1", "r2-field", "r3-raises", "r4-drops"] as const;

export function smallAddons(release: string): string {
  return fileURLToPath(new URL(`../fixtures/small/${release}/addons`, import.meta.url));
}

export async function startSmallTenant(
  options: { readonly limits?: Readonly<Record<string, string>>; readonly environment?: string } = {},
): Promise<SmallTenant> {
  const tenant = await startSampleTenant({
    template: "small-r1",
    environment: options.environment ?? "acme-production",
    database: "acme",
    release: "r1",
    fsync: false,
    workers: 2,
    limits: { hold: "110s", soak: "2s", ...options.limits },
  });
  const plimsoll = await startPlimsoll().catch(async (error: unknown) => {
    await tenant.dispose();
    throw error;
  });
  const small: SmallTenant = {
    tenant,
    plimsoll,
    load: async () =>
      startLoad({
        baseUrl: tenant.gatewayUrl,
        database: tenant.database,
        apiKeys: await giveApiKeys(tenant.cluster, tenant.database, "admin").then((keys) => [...keys, ...keys]),
        operations,
        pauseMs: 100,
        timeoutMs: 120_000,
      }),
    async databases() {
      const rows = await tenant.cluster.query<{ oid: number; name: string }>(
        "postgres",
        "SELECT oid::int, datname AS name FROM pg_database WHERE datname LIKE 'acme%' ORDER BY 2",
      );
      return { liveOid: rows.find((row) => row.name === "acme")?.oid ?? null, names: rows.map((row) => row.name) };
    },
    async lost(acknowledged) {
      const rows = await tenant.cluster.query<{ name: string; n: number }>(
        "acme",
        "SELECT name, count(*)::int AS n FROM pl_note WHERE name = ANY($1) GROUP BY name",
        [acknowledged],
      );
      const once = new Set(rows.filter((row) => row.n === 1).map((row) => row.name));
      return acknowledged.filter((token) => !once.has(token));
    },
    async raise(version) {
      const addons = await mkdtemp(join(tmpdir(), "plimsoll-raised-"));
      await cp(smallAddons("r2-field"), addons, { recursive: true });
      const manifest = join(addons, "pl_small", "__manifest__.py");
      await writeFile(manifest, (await readFile(manifest, "utf8")).replace("19.0.1.1.0", version));
      // With nothing but another version it would be code only, and run no update.
      const data = join(addons, "pl_small", "data", "pl_note_data.xml");
      await writeFile(data, `${await readFile(data, "utf8")}<!-- ${version} -->\n`);
      await plimsoll.json("release", "create", version, "--addons", addons);
      await rm(addons, { recursive: true });
      return version;
    },
    async dispose() {
      await plimsoll.dispose();
      await tenant.dispose();
    },
  };
  try {
    for (const release of smallReleases) await plimsoll.json("release", "create", release, "--addons", smallAddons(release));
    await plimsoll.json("apply", "-f", tenant.declaration());
  } catch (error) {
    await small.dispose();
    throw error;
  }
  return small;
}

/** Asks until the condition holds. @throws when it doesn't within the bound, with what was seen last */
export async function until<T>(what: string, boundMs: number, ask: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + boundMs;
  for (;;) {
    const seen = await ask();
    if (holds(seen)) return seen;
    if (performance.now() > deadlineMs)
      throw new Error(`${what}: not within ${boundMs} ms; last seen: ${JSON.stringify(seen).slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
