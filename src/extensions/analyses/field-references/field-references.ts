import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import { checkView, type ViewFault } from "../../../odoo/analysis/views/check-view.ts";
import { lineIn, type ViewComposer } from "../../../odoo/analysis/views/compose-views.ts";
import { releaseViews } from "../../../odoo/analysis/views/release-views.ts";
import type { SourceView } from "../../../odoo/analysis/views/source-view.ts";
import { viewName, viewPlace } from "../../../odoo/analysis/views/view-place.ts";
import { pythonReferences } from "./python-references.ts";
import { recordReferences } from "./record-references.ts";
import { fieldReferenceRules } from "./rules.ts";
import { missingGroups } from "./view-groups.ts";

/** Do the models, fields, methods and groups exist that views, records and declarations name? */
export const fieldReferences: AnalysisKind = {
  id: "field-references",
  summary: "Fields, methods and groups that views, records and field declarations name and that don't exist",
  rules: fieldReferenceRules,
  *find(ground) {
    yield* viewFindings(ground);
    yield* pythonReferences(ground);
    yield* recordReferences(ground);
  },
};

function* viewFindings(ground: AnalysisGround): Iterable<Finding> {
  const views = releaseViews(ground);
  const groups = missingGroups(ground);
  const seen = new Set<string>();
  for (const primary of views.touched) {
    if (!isChecked(primary, views.after)) continue;
    const { arch } = views.after.compose(primary);
    if (arch === null) continue;
    const faults = checkView(arch, primary.model ?? "", ground.after.registry);
    const old = faults.length === 0 ? new Set<string>() : faultsBefore(primary, ground);
    for (const fault of faults) {
      const origin = views.after.originOf(fault.node) ?? primary;
      const key = `${origin.key} ${keyOf(fault)}`;
      if (seen.has(key) || old.has(keyOf(fault))) continue;
      seen.add(key);
      yield viewFinding(fault, origin, primary, ground);
    }
    yield* groups(arch, primary, views.after, seen);
  }
}

/** Odoo validates what isn't QWeb. */
function isChecked(view: SourceView, composer: ViewComposer): boolean {
  const seen = new Set<string>();
  let at: SourceView | undefined = view;
  while (at !== undefined && at.type === null && at.inherit !== null && !seen.has(at.key)) {
    seen.add(at.key);
    at = composer.views.get(at.inherit);
  }
  return at?.type !== "qweb" && view.model !== null && view.active;
}

function faultsBefore(primary: SourceView, ground: AnalysisGround): ReadonlySet<string> {
  const { before } = releaseViews(ground);
  const old = before?.views.get(primary.key);
  if (before === null || old === undefined || ground.before === null) return new Set();
  const { arch } = before.compose(old);
  return new Set(arch === null ? [] : checkView(arch, old.model ?? "", ground.before.registry).map(keyOf));
}

function keyOf(fault: ViewFault): string {
  return `${fault.kind} ${fault.model} ${fault.name} ${fault.use ?? ""}`;
}

const sentences: Readonly<Record<ViewFault["kind"], (fault: ViewFault) => string>> = {
  "model-missing": ({ model }) => `the model ${model} doesn't exist`,
  "field-missing": ({ model, name, use }) => `${use === null ? "" : `${use}: `}the field ${name} doesn't exist in ${model}`,
  "name-missing": ({ model, name, use }) => `${use}: ${name} is no field of ${model} and isn't in the view`,
  "path-missing": ({ model, name, use }) => `${use}: the path ${name} leads to nothing in ${model}`,
  "method-missing": ({ model, name }) => `a button calls ${name}, which ${model} doesn't have`,
  "label-missing": ({ name }) => `a label is for ${name}, which isn't in the view`,
  "expression-invalid": ({ use }) => `${use} is no expression that a view may have`,
};

function viewFinding(fault: ViewFault, origin: SourceView, primary: SourceView, ground: AnalysisGround): Finding {
  const { after, before, tenant } = ground;
  const had = before?.registry.models.get(fault.model);
  const lost = fault.kind === "field-missing" && had?.fields.has(fault.name) === true;
  return {
    rule: `view-${fault.kind}`,
    severity: "error",
    ...viewPlace(origin, lineIn(origin, fault.node.index), primary.module ?? after.order[0] ?? "base"),
    what: `${viewName(origin)}: ${sentences[fault.kind](fault)}${lost ? ", which the release removes" : ""}.`,
    meaning:
      origin.xmlid === null
        ? "The update passes with a warning, and the view can't be opened afterwards until somebody repairs it."
        : tenant === null
          ? null
          : "The update stops at this view, and the deployment goes back to the old release.",
    evidence: [`view: ${primary.key}`, `model: ${fault.model}`, ...(fault.use === null ? [] : [fault.use.slice(0, 200)])],
    ...(mayBeComputed(ground, fault) ? { unsure: true } : {}),
  };
}

/** Something in the release's code declares in a way that can't be read. */
function mayBeComputed({ after }: AnalysisGround, fault: ViewFault): boolean {
  if (fault.kind === "expression-invalid" || fault.kind === "label-missing") return false;
  return after.registry.unknowns.some((unknown) => after.own.has(unknown.module));
}
