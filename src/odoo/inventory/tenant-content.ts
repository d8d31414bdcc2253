import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { TenantContent, TenantView } from "../../domain/fleet/tenant-content.ts";
import { readRecordMarks } from "./record-marks.ts";
import { withinTime } from "./within-time.ts";

export interface ContentBounds {
  /** For everything together. */
  readonly timeMs: number;
  /** Of views' arches; beyond it there are no more views. */
  readonly archBytes: number;
}

const defaultBounds: ContentBounds = { timeMs: 30_000, archBytes: 128 * 1024 * 1024 };
const chunkViews = 200;

/**
 * What people made of a tenant's records. The reader must be inside a transaction: a statement over its time is rolled back to a
 * savepoint, and what it would have told stands in `unread`.
 *
 * @param tables model → table, for models whose table has another name than Odoo gives by itself
 */
export async function readTenantContent(
  sql: SqlReader,
  tables: ReadonlyMap<string, string> = new Map(),
  bounds: ContentBounds = defaultBounds,
): Promise<TenantContent> {
  const until = performance.now() + bounds.timeMs;
  const { views, whole } = await readViews(sql, bounds.archBytes, until);
  const marks = await readRecordMarks(sql, tables, until);
  const unread = [...(whole ? [] : ["ir.ui.view"]), ...marks.unread].sort();
  return { views, editedRecords: marks.edited, missingRecords: marks.missing, ...(unread.length === 0 ? {} : { unread }) };
}

type ViewRow = TenantView & Record<string, unknown>;

async function readViews(sql: SqlReader, archBytes: number, until: number): Promise<{ views: TenantView[]; whole: boolean }> {
  const select = viewsSql(await columnTypes(sql, "ir_ui_view"));
  const views: TenantView[] = [];
  let bytes = 0;
  for (let last = 0; ; last = views.at(-1)?.id ?? last) {
    const after = last;
    const rows = await withinTime(sql, until, () => sql.query<ViewRow>(select, [after]));
    if (rows === null) return { views, whole: false };
    for (const row of rows) {
      bytes += row.arch.length;
      if (bytes > archBytes) return { views, whole: false };
      views.push(row);
    }
    if (rows.length < chunkViews) return { views, whole: true };
  }
}

/** `arch_db` is translated, so by language; a column that isn't there says nothing. */
function viewsSql(columns: ReadonlyMap<string, string>): string {
  const column = (name: string, otherwise = "NULL"): string => (columns.has(name) ? `v.${name}` : otherwise);
  const arch =
    columns.get("arch_db") === "jsonb"
      ? "coalesce(v.arch_db->>'en_US', (SELECT t.value FROM jsonb_each_text(v.arch_db) t ORDER BY t.key LIMIT 1))"
      : column("arch_db");
  // An xmlid of a module comes before those that exports and Studio give.
  return `SELECT v.id, d.xmlid, ${column("key")} AS key, coalesce(v.name, '') AS name, ${column("model")} AS model,
      coalesce(${column("type")}, 'qweb') AS type, coalesce(${column("mode")}, 'primary') AS mode, v.inherit_id AS "inheritId",
      coalesce(${column("priority")}, 16) AS priority, coalesce(v.active, false) AS active, coalesce(${arch}, '') AS arch,
      coalesce(v.arch_updated, false) AS edited
    FROM ir_ui_view v LEFT JOIN LATERAL (
      SELECT d.module || '.' || d.name AS xmlid FROM ir_model_data d WHERE d.model = 'ir.ui.view' AND d.res_id = v.id
        ORDER BY d.module IN ('__export__', '__import__', '__custom__', 'studio_customization'), d.id LIMIT 1
    ) d ON true WHERE v.id > $1 ORDER BY v.id LIMIT ${chunkViews}`;
}

async function columnTypes(sql: SqlReader, table: string): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}
