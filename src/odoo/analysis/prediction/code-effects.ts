import type { FunctionDeclaration } from "../../../domain/release/module-source.ts";
import { importedEffects } from "./imported-effects.ts";
import { sqlEffects, type Effect } from "./sql-effects.ts";

/** What code that Odoo runs once may do, from what it calls and from the SQL in it. */
export interface CodeEffects {
  readonly effects: readonly Effect[];
  /** Calls of which nothing is known; sorted. */
  readonly unreadable: readonly string[];
}

export type Run = Pick<FunctionDeclaration, "calls" | "sql" | "imported" | "unclear">;

const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const executes = names("execute executemany execute_values execute_batch logged_query execute_query execute_query_dict");

/** Without a dot in front: Python's own, and what only makes values. */
const bare = names(`
  len range enumerate zip print set list dict tuple str int float bool any all min max sum next iter isinstance hasattr getattr sorted super
  reversed map filter frozenset repr round abs divmod ValueError KeyError TypeError Exception migrate _
`);

/** Methods that only read, log, or work on values. */
const harmless = names(`
  getLogger info debug warning error exception Environment env ref search search_fetch search_read search_count read read_group _read_group
  browse exists filtered filtered_domain mapped sorted ensure_one sudo with_context with_company with_user fetchall fetchone fetchmany
  dictfetchall dictfetchone _get get items keys values append extend add update pop join split rsplit strip lstrip rstrip format replace
  startswith endswith lower upper encode decode setdefault index count union intersection difference fromkeys most_common SQL identifier
  table_exists column_exists index_exists constraint_exists get_columns parse_version flush_all flush_model flush_recordset invalidate_all
  invalidate_model invalidate_recordset clear_cache commit savepoint mogrify grouped get_param get_xml_id get_external_id
`);

/** Writes records, nothing else. */
const writes = names(`
  write create _write copy set_param toggle_active action_archive action_unarchive load_data convert_file _recompute_recordset
  _recompute_model add_to_compute recompute modified message_post update_record set_xml_ids_noupdate_value copy_columns map_values
  _update_xmlids get_legacy_name next_by_code next_by_id
`);

/** Adds to the schema. */
const expands = /^(?:create_column|add_columns|add_fields|create_index|add_xmlid|create_model_table|init|_auto_init|_reflect_\w+)$/;

const destroys =
  /^(?:unlink|_?drop_\w+|delete_\w+|rename_\w+|remove_\w+|uninstall\w*|button_(?:immediate_)?uninstall|module_uninstall|merge_\w+|lift_constraints|float_to_integer|convert_(?!file$)\w+)$/;

const anything: Effect = { atLeast: "K5", touches: "*" };

/** @param run null: its code can't be found or read, so it may do anything */
export function codeEffects(run: Run | null): CodeEffects {
  if (run === null) return { effects: [anything], unreadable: [] };
  const effects: Effect[] = run.sql.flatMap(sqlEffects);
  const unreadable = new Set<string>(run.unclear);
  if (unreadable.size > 0) effects.push(anything);
  const unread = (call: string): void => {
    unreadable.add(call);
    effects.push(anything);
  };
  const imported = new Set<string>();
  for (const call of run.imported ?? []) {
    const known = importedEffects(call);
    // Of a library of Odoo's own, the names below tell.
    if (known === "by its name") continue;
    imported.add(call.name);
    if (known === null) unread(call.name);
    else effects.push(...known);
  }
  for (const call of run.calls) {
    if (imported.has(call)) continue;
    const effect = effectOf(call, run.sql.length > 0 || run.unclear !== undefined);
    if (effect === null) unread(call);
    else effects.push(...effect);
  }
  return { effects, unreadable: [...unreadable].sort() };
}

/** null: nothing is known of it. */
function effectOf(call: string, hasSql: boolean): readonly Effect[] | null {
  const name = call.slice(call.lastIndexOf(".") + 1);
  // What isn't clear of it was said already.
  if (executes.has(name)) return hasSql ? [] : null;
  if (destroys.test(name)) return [anything];
  if (expands.test(name)) return [{ atLeast: "K3", touches: "columns of *" }];
  if (writes.has(name) || name.startsWith("_compute_")) return [{ atLeast: "K2", touches: "records of *" }];
  return (call.includes(".") ? harmless : bare).has(name) ? [] : null;
}
