import type { AnalysedSide, AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { DataRecord, ModuleSource } from "../../../domain/release/module-source.ts";

interface Fault {
  readonly rule: "record-model-missing" | "record-field-missing";
  readonly module: string;
  readonly record: DataRecord;
  readonly name: string;
}

/** Models and fields that records of data files name. */
export function* recordReferences(ground: AnalysisGround): Iterable<Finding> {
  const { before, after, tenant } = ground;
  // Without the base most models aren't known.
  if (!after.universe.has("base")) return;
  const now = [...faultsOf(after)];
  if (now.length === 0) return;
  const old = new Set(before === null ? [] : Array.from(faultsOf(before), keyOf));
  for (const fault of now) {
    if (before === null ? !after.own.has(fault.module) : old.has(keyOf(fault))) continue;
    const { record, name, rule, module } = fault;
    const label = record.xmlid ?? `A record of ${record.model}`;
    yield {
      rule,
      severity: "error",
      module,
      file: record.file,
      line: record.line,
      what:
        rule === "record-model-missing"
          ? `${label} is of the model ${record.model}, which doesn't exist.`
          : `${label} gives a value to ${name}, which ${record.model} doesn't have.`,
      meaning: tenant === null ? null : "The update stops at this file, and the deployment goes back to the old release.",
      evidence: [rule === "record-model-missing" ? record.model : `${record.model}.${name}`],
      ...(after.registry.unknowns.some((unknown) => after.own.has(unknown.module)) ? { unsure: true } : {}),
    };
  }
}

function keyOf({ rule, module, record, name }: Fault): string {
  return `${rule} ${module} ${record.file} ${record.xmlid ?? ""} ${record.model} ${name}`;
}

function* faultsOf(side: AnalysedSide): Iterable<Fault> {
  for (const name of side.order) {
    const module: ModuleSource | undefined = side.universe.get(name);
    for (const file of module?.data ?? [])
      for (const entry of file.entries) {
        if (entry.entry !== "record") continue;
        const model = side.registry.models.get(entry.model);
        if (model === undefined) yield { rule: "record-model-missing", module: name, record: entry, name: "" };
        else
          for (const field in entry.values)
            if (!model.fields.has(field)) yield { rule: "record-field-missing", module: name, record: entry, name: field };
      }
  }
}
