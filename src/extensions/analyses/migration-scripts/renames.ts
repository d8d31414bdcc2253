import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ModuleSource } from "../../../domain/release/module-source.ts";
import type { RegistryField } from "../../../domain/release/registry.ts";

/** A stored field that goes while one of the same kind comes: what looks like a rename is a drop of the column to Odoo. */
export function* renames(
  name: string,
  module: ModuleSource,
  due: ReadonlySet<string>,
  { before, after, tenant }: AnalysisGround,
): Iterable<Finding> {
  if (before === null || module.scripts.some((script) => script.stage === "pre" && due.has(script.file))) return;
  for (const model of after.registry.models.values()) {
    const old = before.registry.models.get(model.name);
    if (old === undefined || old === model || model.type !== "model") continue;
    const gone = [...old.fields.values()].filter((field) => isOwn(field, name) && !model.fields.has(field.name));
    const come = [...model.fields.values()].filter((field) => isOwn(field, name) && !old.fields.has(field.name));
    for (const field of gone) {
      const alike = come.filter((one) => one.columnType === field.columnType && one.comodel === field.comodel && one.type === field.type);
      const successor =
        alike.find((one) => labelOf(one) !== "" && labelOf(one) === labelOf(field)) ?? (alike.length === 1 ? alike[0] : undefined);
      const place = successor?.declared.at(-1);
      if (successor === undefined || place === undefined) continue;
      const rows = tenant?.facts.rows[model.table];
      yield {
        rule: "rename-without-script",
        severity: "warning",
        module: name,
        file: place.file,
        line: place.line,
        what: `${model.name}.${field.name} goes and ${successor.name} of the same type comes; if it is a rename, its values are lost, since no pre script moves them.`,
        meaning: rows === undefined ? null : `The table ${model.table} has about ${rows} rows.`,
        evidence: [`${field.name} → ${successor.name}`, field.type ?? ""],
      };
    }
  }
}

function isOwn(field: RegistryField, module: string): boolean {
  return field.stored === true && field.columnType !== null && field.declared[0]?.module === module;
}

function labelOf(field: RegistryField): string {
  const label = field.attributes["string"];
  return label?.known === true && typeof label.value === "string" ? label.value : "";
}
