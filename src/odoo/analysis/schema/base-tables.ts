import { emptyCatalogue } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { CatalogueSnapshot, ColumnFacts } from "../../../domain/fleet/catalogue-snapshot.ts";
import { primaryKey } from "./definitions.ts";

/** `base/data/base_data.sql`: made before any model; `!` NOT NULL, `=` with a default. */
const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ir_actions: {},
  res_users: {
    company_id: "integer",
    partner_id: "integer",
    active: "boolean=",
    create_date: "timestamp without time zone",
    login: "character varying(64)!",
    password: "character varying=",
  },
  res_groups: { name: "jsonb!" },
  ir_module_category: {
    create_uid: "integer",
    create_date: "timestamp without time zone",
    write_date: "timestamp without time zone",
    write_uid: "integer",
    parent_id: "integer",
    name: "jsonb!",
  },
  ir_module_module: {
    create_uid: "integer",
    create_date: "timestamp without time zone",
    write_date: "timestamp without time zone",
    write_uid: "integer",
    website: "character varying",
    summary: "jsonb",
    name: "character varying!",
    author: "character varying",
    icon: "character varying",
    state: "character varying(16)",
    latest_version: "character varying",
    shortdesc: "jsonb",
    category_id: "integer",
    description: "jsonb",
    application: "boolean=",
    demo: "boolean=",
    web: "boolean=",
    license: "character varying(32)",
    sequence: "integer=",
    auto_install: "boolean=",
    to_buy: "boolean=",
  },
  ir_module_module_dependency: { name: "character varying", module_id: "integer", auto_install_required: "boolean=" },
  ir_model_data: {
    create_uid: "integer",
    create_date: "timestamp without time zone=",
    write_date: "timestamp without time zone=",
    write_uid: "integer",
    res_id: "integer",
    noupdate: "boolean=",
    name: "character varying!",
    module: "character varying!",
    model: "character varying!",
  },
  res_currency: { name: "character varying!", symbol: "character varying!" },
  res_company: {
    name: "character varying!",
    partner_id: "integer",
    currency_id: "integer",
    sequence: "integer",
    create_date: "timestamp without time zone",
  },
  res_partner: { company_id: "integer", create_date: "timestamp without time zone", name: "character varying" },
};

/** By which Odoo's processes tell each other to reload (`orm/registry.py`). */
const signals = ["registry", "assets", "default", "groups", "routing", "stable", "templates"].map((cache) => `orm_signaling_${cache}`);

/** Tables that inherit from `ir_actions`, and so from its sequence. */
const actions = ["ir_act_window", "ir_act_report_xml", "ir_act_url", "ir_act_server", "ir_act_client"];

/** A database in which Odoo has run nothing but the SQL that comes before `base`. */
export function bareCatalogue(): CatalogueSnapshot {
  const columns: Record<string, ColumnFacts> = {};
  const constraints: Record<string, string> = {
    "res_users.res_users_login_key": "UNIQUE (login)",
    "ir_module_category.ir_module_category_parent_id_fkey": "FOREIGN KEY (parent_id) REFERENCES ir_module_category(id) ON DELETE SET NULL",
    "ir_module_module.ir_module_module_category_id_fkey": "FOREIGN KEY (category_id) REFERENCES ir_module_category(id) ON DELETE SET NULL",
    "ir_module_module_dependency.ir_module_module_dependency_module_id_fkey":
      "FOREIGN KEY (module_id) REFERENCES ir_module_module(id) ON DELETE CASCADE",
  };
  const indexes: Record<string, string> = {
    res_users_login_key: "CREATE UNIQUE INDEX res_users_login_key ON public.res_users USING btree (login)",
  };
  const names = [...Object.keys(tables), ...actions, ...signals];
  for (const table of signals) columns[`${table}.date`] = { type: "timestamp without time zone", notNull: false, hasDefault: true };
  for (const table of names) {
    const key = primaryKey(table, ["id"]);
    constraints[`${table}.${key.name}`] = key.constraint;
    indexes[key.name] = key.index;
    columns[`${table}.id`] = { type: "integer", notNull: true, hasDefault: true };
    for (const [column, text] of Object.entries(tables[table] ?? {}))
      columns[`${table}.${column}`] = { type: text.replace(/[!=]$/, ""), notNull: text.endsWith("!"), hasDefault: text.endsWith("=") };
  }
  return {
    ...emptyCatalogue,
    tables: names.sort(),
    sequences: [...Object.keys(tables), ...signals].map((table) => `${table}_id_seq`),
    columns,
    constraints,
    indexes,
  };
}
