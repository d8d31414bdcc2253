import type { ConstraintTruth, UpdateTruth } from "../../domain/fleet/update-truth.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { readModules, readPartiallyUpdated } from "./modules.ts";

export type { UpdateTruth } from "../../domain/fleet/update-truth.ts";

/** Reads whether what Odoo believes about the schema is so (odoo.md F5, F6): Odoo's own update only warns. */
export async function readUpdateTruth(sql: SqlReader): Promise<UpdateTruth> {
  const constraints = await readConstraintTruth(sql);
  const required = await readRequired(sql);
  return {
    modules: await readModules(sql),
    partiallyUpdated: await readPartiallyUpdated(sql),
    constraintCount: constraints.length,
    constraintProblems: constraints.filter((one) => one.found !== "equal"),
    requiredCount: required.length,
    requiredWithoutNotNull: required.filter((one) => one.required === false).map((one) => `${one.table}.${one.field}`),
    requiredWithoutColumn: required.filter((one) => one.required === null).map((one) => `${one.model}.${one.field}`),
  };
}

const types: Readonly<Record<string, ConstraintTruth["type"]>> = { f: "foreign key", u: "constraint", i: "index" };

interface ConstraintRow extends Record<string, unknown> {
  name: string;
  model: string;
  module: string;
  type: string;
  definition: string | null;
  /** null: PostgreSQL has none. */
  made: string | null;
  there: boolean;
  valid: boolean;
}

/** Models of base whose table isn't their name with underscores (`odoo/addons/base/models/ir_actions*.py`). */
const tableNames: Readonly<Record<string, string>> = {
  "ir.actions.act_url": "ir_act_url",
  "ir.actions.act_window": "ir_act_window",
  "ir.actions.act_window.view": "ir_act_window_view",
  "ir.actions.actions": "ir_actions",
  "ir.actions.act_window_close": "ir_actions",
  "ir.actions.client": "ir_act_client",
  "ir.actions.report": "ir_act_report_xml",
  "ir.actions.server": "ir_act_server",
};

/** The relation of a model, under its ordinary name; `kind` is null when there is none. */
const modelTables = `models AS (
    SELECT m.id, m.model, t.name AS relation, c.oid AS relid, c.relkind AS kind
    FROM ir_model m CROSS JOIN LATERAL (SELECT coalesce($1::jsonb ->> m.model, replace(m.model, '.', '_')) AS name) AS t
      LEFT JOIN pg_class c ON c.oid = to_regclass(quote_ident(t.name))
  )`;

/**
 * Odoo keeps a constraint's definition as its COMMENT (`odoo/tools/sql.py`, add_constraint), so that a changed one whose
 * replacement failed shows. It lists constraints of models without a table too: those over an SQL view, and abstract ones, whose
 * names begin with no table. An index with an empty definition isn't wanted in this database (`odoo/orm/table_objects.py`).
 * A many2one that a release removed takes its column and foreign key along, but not the key's row here; a relation table stays, and
 * so do its keys (`odoo/addons/base/models/ir_model.py`, _drop_column).
 */
const constraintsSql = `
  WITH ${modelTables}, real AS (
    SELECT k.conname::text AS name, 'constraint' AS kind, obj_description(k.oid, 'pg_constraint') AS made, k.convalidated AS valid FROM pg_constraint k
    UNION ALL
    SELECT x.relname::text, 'index', obj_description(x.oid, 'pg_class'), i.indisvalid FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
  )
  SELECT c.name, m.model, o.name AS module, c.type, c.definition, bool_or(r.name IS NOT NULL) AS there, coalesce(bool_and(r.valid), true) AS valid, max(r.made) AS made
  FROM ir_model_constraint c JOIN models m ON m.id = c.model JOIN ir_module_module o ON o.id = c.module
    LEFT JOIN real r ON r.name = c.name AND (r.kind = 'index' OR c.type <> 'i')
  WHERE o.state IN ('installed', 'to upgrade', 'to remove') AND NOT (c.type = 'i' AND coalesce(c.definition, '') = '')
    AND (m.kind IN ('r', 'p') OR (m.kind IS NULL AND EXISTS (SELECT 1 FROM pg_class t WHERE t.relkind IN ('r', 'p') AND starts_with(c.name, t.relname || '_'))))
    AND NOT (c.type = 'f' AND r.name IS NULL AND starts_with(c.name, m.relation || '_') AND right(c.name, 5) = '_fkey'
      AND NOT EXISTS (SELECT 1 FROM ir_model_relation l WHERE starts_with(c.name, l.name || '_'))
      AND NOT EXISTS (SELECT 1 FROM ir_model_fields f WHERE f.model = m.model AND f.ttype = 'many2one' AND f.store
        AND (c.name = m.relation || '_' || f.name || '_fkey' OR length(m.relation || '_' || f.name || '_fkey') > 63)))
  GROUP BY c.id, c.name, m.model, o.name, c.type, c.definition ORDER BY c.name`;

async function readConstraintTruth(sql: SqlReader): Promise<ConstraintTruth[]> {
  const rows = await sql.query<ConstraintRow>(constraintsSql, [JSON.stringify(tableNames)]);
  // A module may redefine a constraint of another: the last one loaded made it, and both are listed under the one name.
  const listed = new Set(rows.map((row) => `${row.name}\n${row.definition}`));
  return rows.map(({ name, model, module, type, definition, made, there, valid }) => {
    const unlisted = definition !== null && definition !== "" && made !== null && !listed.has(`${name}\n${made}`);
    return {
      name,
      model,
      module,
      type: types[type] ?? "constraint",
      definition,
      found: !there ? "missing" : unlisted || !valid ? "different" : "equal",
    };
  });
}

interface RequiredRow extends Record<string, unknown> {
  model: string;
  table: string;
  field: string;
  required: boolean | null;
}

/**
 * Required stored fields of models with a table of their own; a model without one (abstract, or over an SQL view) has nothing to
 * show. Values of binary fields can lie in attachments, without a column.
 */
const requiredSql = `
  WITH ${modelTables}
  SELECT m.model, m.relation AS table, f.name AS field, a.attnotnull AS required
  FROM ir_model_fields f JOIN models m ON m.id = f.model_id AND m.kind IN ('r', 'p')
    LEFT JOIN pg_attribute a ON a.attrelid = m.relid AND a.attname = f.name AND a.attnum > 0 AND NOT a.attisdropped
  WHERE f.required AND f.store AND f.ttype NOT IN ('one2many', 'many2many') AND NOT coalesce(f.company_dependent, false)
    AND NOT (f.ttype = 'binary' AND a.attname IS NULL)
  ORDER BY 1, 3`;

async function readRequired(sql: SqlReader): Promise<RequiredRow[]> {
  return sql.query<RequiredRow>(requiredSql, [JSON.stringify(tableNames)]);
}
