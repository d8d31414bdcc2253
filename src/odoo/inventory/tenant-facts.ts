import type { Customisations, InstalledModule, TenantFacts } from "../../domain/fleet/facts.ts";
import { digestOf, type HashText } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { readCustomisations } from "./customisations.ts";
import { readModules, readPartiallyUpdated } from "./modules.ts";

/** The series of Odoo that Plimsoll knows. */
export const supportedSeries = "19.0";

interface DatabaseRow extends Record<string, unknown> {
  name: string;
  oid: number;
  size: number;
  owner: string;
  server: string;
}

/**
 * What planning needs to know about a tenant database, by SQL alone.
 *
 * @param now RFC 3339
 * @throws DATABASE_NOT_ODOO, DATABASE_OTHER_SERIES
 */
export async function readTenantFacts(sql: SqlReader, hash: HashText, now: string): Promise<TenantFacts> {
  const [database] = await sql.query<DatabaseRow>(
    `SELECT datname::text AS name, oid::bigint AS oid, pg_database_size(oid) AS size, pg_get_userbyid(datdba)::text AS owner,
      current_setting('server_version') AS server FROM pg_database WHERE datname = current_database()`,
  );
  if (database === undefined) throw new Error("current_database() has no row in pg_database");
  await requireOdoo(sql, database.name);
  const modules = await readModules(sql);
  const series = requireSeries(modules, database.name);
  const rows = await estimatedRows(sql);
  const { customisations, definitions } = await readCustomisations(sql);
  return {
    databaseName: database.name,
    databaseOid: database.oid,
    databaseSizeBytes: database.size,
    owner: database.owner,
    serverVersion: database.server,
    series,
    modules,
    partiallyUpdated: await readPartiallyUpdated(sql),
    rows,
    rowsTotal: Object.values(rows).reduce((sum, count) => sum + count, 0),
    schemaFingerprint: hash(await schemaText(sql)),
    customisationFingerprint: digestOf({ customisations: jsonOf(customisations), definitions }, hash),
    customisations,
    activeUsers: await activeUsers(sql),
    ...(await languages(sql)),
    measuredAt: now,
  };
}

async function requireOdoo(sql: SqlReader, database: string): Promise<void> {
  const [row] = await sql.query<{ there: boolean }>(
    "SELECT to_regclass('ir_module_module') IS NOT NULL AND to_regclass('ir_model_data') IS NOT NULL AS there",
  );
  if (row?.there === true) return;
  throw new PlimsollError("DATABASE_NOT_ODOO", `Database "${database}" isn't an Odoo database.`, {
    why: "It has no table ir_module_module.",
    fix: "Check the database's name in the environment's declaration.",
    facts: { database },
  });
}

function requireSeries(modules: readonly InstalledModule[], database: string): string {
  const version = modules.find((module) => module.name === "base")?.version ?? null;
  if (version === null) {
    throw new PlimsollError("DATABASE_NOT_ODOO", `Database "${database}" has no installed module base.`, {
      why: "Its initialisation never ended, or it isn't an Odoo database.",
      facts: { database },
    });
  }
  const series = version.split(".").slice(0, 2).join(".");
  if (series === supportedSeries) return series;
  throw new PlimsollError(
    "DATABASE_OTHER_SERIES",
    `Database "${database}" is Odoo ${series} (base ${version}); Plimsoll knows ${supportedSeries}.`,
    {
      fix: "Declare a database of the supported series; a move to another series is a major upgrade.",
      facts: { database, series, supported: supportedSeries },
    },
  );
}

async function estimatedRows(sql: SqlReader): Promise<Record<string, number>> {
  const rows = await sql.query<{ name: string; rows: number }>(
    `SELECT c.relname::text AS name, CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint ELSE coalesce(s.n_live_tup, 0) END AS rows
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
      WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.rows]));
}

/** Every line begins with its kind; sorted bytewise, so that the server's collation doesn't matter. */
const schemaSql = `SELECT string_agg(line, E'\\n' ORDER BY line COLLATE "C") AS text FROM (
  SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT 'table ' || c.relname || ' ' || c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')
  UNION ALL SELECT 'constraint ' || c.relname || '.' || k.conname || ' ' || pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
  UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
) AS lines`;

async function schemaText(sql: SqlReader): Promise<string> {
  const [row] = await sql.query<{ text: string | null }>(schemaSql);
  return row?.text ?? "";
}

async function activeUsers(sql: SqlReader): Promise<number> {
  const [row] = await sql.query<{ users: number }>("SELECT count(*) AS users FROM res_users WHERE active AND NOT coalesce(share, false)");
  return row?.users ?? 0;
}

/** Nothing where it can't be told, so that each language counts as active. */
async function languages(sql: SqlReader): Promise<Pick<TenantFacts, "languages">> {
  const [table] = await sql.query<{ there: boolean }>("SELECT to_regclass('res_lang') IS NOT NULL AS there");
  if (table?.there !== true) return {};
  const rows = await sql.query<{ code: string }>('SELECT code FROM res_lang WHERE active ORDER BY code COLLATE "C"');
  return { languages: rows.map((row) => row.code) };
}

function jsonOf(customisations: Customisations): { readonly [key: string]: number | readonly string[] } {
  return { ...customisations };
}
