import type { AdminSql } from "./admin-session.ts";
import type { Handle, Realm } from "./database-list.ts";
import { findOwn, unexpected } from "./database-list.ts";
import { quoteIdentifier } from "../../domain/shared/sql-quoting.ts";

/** Drops a database of the environment that isn't live. One that is already gone is fine. */
export async function dropOwn(sql: AdminSql, realm: Realm, database: Handle): Promise<void> {
  const row = await findOwn(sql, realm, database.oid);
  if (row === null) return;
  const live = row.name === realm.live || database.name === realm.live || row.mark === null || row.mark.role === "live";
  if (live) throw unexpected(`Database "${row.name}" is live; it is never dropped.`, { database: row.name, oid: row.oid });
  if (row.name !== database.name)
    throw unexpected(`The database with OID ${database.oid} is called "${row.name}", not "${database.name}".`, { database: row.name });
  await dropDatabase(sql, row);
}

/** Closed first, so that nobody enters between; a template can't be dropped. */
export async function dropDatabase(sql: AdminSql, database: Handle): Promise<void> {
  const name = quoteIdentifier(database.name);
  const right = `ownership of database "${database.name}"`;
  await sql.command(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false IS_TEMPLATE false`, right);
  await sql.command(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `${right}, and pg_signal_backend for sessions of other roles`);
}
