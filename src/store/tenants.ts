import type { Clock } from "../app/ports/clock.ts";
import type { TenantRecord } from "../app/ports/store.ts";
import type { Queryable } from "./connection.ts";

interface TenantRow {
  name: string;
  title: string;
  created_at: string;
}

export async function readTenant(db: Queryable, name: string): Promise<TenantRecord | null> {
  const { rows } = await db.query<TenantRow>("select * from tenant where name = $1", [name]);
  return rows[0] === undefined ? null : toTenant(rows[0]);
}

export async function readTenants(db: Queryable): Promise<TenantRecord[]> {
  const { rows } = await db.query<TenantRow>("select * from tenant order by name");
  return rows.map(toTenant);
}

export async function putTenant(db: Queryable, clock: Clock, tenant: { readonly name: string; readonly title: string }): Promise<void> {
  await db.query(
    "insert into tenant (name, title, created_at) values ($1, $2, $3) on conflict (name) do update set title = excluded.title",
    [tenant.name, tenant.title, clock.now()],
  );
}

function toTenant(row: TenantRow): TenantRecord {
  return { name: row.name, title: row.title, createdAt: row.created_at };
}
