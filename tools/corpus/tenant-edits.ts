import type { SqlReader } from "../../src/app/ports/tenant-database.ts";

/** Views have a mark of their own, and an edited one may stop others from being loaded. */
const leftAlone: readonly string[] = ["ir.ui.view", "ir.model", "ir.module.module", "res.groups", "ir.module.category"];

/** What people write behind a name. */
export const editMark = " ·";

/**
 * What people do to a tenant: renames one record of each model that the modules brought, and one that an update keeps.
 * Deterministic, and as the administrator (user 2), whose hand Odoo tells from its own by `write_uid`.
 *
 * @returns xmlids
 */
export async function editRecords(sql: SqlReader, modules: readonly string[]): Promise<string[]> {
  const records = await sql.query<{ xmlid: string; table: string; id: number; type: string }>(
    `SELECT DISTINCT ON (d.model, d.noupdate) d.module || '.' || d.name AS xmlid, c.table_name::text AS table, d.res_id AS id, c.data_type AS type
      FROM ir_model_data d JOIN information_schema.columns c ON c.table_schema = 'public' AND c.table_name = replace(d.model, '.', '_')
        AND c.column_name = 'name' AND c.data_type IN ('character varying', 'text', 'jsonb')
      WHERE d.module = ANY($1) AND d.model <> ALL($2) AND d.model NOT LIKE 'ir.model.%'
        AND EXISTS (SELECT 1 FROM information_schema.columns w WHERE w.table_name = c.table_name AND w.column_name = 'write_uid')
      ORDER BY d.model, d.noupdate, d.module || '.' || d.name`,
    [modules, leftAlone],
  );
  const edited: string[] = [];
  for (const { xmlid, table, id, type } of records) {
    const name = type === "jsonb" ? `name || jsonb_build_object('en_US', (name ->> 'en_US') || '${editMark}')` : `name || '${editMark}'`;
    const rows = await sql.query(
      `UPDATE "${table}" SET name = ${name}, write_uid = 2, write_date = now() at time zone 'UTC' WHERE id = $1 RETURNING id`,
      [id],
    );
    if (rows.length > 0) edited.push(xmlid);
  }
  return edited;
}
