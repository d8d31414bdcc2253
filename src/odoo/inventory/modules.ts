import type { InstalledModule } from "../../domain/fleet/facts.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";

/** Every module that isn't plainly uninstalled. `latest_version` is the version in the database (odoo.md A). */
export async function readModules(sql: SqlReader): Promise<InstalledModule[]> {
  const [column] = await sql.query<{ imported: boolean }>(
    "SELECT count(*) > 0 AS imported FROM pg_attribute WHERE attrelid = to_regclass('ir_module_module') AND attname = 'imported' AND NOT attisdropped",
  );
  // base_import_module adds the column; without it only Studio's module can be without code.
  const imported = column?.imported === true ? "coalesce(imported, false)" : "false";
  const rows = await sql.query<{ name: string; state: string; version: string | null; imported: boolean }>(
    `SELECT name, state, latest_version AS version, (${imported} OR name = 'studio_customization') AS imported
      FROM ir_module_module WHERE state IS NOT NULL AND state NOT IN ('uninstalled', 'uninstallable') ORDER BY name COLLATE "C"`,
  );
  return rows.map(({ name, state, version, imported: withoutCode }) => ({ name, state, version, imported: withoutCode }));
}

/** Odoo's note to itself that the next load of the registry must update (odoo.md 1.3). */
export async function readPartiallyUpdated(sql: SqlReader): Promise<boolean> {
  const [row] = await sql.query<{ flag: boolean }>(
    "SELECT count(*) > 0 AS flag FROM ir_config_parameter WHERE key = 'base.partially_updated_database'",
  );
  return row?.flag ?? false;
}
