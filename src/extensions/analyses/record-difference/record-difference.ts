import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { RecordPrediction } from "../../../domain/impact/prediction.ts";
import { reflectionModels } from "../../../odoo/analysis/known-noise.ts";
import { shownValue } from "../../../odoo/analysis/records/data-value.ts";
import { declaredBy } from "../../../odoo/analysis/records/declared-values.ts";
import { brokenReferences } from "./broken-references.ts";
import { rules } from "./rules.ts";

/** Which records an update deletes, overwrites or leaves behind. */
export const recordDifference: AnalysisKind = {
  id: "record-difference",
  summary: "Records that an update deletes, edits that it overwrites, and changes that noupdate keeps back",
  rules,
  *find(ground) {
    yield* withoutId(ground);
    if (ground.before === null || ground.prediction === null) return;
    for (const record of ground.prediction.records) if (!reflectionModels.has(record.model)) yield* outcome(record, ground);
    yield* brokenReferences(ground);
    yield* ownViews(ground);
    yield* flips(ground);
  },
};

function place({ xmlid, file, line }: Pick<RecordPrediction, "xmlid" | "file" | "line">): Pick<Finding, "module" | "file" | "line"> {
  return { module: xmlid.slice(0, xmlid.indexOf(".")), file, line };
}

function* outcome(record: RecordPrediction, { before, after, tenant }: AnalysisGround): Iterable<Finding> {
  const { xmlid, model, becomes, fields } = record;
  if (before === null) return;
  const [old, now] = [declaredBy(before).get(xmlid), declaredBy(after).get(xmlid)];
  const values = fields.map((name) => `${name}: ${shownValue(old?.values.get(name))} → ${shownValue(now?.values.get(name))}`);
  // What isn't in the old files any more tells of no line in the new ones.
  const where = becomes === "deleted" ? { ...place(record), file: null, line: null } : place(record);
  if (becomes === "deleted" && model !== "ir.model")
    yield {
      rule: "record-deleted",
      severity: "warning",
      ...where,
      what: `The update deletes ${xmlid} (${model}), which no data file gives any more.`,
      meaning: tenant?.content.editedRecords.includes(xmlid) === true ? "Somebody edited it here, so it is likely to be in use." : null,
      evidence: old === undefined ? [] : [`was in ${old.module}/${old.last.file}, line ${old.last.line}`],
      atLeast: "K5",
    };
  else if (becomes === "overwritten")
    yield {
      rule: "edit-overwritten",
      severity: "warning",
      ...where,
      what: `The update writes the file's values over what a person made of ${xmlid} (${model}).`,
      meaning: fields.length === 0 ? "The file is the same as before; the edit is lost all the same." : null,
      evidence: values,
    };
  else if (becomes === "kept")
    yield {
      rule: "change-kept-back",
      severity: "note",
      ...where,
      what: `${xmlid} (${model}) is different in the files, and keeps its old value where it exists: it is noupdate.`,
      meaning: null,
      evidence: values,
    };
  else if (becomes === "created" && tenant?.content.missingRecords.includes(xmlid) === true)
    yield {
      rule: "deleted-record-returns",
      severity: "warning",
      ...where,
      what: `The update makes ${xmlid} (${model}) again.`,
      meaning: "Somebody deleted it in this database.",
      evidence: [],
    };
}

/** Views of persons and Studio that hang on a deleted view go with it. */
function* ownViews({ tenant, prediction }: AnalysisGround): Iterable<Finding> {
  const views = tenant?.content.views ?? [];
  const gone = new Set(
    prediction?.records.flatMap(({ xmlid, model, becomes }) => (becomes === "deleted" && model === "ir.ui.view" ? [xmlid] : [])),
  );
  const lost = new Map(views.flatMap((view) => (view.xmlid !== null && gone.has(view.xmlid) ? [[view.id, view.xmlid] as const] : [])));
  for (let known = -1; known !== lost.size;) {
    known = lost.size;
    for (const view of views) {
      const cause = view.inheritId === null ? undefined : lost.get(view.inheritId);
      if (cause !== undefined && !lost.has(view.id)) lost.set(view.id, cause);
    }
  }
  for (const view of views) {
    const cause = lost.get(view.id);
    if (view.xmlid !== null || cause === undefined) continue;
    yield {
      rule: "own-view-deleted",
      severity: "error",
      ...place({ xmlid: cause, file: null, line: null }),
      what: `The update deletes ${cause}, and with it every view that extends it.`,
      meaning: `The tenant's own view "${view.name}" is deleted.`,
      evidence: [`ir.ui.view ${view.id}`],
      atLeast: "K5",
    };
  }
}

function* flips({ before, after }: AnalysisGround): Iterable<Finding> {
  if (before === null) return;
  const old = declaredBy(before);
  for (const [xmlid, { noupdate, module, model, last }] of declaredBy(after)) {
    const was = old.get(xmlid);
    if (was === undefined || was.noupdate === noupdate || !after.own.has(module)) continue;
    yield {
      rule: "noupdate-flipped",
      severity: "warning",
      module,
      file: last.file,
      line: last.line,
      what: noupdate
        ? `${xmlid} (${model}) is noupdate now: updates no longer write it, and still delete it once the files don't give it.`
        : `${xmlid} (${model}) is no longer noupdate in the files, but in every database that has it.`,
      meaning: null,
      evidence: [`noupdate: ${was.noupdate} → ${noupdate}`],
    };
  }
}

/** `_load_records`: an update refuses what it couldn't find again. */
function* withoutId({ after }: AnalysisGround): Iterable<Finding> {
  for (const module of after.order) {
    if (!after.own.has(module)) continue;
    for (const entry of after.universe.get(module)?.data.flatMap((file) => file.entries) ?? []) {
      if (entry.entry !== "record" || entry.xmlid !== null || entry.noupdate) continue;
      yield {
        rule: "record-without-id",
        severity: "error",
        module,
        file: entry.file,
        line: entry.line,
        what: `A record of ${entry.model} has no id: the module can be installed, and every update of it fails.`,
        meaning: null,
        evidence: [],
      };
    }
  }
}
