import { PlimsollError } from "../../domain/shared/errors.ts";
import type { DatabaseInfo, DatabaseMark } from "../../app/ports/tenant-database.ts";
import { parseComment } from "./mark.ts";
import { quoteIdentifier } from "../../domain/shared/sql-quoting.ts";

export interface Queries {
  query<R extends Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<R[]>;
}

/** What the catalogue says about a database, with the part of its comment that isn't ours. */
export interface DatabaseRow extends Omit<DatabaseInfo, "sizeBytes"> {
  readonly note: string | null;
  readonly connectionLimit: number;
}

/** A database as a caller knows it. */
export interface Handle {
  readonly name: string;
  readonly oid: number;
}

/** The environment whose databases may be touched. */
export interface Realm {
  readonly environment: string;
  readonly live: string;
}

interface CatalogueRow extends Record<string, unknown> {
  oid: number;
  name: string;
  owner: string;
  allows: boolean;
  template: boolean;
  limit: number;
  comment: string | null;
}

const catalogueSql = `SELECT oid, datname AS name, pg_get_userbyid(datdba) AS owner, datallowconn AS allows, datistemplate AS template,
  datconnlimit AS limit, shobj_description(oid, 'pg_database') AS comment FROM pg_database ORDER BY oid`;

export async function allDatabases(sql: Queries): Promise<DatabaseRow[]> {
  const rows = await sql.query<CatalogueRow>(catalogueSql);
  return rows.map((row) => {
    const { mark, note } = parseComment(row.comment);
    return {
      oid: row.oid,
      name: row.name,
      owner: row.owner,
      allowsConnections: row.allows,
      isTemplate: row.template,
      connectionLimit: row.limit,
      mark,
      note,
    };
  });
}

/** Those that carry the environment's mark, and the live name whether marked or not. */
export async function databasesOf(sql: Queries, realm: Realm): Promise<DatabaseRow[]> {
  const rows = await allDatabases(sql);
  return rows.filter((row) => row.name === realm.live || row.mark?.environment === realm.environment);
}

export async function withSize(sql: Queries, row: DatabaseRow): Promise<DatabaseInfo> {
  // The size of a copy that belongs to another role is that role's to know.
  const [size] = await sql.query<{ bytes: number | null }>(
    "SELECT CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) END AS bytes FROM pg_database WHERE oid = $1",
    [row.oid],
  );
  const { oid, name, owner, allowsConnections, isTemplate, mark } = row;
  return { oid, name, owner, allowsConnections, isTemplate, mark, sizeBytes: size?.bytes ?? 0 };
}

/**
 * The catalogue's row of a database that may be touched.
 *
 * @throws DATABASE_MISSING when no database has that OID, STATE_UNEXPECTED when it has another name or belongs to somebody else
 */
export async function requireOwn(sql: Queries, realm: Realm, handle: Handle): Promise<DatabaseRow> {
  const row = await findOwn(sql, realm, handle.oid);
  if (row === null)
    throw new PlimsollError("DATABASE_MISSING", `Database "${handle.name}" (OID ${handle.oid}) is gone.`, { facts: { ...handle } });
  if (row.name !== handle.name) {
    throw unexpected(`The database with OID ${handle.oid} is called "${row.name}", not "${handle.name}".`, { ...handle, seen: row.name });
  }
  return row;
}

/** @returns null when no database has that OID. @throws STATE_UNEXPECTED when it belongs to somebody else */
export async function findOwn(sql: Queries, realm: Realm, oid: number): Promise<DatabaseRow | null> {
  const rows = await allDatabases(sql);
  const row = rows.find((one) => one.oid === oid);
  if (row === undefined) return null;
  const foreign = row.mark === null ? row.name !== realm.live : row.mark.environment !== realm.environment;
  if (foreign) throw foreignDatabase(row, realm);
  return row;
}

export function foreignDatabase(row: { readonly name: string; readonly mark: DatabaseMark | null }, realm: Realm): PlimsollError {
  const nothing = `nothing is done to it for environment "${realm.environment}"`;
  if (row.mark === null) return unexpected(`Database "${row.name}" carries no mark of Plimsoll; ${nothing}.`, { database: row.name });
  return new PlimsollError("STATE_UNEXPECTED", `Database "${row.name}" is marked as environment "${row.mark.environment}"; ${nothing}.`, {
    why: "Each database belongs to one environment, and its COMMENT says to which.",
    fix: `If that environment is gone for good, a person takes the mark off: COMMENT ON DATABASE ${quoteIdentifier(row.name)} IS NULL;`,
    facts: { database: row.name, environment: row.mark.environment },
  });
}

export function unexpected(message: string, facts: Readonly<Record<string, string | number | boolean | null>>): PlimsollError {
  return new PlimsollError("STATE_UNEXPECTED", message, {
    fix: "A person has to look: somebody else changed databases of this cluster.",
    facts,
  });
}
