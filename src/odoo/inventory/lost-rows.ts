import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { LossExport } from "../../domain/recovery/loss-receipt.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import { columnsOf, moment } from "./loss-reads.ts";

/** An export is for people to enter their work again, not a backup: beyond these it says what it leaves out. */
const exportBounds: { readonly rows: number; readonly bytes: number } = { rows: 20_000, bytes: 16 * 1024 * 1024 };
const chunkRows = 500;

type Row = { readonly [column: string]: Json };

/**
 * The rows themselves: created or changed since the moment, as they are now, table by table in the given order until a bound
 * is met. Passwords, keys and tokens stay where they are.
 *
 * @param tables with how many rows each is known to have lost
 */
export async function readLostRows(
  sql: SqlReader,
  tables: readonly { readonly model: string; readonly table: string; readonly rows: number }[],
  since: string,
  bounds: { readonly rows: number; readonly bytes: number } = exportBounds,
): Promise<Pick<LossExport, "models" | "leftOut" | "bounds">> {
  const models: Record<string, readonly Row[]> = {};
  const leftOut: Record<string, number> = {};
  let room = { ...bounds };
  for (const { model, table, rows } of tables) {
    const taken = await takeRows(sql, table, since, room);
    room = { rows: room.rows - taken.rows.length, bytes: room.bytes - taken.bytes };
    if (taken.rows.length > 0) models[model] = taken.rows;
    if (taken.rows.length < rows) leftOut[model] = rows - taken.rows.length;
  }
  return { models, leftOut, bounds };
}

async function takeRows(
  sql: SqlReader,
  table: string,
  since: string,
  room: { readonly rows: number; readonly bytes: number },
): Promise<{ readonly rows: readonly Row[]; readonly bytes: number }> {
  const columns = await columnsOf(sql, table);
  const dates = ["create_date", "write_date"].filter((column) => columns.has(column));
  if (dates.length === 0 || !columns.has("id")) return { rows: [], bytes: 0 };
  const [named] = await sql.query<{ relation: string }>("SELECT format('public.%I', $1::text) AS relation", [table]);
  if (named === undefined) return { rows: [], bytes: 0 };
  const secret = [...columns].filter((column) => secretColumn.test(column));
  const rows: Row[] = [];
  let bytes = 0;
  let after = 0;
  while (rows.length < room.rows) {
    const chunk = await sql.query<{ id: number; row: Row }>(
      `SELECT id, to_jsonb(t) - $2::text[] AS row FROM ${named.relation} t
        WHERE id > $3 AND (${dates.map((column) => `${column} >= ${moment}`).join(" OR ")}) ORDER BY id LIMIT ${Math.min(chunkRows, room.rows - rows.length)}`,
      [since, secret, after],
    );
    for (const { id, row } of chunk) {
      const size = Buffer.byteLength(JSON.stringify(row));
      if (bytes + size > room.bytes) return { rows, bytes };
      rows.push(row);
      bytes += size;
      after = id;
    }
    if (chunk.length < chunkRows) break;
  }
  return { rows, bytes };
}

/** Also what is large and no business of a person's: an attachment's bytes, where a database keeps them itself. */
const secretColumn = /(^|_)(password|passwd|secret|token|key|db_datas)$/;
