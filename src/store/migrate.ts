import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { Logger, runMigrations } from "graphile-worker";
import type pg from "pg";
import { PlimsollError } from "../domain/shared/errors.ts";

interface Migration {
  readonly number: number;
  readonly file: string;
  readonly sql: string;
  readonly checksum: string;
}

const folder = new URL("./migrations/", import.meta.url);
/** One process at a time migrates; the number only has to be ours. */
const migrationLock = 7_015_311_001;

/**
 * Brings the database to this code's version: each numbered file in a transaction of its own, recorded with its checksum.
 * Then graphile-worker's own schema, which `hint` writes to.
 *
 * @throws CONFLICT when the database is newer than the code, or a file differs from what was run
 */
export async function migrate(pool: pg.Pool): Promise<void> {
  const migrations = await readMigrations();
  const client = await pool.connect();
  try {
    // Another process may be migrating: its patience, not that of everyday statements.
    await client.query("set statement_timeout = '120s'; set lock_timeout = '120s'");
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    try {
      await bring(client, migrations);
      await runMigrations({ pgPool: pool, logger: new Logger(() => () => undefined) });
    } finally {
      await client.query("select pg_advisory_unlock($1)", [migrationLock]);
      await client.query("reset statement_timeout; reset lock_timeout");
    }
  } finally {
    client.release();
  }
}

async function bring(client: pg.PoolClient, migrations: readonly Migration[]): Promise<void> {
  await client.query("create schema if not exists plimsoll");
  await client.query(
    "create table if not exists plimsoll.migration (number integer primary key, file text not null, checksum text not null, at timestamptz not null default now())",
  );
  const { rows } = await client.query<{ number: number; file: string; checksum: string }>(
    "select number, file, checksum from plimsoll.migration order by number",
  );
  for (const row of rows) check(row, migrations);
  const done = new Set(rows.map((row) => row.number));
  for (const migration of migrations) if (!done.has(migration.number)) await runOne(client, migration);
}

function check(row: { number: number; file: string; checksum: string }, migrations: readonly Migration[]): void {
  const known = migrations.find((migration) => migration.number === row.number);
  if (known === undefined) {
    throw new PlimsollError("CONFLICT", "Plimsoll's database was written by a newer Plimsoll.", {
      why: `It has migration ${row.file}, which this version doesn't know.`,
      fix: "run the newer version, or restore a backup from before the upgrade",
    });
  }
  if (known.checksum !== row.checksum) {
    throw new PlimsollError("CONFLICT", `Migration ${row.file} isn't the one that made Plimsoll's database.`, {
      fix: "a released migration never changes: install an unaltered Plimsoll",
    });
  }
}

async function runOne(client: pg.PoolClient, migration: Migration): Promise<void> {
  await client.query("begin");
  try {
    await client.query("set local search_path to plimsoll");
    await client.query(migration.sql);
    await client.query("insert into plimsoll.migration (number, file, checksum) values ($1, $2, $3)", [
      migration.number,
      migration.file,
      migration.checksum,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(new URL(file, folder), "utf8");
      return { number: Number(file.slice(0, 4)), file, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}
