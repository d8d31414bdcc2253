import type { ColumnFacts } from "../../domain/fleet/catalogue-snapshot.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";

interface Invariant {
  readonly table: string;
  /** Every column that the statement names; without any of them the invariant isn't asked for. */
  readonly columns: readonly string[];
  /** Gives rows {name, value}. */
  readonly sql: string;
}

/** Rows that a module's data made may come and go with a release; what users made may not. */
function userRows(table: string, model: string, title: string, where: string = "true", columns: readonly string[] = []): Invariant {
  return {
    table,
    columns: ["id", ...columns],
    sql: `SELECT '${title}' AS name, count(*) || ' rows' AS value FROM ${table} t WHERE ${where}
      AND NOT EXISTS (SELECT 1 FROM ir_model_data d WHERE d.model = '${model}' AND d.res_id = t.id AND d.module NOT IN ('__export__', '__import__', '__custom__'))`,
  };
}

/** Sums over numeric: a sum of floats depends on the order of rows, which an update changes. */
const invariants: readonly Invariant[] = [
  {
    table: "account_move",
    columns: ["state", "move_type", "currency_id", "amount_total"],
    sql: `SELECT 'journal entries ' || state || ' ' || move_type || ' in currency ' || coalesce(currency_id, 0) AS name,
      count(*) || ' rows, ' || coalesce(sum(amount_total::numeric), 0) AS value FROM account_move GROUP BY state, move_type, currency_id`,
  },
  {
    table: "account_move_line",
    columns: ["parent_state", "debit", "credit"],
    sql: `SELECT 'posted items' AS name, count(*) || ' rows, debit ' || coalesce(sum(debit::numeric), 0) || ', credit ' || coalesce(sum(credit::numeric), 0) AS value
      FROM account_move_line WHERE parent_state = 'posted'`,
  },
  {
    table: "account_analytic_line",
    columns: ["unit_amount", "amount"],
    sql: `SELECT 'analytic lines' AS name, count(*) || ' rows, ' || coalesce(sum(unit_amount::numeric), 0) || ' units, amount ' || coalesce(sum(amount::numeric), 0) AS value
      FROM account_analytic_line`,
  },
  {
    table: "sale_order",
    columns: ["state", "amount_total"],
    sql: `SELECT 'sale orders ' || coalesce(state, 'without state') AS name, count(*) || ' rows, ' || coalesce(sum(amount_total::numeric), 0) AS value FROM sale_order GROUP BY state`,
  },
  {
    table: "purchase_order",
    columns: ["state", "amount_total"],
    sql: `SELECT 'purchase orders ' || coalesce(state, 'without state') AS name, count(*) || ' rows, ' || coalesce(sum(amount_total::numeric), 0) AS value FROM purchase_order GROUP BY state`,
  },
  {
    table: "stock_quant",
    columns: ["quantity"],
    sql: `SELECT 'stock on hand' AS name, count(*) || ' rows, ' || coalesce(sum(quantity::numeric), 0) AS value FROM stock_quant`,
  },
  userRows("res_partner", "res.partner", "contacts"),
  userRows("res_users", "res.users", "active users", "t.active", ["active"]),
  userRows("project_project", "project.project", "projects"),
  userRows("project_task", "project.task", "tasks"),
  userRows("crm_lead", "crm.lead", "leads"),
  userRows("hr_employee", "hr.employee", "employees"),
  userRows("product_template", "product.template", "products"),
  userRows("mail_activity", "mail.activity", "activities"),
  // Asset bundles and the values of binary fields of records (icons of menus, for one) are made again by any update.
  userRows("ir_attachment", "ir.attachment", "attachments", "t.res_field IS NULL AND coalesce(t.url, '') NOT LIKE '/web/assets/%'", [
    "res_field",
    "url",
  ]),
];

export async function readInvariants(sql: SqlReader, columns: Readonly<Record<string, ColumnFacts>>): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const invariant of invariants) {
    if (!invariant.columns.every((column) => `${invariant.table}.${column}` in columns)) continue;
    for (const row of await sql.query<{ name: string; value: string }>(invariant.sql)) seen[row.name] = row.value;
  }
  return Object.fromEntries(Object.entries(seen).sort(([a], [b]) => (a < b ? -1 : 1)));
}
