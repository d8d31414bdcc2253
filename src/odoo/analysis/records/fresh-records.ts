import type { AnalysedSide } from "../../../app/ports/analysis-kind.ts";
import { graphOf } from "../graph-module.ts";
import { loadRecords } from "./load-records.ts";
import { RecordState } from "./record-state.ts";

/** Written by `base_data.sql`, before there is any module. */
const bootstrapped: Readonly<Record<string, string>> = {
  "base.USD": "res.currency",
  "base.main_company": "res.company",
  "base.main_partner": "res.partner",
  "base.user_root": "res.users",
  "base.group_user": "res.groups",
};

/**
 * What `ir_model_data` would hold after `-i` of the side's modules into an empty database, without demo data.
 *
 * @param models those whose mirrors are of interest; null: all
 */
export function freshRecords(side: AnalysedSide, models: ReadonlySet<string> | null = null): RecordState {
  const state = new RecordState(
    Object.entries(bootstrapped).map(([xmlid, model]) => [xmlid, { model, noupdate: true, identity: `${model} ${xmlid}`, missing: false }]),
  );
  addModuleList(side, state);
  loadRecords(side, state, () => "install", models);
  return state;
}

/**
 * Odoo lists every module that it finds, and makes the categories that they name (`update_list`).
 *
 * @returns xmlids that it adds
 */
export function addModuleList(side: AnalysedSide, state: RecordState): string[] {
  const added: string[] = [];
  const add = (xmlid: string, model: string): void => {
    if (state.get(xmlid) !== undefined) return;
    state.set(xmlid, { model, noupdate: true, identity: `${model} ${xmlid}`, missing: false });
    added.push(xmlid);
  };
  for (const { name, category = "Uncategorized" } of graphOf(side.universe, side.series).values()) {
    add(`base.module_${name}`, "ir.module.module");
    const path = category.split("/");
    for (const depth of path.keys()) add(`base.module_category_${categoryName(path.slice(0, depth + 1))}`, "ir.module.category");
  }
  return added;
}

/** `create_categories` in `modules/db.py`. */
function categoryName(path: readonly string[]): string {
  return path.join("_").toLowerCase().replaceAll("&", "and").replaceAll(" ", "_");
}
