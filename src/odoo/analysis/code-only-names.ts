import type { PythonDecorator } from "../../domain/release/source-model.ts";

/**
 * Methods that Odoo calls while it loads modules, builds its registry or writes down what the code declares (`odoo/orm/registry.py`,
 * `odoo/orm/models.py`, `odoo/modules/loading.py`, `odoo/addons/base/models/ir_model.py`).
 */
const loadTimeMethods =
  /^(?:init|_auto_init|_init_column|_table_query|_table_sql|_register_hook|_unregister_hook|_post_model_setup__|_parent_store_compute|_check_parent_path|_create_parent_columns|_add_sql_constraints|_execute_sql|_inherits_check|_add_inherited_fields|_add_magic_fields|_build_model\w*|_setup_(?:base|fields|complete|models|attrs|done|definition)\w*|_prepare_setup\w*|_reflect_\w+|_process_end\w*|_load_records\w*|_update_xmlids|_load_module_terms|_populate\w*|__init_subclass__|__set_name__|__new__|__init__|__setattr__|__getattr__|__getattribute__|_add_field|_pop_field|_update_from_terp|_update_translations|_validate_module_views|_get_template_data|_theme_\w+|_post_copy)$/;

export function isLoadTimeMethod(name: string): boolean {
  return loadTimeMethods.test(name);
}

/**
 * Models that Odoo works with while it loads a module, so that anything of them can change what comes of it: the registry's own
 * records, `base` (a part of every model), charts of accounts and website themes.
 */
const loadingModels = /^(?:base|ir\.model(?:\..+)?|ir\.module\.module(?:\..+)?|account\.chart\.template|theme\.utils)$/;

export function isLoadingModel(name: string): boolean {
  return loadingModels.test(name);
}

const plainDecorators =
  /^(?:api\.(?:depends|depends_context|constrains|onchange|model|model_create_multi|ondelete|autovacuum|returns|private|readonly|deprecated)|http\.route|route|property|staticmethod|classmethod|contextmanager|contextlib\.contextmanager|lru_cache|functools\.(?:lru_cache|wraps)|wraps|tools\.ormcache|ormcache|tools\.ormcache_context|ormcache_context|tools\.conditional|typing\.override|override|\w+\.setter)$/;

/** A decorator that leaves nothing in the database. */
export function isPlainDecorator(decorator: PythonDecorator): boolean {
  return plainDecorators.test(decorator.name);
}
