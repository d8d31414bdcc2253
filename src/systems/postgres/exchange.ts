import type { DatabaseMark } from "../../app/ports/tenant-database.ts";
import type { AdminSql } from "./admin-session.ts";
import type { DatabaseRow, Realm } from "./database-list.ts";
import { allDatabases, databasesOf, unexpected } from "./database-list.ts";
import { fenceDatabase } from "./fence.ts";
import { commentText } from "./mark.ts";
import { quoteIdentifier, quoteLiteral } from "../../domain/shared/sql-quoting.ts";

export interface Swap {
  readonly live: string;
  readonly goes: { readonly oid: number; readonly to: string; readonly mark: DatabaseMark };
  readonly comes: { readonly oid: number; readonly mark: DatabaseMark };
  readonly open: boolean;
}

/**
 * The exchange of S3. Databases are known by OID; the catalogue is read inside the transaction, before and after the
 * renames, so that a rename by somebody else in between rolls everything back. Already exchanged: nothing is done.
 */
export async function exchangeDatabases(sql: AdminSql, realm: Realm, swap: Swap): Promise<void> {
  checkInput(realm, swap);
  const comes = await ownByOid(sql, realm, swap.comes.oid);
  const goes = await ownByOid(sql, realm, swap.goes.oid);
  if (comes.name === swap.live && goes.name === swap.goes.to) return;
  if (comes.name === swap.live || goes.name !== swap.live) throw unexpectedNames(swap, goes, comes);
  // A session in either would make RENAME fail: a probe's in the one that comes, or users' in one that goes back.
  await fenceDatabase(sql, realm, goes);
  await fenceDatabase(sql, realm, comes);
  await sql.transaction(async () => {
    await checkNames(sql, swap, { goes: swap.live, comes: comes.name });
    await rename(sql, swap.live, swap.goes.to);
    await rename(sql, comes.name, swap.live);
    await mark(sql, swap.goes.to, swap.goes.mark, goes.note);
    await mark(sql, swap.live, swap.comes.mark, comes.note);
    await flags(sql, swap.goes.to, false);
    await flags(sql, swap.live, swap.open);
    await checkNames(sql, swap, { goes: swap.goes.to, comes: swap.live });
  });
}

function checkInput(realm: Realm, swap: Swap): void {
  if (swap.live !== realm.live)
    throw unexpected(`"${swap.live}" isn't the live name of environment "${realm.environment}".`, { live: swap.live });
  if (swap.goes.to === swap.live || swap.goes.oid === swap.comes.oid)
    throw unexpected("The exchange is between one database and itself.", { live: swap.live });
  const marks = [swap.goes.mark, swap.comes.mark];
  if (marks.some((one) => one.environment !== realm.environment))
    throw unexpected("A mark of the exchange names another environment.", { live: swap.live });
  if (swap.comes.mark.role !== "live" || swap.goes.mark.role === "live")
    throw unexpected("The one that comes must be marked live, and only that one.", { live: swap.live });
}

async function ownByOid(sql: AdminSql, realm: Realm, oid: number): Promise<DatabaseRow> {
  const row = (await databasesOf(sql, realm)).find((one) => one.oid === oid);
  if (row === undefined) throw unexpected(`No database of environment "${realm.environment}" has OID ${oid}.`, { oid });
  if (row.mark !== null && row.mark.environment !== realm.environment)
    throw unexpected(`Database "${row.name}" is marked as environment "${row.mark.environment}".`, { oid });
  return row;
}

function unexpectedNames(swap: Swap, goes: DatabaseRow, comes: DatabaseRow): Error {
  return unexpected(
    `Expected OID ${swap.goes.oid} under "${swap.live}" or "${swap.goes.to}"; seen "${goes.name}", and "${comes.name}" for OID ${swap.comes.oid}.`,
    {
      goes: goes.name,
      comes: comes.name,
    },
  );
}

async function checkNames(sql: AdminSql, swap: Swap, names: { readonly goes: string; readonly comes: string }): Promise<void> {
  const rows = await allDatabases(sql);
  const nameOf = (oid: number): string | undefined => rows.find((one) => one.oid === oid)?.name;
  if (nameOf(swap.goes.oid) === names.goes && nameOf(swap.comes.oid) === names.comes) return;
  throw unexpected("Databases were renamed by somebody else during the exchange; nothing was changed.", {
    goes: names.goes,
    comes: names.comes,
  });
}

async function rename(sql: AdminSql, from: string, to: string): Promise<void> {
  await sql.command(
    `ALTER DATABASE ${quoteIdentifier(from)} RENAME TO ${quoteIdentifier(to)}`,
    `ownership of database "${from}" and CREATEDB`,
  );
}

async function mark(sql: AdminSql, name: string, to: DatabaseMark, note: string | null): Promise<void> {
  await sql.command(
    `COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${quoteLiteral(commentText(to, note))}`,
    `ownership of database "${name}"`,
  );
}

async function flags(sql: AdminSql, name: string, open: boolean): Promise<void> {
  await sql.command(
    `ALTER DATABASE ${quoteIdentifier(name)} WITH ALLOW_CONNECTIONS ${String(open)} IS_TEMPLATE false`,
    `ownership of database "${name}"`,
  );
}
