import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { Registry, RegistryField } from "../../../domain/release/registry.ts";
import { xmlidsIn } from "../../../odoo/analysis/records/data-value.ts";
import { declaredBy } from "../../../odoo/analysis/records/declared-values.ts";

/** References in the new files to records that the update deletes at its end. */
export function* brokenReferences({ after, prediction }: AnalysisGround): Iterable<Finding> {
  const deleted = new Map(prediction?.records.flatMap((one) => (one.becomes === "deleted" ? [[one.xmlid, one] as const] : [])));
  if (deleted.size === 0) return;
  for (const [xmlid, { model, values, last, module }] of declaredBy(after)) {
    if (deleted.has(xmlid)) continue;
    for (const [name, value] of values)
      for (const target of xmlidsIn(value)) {
        if (!deleted.has(target)) continue;
        const field = after.registry.models.get(model)?.fields.get(name);
        yield {
          rule: "deleted-record-referenced",
          severity: "error",
          module,
          file: last.file,
          line: last.line,
          what: `${name} of ${xmlid} (${model}) refers to ${target}, which the update deletes: ${effect(field, after.registry)}`,
          meaning: null,
          evidence: [`${target} (${deleted.get(target)?.model})`],
          atLeast: "K5",
        };
      }
  }
}

/** What the database does (`Many2one`, `Many2many` in `orm/fields_relational.py`). */
function effect(field: RegistryField | undefined, { models }: Registry): string {
  if (field?.type === "many2many") return "the link goes.";
  if (field?.type !== "many2one") return "what becomes of it can't be told.";
  const written = field.attributes["ondelete"];
  const transient = models.get(field.comodel ?? "")?.type === "transient";
  const rule = written?.known === true ? written.value : field.required === true ? (transient ? "cascade" : "restrict") : "set null";
  if (rule === "cascade") return "this record is deleted as well.";
  return rule === "restrict" ? "the database refuses, and the whole update fails." : "the field becomes empty.";
}
