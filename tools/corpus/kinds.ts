import { compareSnapshots } from "../../src/odoo/analysis/snapshot-difference.ts";
import type { Actual } from "./compare.ts";
import { changedPaths, versionDiffers, type ModuleFiles } from "./module-files.ts";
import type { ChangeKind, Pair } from "./sample.ts";

/** What a pair changes: what the files show, and what the updated database does. */
export function kindsOf(pair: Pair, files: { readonly before: ModuleFiles; readonly after: ModuleFiles }, actual: Actual): Set<ChangeKind> {
  const paths = changedPaths(files.before, files.after).filter(
    (path) => !/^(README\.rst|readme\/|static\/description\/|tests\/)/.test(path),
  );
  const loaded = paths.filter((path) => path !== "__manifest__.py");
  const only = (pattern: RegExp): boolean => loaded.length > 0 && loaded.every((path) => pattern.test(path));
  const difference = compareSnapshots(actual.before, actual.after);
  const fields = (side: "before" | "after"): string[] => Object.keys(actual[side].fields);
  const added = fields("after").filter((name) => !(name in actual.before.fields));
  const retyped = fields("after").some((name) => {
    const old = actual.before.fields[name];
    return old !== undefined && old.kind.split(" ")[0] !== actual.after.fields[name]?.kind.split(" ")[0];
  });
  const changed = Object.entries(actual.changed);
  const edited = new Set(actual.edited);
  const selections = Object.keys(actual.after.selections).some((name) => !(name in actual.before.selections));
  const has: Readonly<Record<ChangeKind, boolean>> = {
    "field added": added.some((name) => actual.before.models[name.slice(0, name.lastIndexOf("."))] !== undefined),
    "field removed": difference.fieldsRemoved.length > 0,
    "field retyped": (retyped && paths.some((path) => path.endsWith(".py"))) || difference.columnsRetyped.length > 0,
    "model added": Object.keys(actual.after.models).some((model) => !(model in actual.before.models)),
    "selection changed": selections || difference.selectionsRemoved.length > 0,
    "constraint or index changed": [
      ...difference.constraintsAdded,
      ...difference.constraintsRemoved,
      ...difference.indexesAdded,
      ...difference.indexesRemoved,
    ].some((line) => !/: (FOREIGN KEY|PRIMARY KEY|NOT NULL)/.test(line)),
    "view changed": changed.some(([, { model, fields: names }]) => model === "ir.ui.view" && "arch_db" in names),
    "record added": difference.recordsAdded.length > 0,
    "record removed": difference.recordsRemoved.length > 0,
    "record kept by noupdate": actual.edited.some((xmlid) => actual.before.records[xmlid]?.noupdate === true && !(xmlid in actual.changed)),
    "edit overwritten": changed.some(([xmlid]) => edited.has(xmlid)),
    "depends changed": dependsOf(files.before) !== dependsOf(files.after),
    "migration script": paths.some((path) => /^(migrations|upgrades)\/.*\.py$/.test(path)),
    "python only": only(/\.py$/),
    "translations only": only(/^i18n\//),
    "assets only": only(/^static\//),
    "same version": !versionDiffers(pair.from, pair.to),
  };
  return new Set((Object.keys(has) as ChangeKind[]).filter((kind) => has[kind]));
}

const dependsOf = (files: ModuleFiles): string =>
  /["']depends["']\s*:\s*\[[^\]]*\]/.exec(files.get("__manifest__.py") ?? "")?.[0].replaceAll(/\s/g, "") ?? "";
