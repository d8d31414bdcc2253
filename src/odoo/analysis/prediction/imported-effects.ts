import type { ImportedCall } from "../../../domain/release/module-source.ts";
import type { Effect } from "./sql-effects.ts";

/** Modules that work on values only. */
const pure =
  /^(?:logging|json|re|datetime|dateutil|itertools|collections|functools|operator|string|textwrap|ast|base64|math|decimal|pytz|uuid|hashlib|copy|contextlib|time|pprint|typing|psycopg2\.sql|markupsafe|packaging)(?:\.|$)/;

/** Odoo's own that only read, or work on values. */
const pureOdoo =
  /^odoo\.(?:_|api\.Environment|(?:fields\.)?Command(?:\.\w+)?|fields\.(?:Command|Date|Datetime|Domain)(?:\.\w+)*|osv\.expression\.\w+|exceptions\.\w+|tools(?:\.\w+)?\.(?:SQL(?:\.identifier)?|parse_version|mute_logger|split_every|groupby|safe_eval\.const_eval|table_exists|column_exists|index_exists|table_columns|table_kind|constraint_definition|get_foreign_keys|has_unaccent|float_\w+|html2plaintext|is_html_empty|str2bool|ormcache|config\.get)|tools\.(?:SQL|config\.get)|release\.\w+)$/;

const odooFunctions: readonly (readonly [RegExp, Effect])[] = [
  [/\.drop_view_if_exists$/, { atLeast: "K3", touches: "views of *" }],
  [/\.(?:create_column|create_model_table|rename_sequence)$/, { atLeast: "K3", touches: "columns of *" }],
  [/\.(?:create_index|create_unique_index|add_index)$/, { atLeast: "K3", touches: "indexes of *" }],
  [/\.(?:add_constraint|add_foreign_key|fix_foreign_key)$/, { atLeast: "K4", touches: "constraints of *" }],
  [/\.set_not_null$/, { atLeast: "K4", touches: "columns of *" }],
  [/\.(?:drop_not_null|drop_constraint|drop_index)$/, { atLeast: "K3", touches: "constraints of *" }],
  [/\.(?:convert_column|convert_column_translatable)$/, { atLeast: "K5", touches: "columns of *" }],
  [/\.(?:convert_file|convert_xml_import|convert_csv_import)$/, { atLeast: "K2", touches: "records of *" }],
];

/** Of `openupgradelib.openupgrade` 3.13. */
const openupgrade: readonly (readonly [RegExp, Effect | null])[] = [
  [
    /^(?:table_exists|column_exists|get_legacy_name|is_module_installed|message|logging|chunked|get_model2table|savepoint|allow_pgcodes|check_values_selection_field|warn_possible_dataloss|migrate)$/,
    null,
  ],
  // Its statement is among the SQL.
  [/^logged_query$/, null],
  [
    /^(?:set_defaults|map_values|rename_field_references|rename_property|date_to_datetime_tz|convert_field_to_html|disable_invalid_filters|update_field_multilang|delete_record_translations)$/,
    { atLeast: "K2", touches: "records of *" },
  ],
  [/^(?:copy_columns|add_columns|copy_fields_multilang)$/, { atLeast: "K3", touches: "columns of *" }],
  [/^(?:add_fields|add_ir_model_fields)$/, { atLeast: "K3", touches: "columns of *" }],
  [/^(?:rename_fields|rename_columns|drop_columns|float_to_integer)$/, { atLeast: "K5", touches: "columns of *" }],
  [/^rename_tables$/, { atLeast: "K5", touches: "tables of *" }],
  [/^(?:remove_tables_fks|lift_constraints|delete_sql_constraint_safely)$/, { atLeast: "K3", touches: "constraints of *" }],
];

/** null: it may do anything; `by its name`: Odoo's own, of which the last name tells. */
export function importedEffects(call: ImportedCall): readonly Effect[] | "by its name" | null {
  const { origin } = call;
  if (pure.test(origin) || pureOdoo.test(origin)) return [];
  const own = /^openupgradelib\.(?:openupgrade(?:_tools)?)\.(\w+)$/.exec(origin)?.[1];
  if (own !== undefined) return openupgradeEffects(own, call);
  if (!/^odoo\.(?!addons\.|upgrade)/.test(origin)) return null;
  const found = odooFunctions.find(([pattern]) => pattern.test(origin));
  return found === undefined ? "by its name" : [found[1]];
}

function openupgradeEffects(name: string, call: ImportedCall): readonly Effect[] | null {
  if (name === "delete_records_safely_by_xml_id") return [{ atLeast: "K5", touches: "records of *" }];
  if (name === "set_xml_ids_noupdate_value") return noupdateEffect(call);
  if (name === "load_data") return [{ atLeast: "K2", touches: "records of *" }];
  const found = openupgrade.find(([pattern]) => pattern.test(name));
  if (found === undefined) return null;
  const tables = tablesOf(name, call);
  const [, effect] = found;
  if (effect === null) return [];
  if (tables === null) return [effect];
  return tables.map((table) => ({ ...effect, touches: effect.touches.replace("*", table) }));
}

/** What is no longer kept is overwritten, or deleted when no file has it. */
function noupdateEffect({ args = [] }: ImportedCall): readonly Effect[] {
  const value = args[3];
  return [{ atLeast: value?.known === true && value.value === true ? "K2" : "K5", touches: "records of *" }];
}

/** null: they aren't written in the call. */
function tablesOf(name: string, { args = [] }: ImportedCall): readonly string[] | null {
  const spec = args[1];
  if (spec?.known !== true) return null;
  const texts = (items: readonly unknown[]): string[] | null =>
    items.every((item) => typeof item === "string") ? [...new Set(items as string[])].sort() : null;
  const { value } = spec;
  if (name === "rename_fields" && Array.isArray(value))
    return texts(value.map((item) => (Array.isArray(item) ? (item[1] as unknown) : null)));
  if (name === "rename_tables" && Array.isArray(value)) return texts(value.flatMap((item) => item as unknown));
  if (/^(?:rename|drop|copy|add)_columns$/.test(name) && value !== null && typeof value === "object" && !Array.isArray(value))
    return Object.keys(value as object).sort();
  return null;
}
