import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import { declaredBy, type DeclaredValues } from "../../../odoo/analysis/records/declared-values.ts";
import { modelOfXmlid } from "../../../odoo/analysis/records/model-of-xmlid.ts";

/** Scheduled and server actions whose code calls a method that the new code hasn't, also where noupdate keeps the old code. */
export function* missingMethods({ before, after, prediction }: AnalysisGround): Iterable<Finding> {
  const kept = new Set(prediction?.records.flatMap(({ xmlid, becomes }) => (becomes === "kept" ? [xmlid] : [])));
  const gone = new Set(prediction?.records.flatMap(({ xmlid, becomes }) => (becomes === "deleted" ? [xmlid] : [])));
  const old = before === null ? new Map<string, DeclaredValues>() : declaredBy(before);
  const now = declaredBy(after);
  for (const [xmlid, model] of new Map([...actionsIn(old), ...actionsIn(now)])) {
    if (gone.has(xmlid)) continue;
    const remains = kept.has(xmlid) || !now.has(xmlid);
    const declared = remains ? old.get(xmlid) : now.get(xmlid);
    const code = declared?.values.get("code");
    const subject = modelOfXmlid(declared?.values.get("model_id"), after.registry);
    if (declared === undefined || code?.kind !== "text" || subject === null || !touches(after.own, declared.module, subject.declared))
      continue;
    for (const name of new Set([...code.text.matchAll(/^\s*model\.(\w+)\(/gm)].map(([, method = ""]) => method))) {
      if (subject.methods.has(name) || !name.startsWith("_")) continue;
      const existed = before?.registry.models.get(subject.name)?.methods.has(name) === true;
      yield {
        rule: "job-method-missing",
        severity: "error",
        module: declared.module,
        file: remains ? null : declared.last.file,
        line: remains ? null : declared.last.line,
        what: `${xmlid} (${model}) calls ${subject.name}.${name}, which ${existed ? "the new code no longer has" : "no class declares"}.`,
        meaning: remains ? "The record stays in the database as it is, so it fails at every run." : null,
        evidence: [code.text.trim().slice(0, 200)],
        unsure: !existed,
      };
    }
  }
}

function actionsIn(declared: ReadonlyMap<string, DeclaredValues>): [string, string][] {
  return [...declared].flatMap(([xmlid, { model }]): [string, string][] =>
    model === "ir.cron" || model === "ir.actions.server" ? [[xmlid, model]] : [],
  );
}

/** Odoo's own actions on Odoo's own models are none of the release's business. */
function touches(own: ReadonlySet<string>, module: string, declared: readonly { readonly module: string }[]): boolean {
  return own.has(module) || declared.some((one) => own.has(one.module));
}
