import type { Cluster } from "../../test/parts/cluster.ts";

const rowsPerTable = 60_000;
const tablesMax = 200;

/**
 * Adds tables of business records, with a key, two indexes and a reference, until the database has the size.
 * @returns its size in bytes, and how many tables it has
 */
export async function fillDatabase(
  cluster: Cluster,
  database: string,
  owner: string,
  bytes: number,
): Promise<{ readonly bytes: number; readonly tables: number }> {
  for (let number = 1; number <= tablesMax && (await sizeOf(cluster, database)) < bytes; number++) {
    const table = `bench_history_${number}`;
    await cluster.query(
      database,
      `CREATE TABLE ${table} (id serial PRIMARY KEY, partner_id integer REFERENCES res_partner, name varchar NOT NULL, amount numeric(16, 2),
        note text, create_date timestamp NOT NULL);
      INSERT INTO ${table} (partner_id, name, amount, note, create_date)
        SELECT (SELECT min(id) FROM res_partner), 'Line ' || n, n % 1000 * 1.25, md5(n::text) || md5((n * ${number})::text) || md5((n + 7)::text),
          timestamp '2024-01-01' + n * interval '1 minute' FROM generate_series(1, ${rowsPerTable}) AS n;
      CREATE INDEX ON ${table} (name);
      CREATE INDEX ON ${table} (create_date);
      ALTER TABLE ${table} OWNER TO ${owner}`,
    );
  }
  await cluster.query(database, "ANALYZE");
  await cluster.query("postgres", "CHECKPOINT");
  const [row] = await cluster.query<{ n: number }>(
    database,
    "SELECT count(*)::int AS n FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
  );
  return { bytes: await sizeOf(cluster, database), tables: row?.n ?? 0 };
}

async function sizeOf(cluster: Cluster, database: string): Promise<number> {
  const [row] = await cluster.query<{ bytes: string }>("postgres", "SELECT pg_database_size($1) AS bytes", [database]);
  return Number(row?.bytes ?? 0);
}
