import type { Customisations } from "../../domain/fleet/facts.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";

export interface ReadCustomisations {
  readonly customisations: Customisations;
  /** Name → digest of its definition, so that a changed one is noticed. */
  readonly definitions: Readonly<Record<string, string>>;
}

interface Named extends Record<string, unknown> {
  name: string;
  definition: string;
}

/** A view, action or rule with an xmlid of a module with code belongs to that module; exports and Studio give xmlids too. */
const noOwner = (model: string, id: string): string =>
  `NOT EXISTS (SELECT 1 FROM ir_model_data d WHERE d.model = '${model}' AND d.res_id = ${id} AND d.module NOT IN ('__export__', '__import__', '__custom__', 'studio_customization'))`;

/** What the tenant made of its database (odoo.md 1.8). Definitions as MD5, which here only notices change. */
export async function readCustomisations(sql: SqlReader): Promise<ReadCustomisations> {
  const models = await sql.query<Named>(
    `SELECT model AS name, md5(to_jsonb(name)::text) AS definition FROM ir_model WHERE state = 'manual' ORDER BY model COLLATE "C"`,
  );
  const fields = await sql.query<Named>(
    `SELECT model || '.' || name AS name, md5(concat_ws('|', ttype, relation, required, store, related, compute, depends, selectable)) AS definition
      FROM ir_model_fields WHERE state = 'manual' ORDER BY 1`,
  );
  const edited = await sql.query<Named>(
    `SELECT d.module || '.' || d.name AS name, md5(coalesce(v.arch_db::text, '')) AS definition
      FROM ir_ui_view v JOIN ir_model_data d ON d.model = 'ir.ui.view' AND d.res_id = v.id WHERE v.arch_updated ORDER BY 1`,
  );
  const own = await sql.query<Named & { id: number }>(
    `SELECT v.id, coalesce(v.name, '') AS name, md5(coalesce(v.arch_db::text, '') || coalesce(v.inherit_id::text, '') || coalesce(v.active::text, '')) AS definition
      FROM ir_ui_view v WHERE ${noOwner("ir.ui.view", "v.id")} ORDER BY v.name, v.id`,
  );
  const actions = await sql.query<Named>(
    `SELECT 'server action ' || a.id AS name, md5(concat_ws('|', a.state, a.code, a.model_id)) AS definition
      FROM ir_act_server a WHERE ${noOwner("ir.actions.server", "a.id")} ORDER BY a.id`,
  );
  const customisations: Customisations = {
    manualModels: models.map((row) => row.name).sort(),
    manualFields: fields.map((row) => row.name).sort(),
    editedViews: edited.map((row) => row.name).sort(),
    ownViews: own.map((row) => row.name).sort(),
    serverActions: actions.length,
    automations: await countAutomations(sql),
  };
  const named = [...tagged("model", models), ...tagged("field", fields), ...tagged("edited view", edited), ...tagged("action", actions)];
  const views = own.map((row): [string, string] => [`view ${row.id} ${row.name}`, row.definition]);
  return { customisations, definitions: Object.fromEntries([...named, ...views]) };
}

function tagged(kind: string, rows: readonly Named[]): [string, string][] {
  return rows.map((row) => [`${kind} ${row.name}`, row.definition]);
}

async function countAutomations(sql: SqlReader): Promise<number> {
  const [there] = await sql.query<{ there: boolean }>("SELECT to_regclass('base_automation') IS NOT NULL AS there");
  if (there?.there !== true) return 0;
  const [row] = await sql.query<{ rules: number }>("SELECT count(*) AS rules FROM base_automation");
  return row?.rules ?? 0;
}
