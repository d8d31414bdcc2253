import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ViewFailure } from "../../../odoo/analysis/views/compose-views.ts";
import { releaseViews } from "../../../odoo/analysis/views/release-views.ts";
import type { SourceView } from "../../../odoo/analysis/views/source-view.ts";
import { viewName, viewPlace } from "../../../odoo/analysis/views/view-place.ts";

/** Can every view still be applied to its parent? */
export const viewComposition: AnalysisKind = {
  id: "view-composition",
  summary: "Views that can no longer be applied to the view that they extend, those of the tenant too",
  rules: [
    {
      id: "view-spec-not-located",
      severity: "error",
      title: "A view looks for something that its parent doesn't have",
      why: "Odoo applies every extension whenever it loads one of the views, and gives up when a spec finds nothing: the update stops. A view that no module owns only leads to a warning, and the form is broken for users afterwards.",
      example: '<xpath expr="//field[@name=\'phone2\']" position="after">  <!-- the parent lost phone2 -->',
      remedy:
        "Let the view look for something that is there, or let it go. Views of the tenant have to be changed or set inactive before the release.",
    },
    {
      id: "view-spec-invalid",
      severity: "error",
      title: "A spec of a view isn't one",
      why: "A position that doesn't exist, an expression that is no XPath, a move with content: Odoo raises as soon as the view is loaded.",
      example: '<field name="phone" position="below">',
      remedy: "Correct the spec.",
    },
    {
      id: "view-unreadable",
      severity: "error",
      title: "The architecture of a view isn't well-formed",
      why: "Odoo can't load it, nor anything that is composed with it.",
      example: "<form><field name=phone/></form>",
      remedy: "Correct the XML.",
    },
    {
      id: "view-parent-missing",
      severity: "error",
      title: "A view extends one that is gone",
      why: "The update deletes a view whose xmlid the release no longer has. The database refuses while others extend it, or takes them along.",
      example: "the release drops view_order_form, which a view made with Studio extends",
      remedy: "Change or delete the extending views first.",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

const ruleOf: Readonly<Record<ViewFailure["kind"], string>> = {
  "not-located": "view-spec-not-located",
  invalid: "view-spec-invalid",
  unreadable: "view-unreadable",
  "parent-missing": "view-parent-missing",
};

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const views = releaseViews(ground);
  const seen = new Set<string>();
  for (const primary of views.touched) {
    const composed = views.after.compose(primary);
    for (const failure of composed.failures) {
      const key = keyOf(failure);
      if (seen.has(key)) continue;
      seen.add(key);
      if (isOfMissingModule(failure, views.after.views, ground)) continue;
      // Broken before already, so not of this release.
      const old = views.before?.views.get(primary.key);
      if (old !== undefined && views.before?.compose(old).failures.some((one) => keyOf(one) === key) === true) continue;
      yield finding(failure, primary.module, ground);
    }
  }
}

/** A parent, or one of its own, in a module that isn't there to read: that is said of the module, once, and nothing is known of the view. */
function isOfMissingModule({ kind, view }: ViewFailure, views: ReadonlyMap<string, SourceView>, { after }: AnalysisGround): boolean {
  if (kind !== "parent-missing") return false;
  const met = new Set<string>();
  let parent = view.inherit;
  for (; parent !== null && views.has(parent) && !met.has(parent); parent = views.get(parent)?.inherit ?? null) met.add(parent);
  return parent !== null && !parent.startsWith("#") && !after.universe.has(parent.split(".", 1)[0] ?? "");
}

function keyOf(failure: ViewFailure): string {
  return `${failure.view.key} ${failure.kind} ${failure.spec ?? ""}`;
}

function finding(failure: ViewFailure, module: string | null, { after, tenant }: AnalysisGround): Finding {
  const { view, removedBy } = failure;
  const cause = removedBy === null ? "" : ` ${viewName(removedBy)} took it away.`;
  const what =
    failure.spec === null
      ? `${viewName(view)}: ${failure.why}.`
      : `${viewName(view)} can't be applied to ${failure.primary}: ${failure.spec}: ${failure.why}.${cause}`;
  const parts = [failure.spec, `primary view: ${failure.primary}`, removedBy === null ? null : `removed by: ${removedBy.key}`];
  return {
    rule: ruleOf[failure.kind],
    severity: "error",
    ...viewPlace(view, failure.line, module ?? after.order[0] ?? "base"),
    what,
    meaning: meaningOf(failure, tenant !== null),
    evidence: parts.filter((part) => part !== null),
    // Numbers of records that a person's view names can't be told from xmlids.
    ...(failure.spec !== null && /\b9[0-9]{10}\b/.test(failure.spec) ? { unsure: true } : {}),
  };
}

function meaningOf({ view }: ViewFailure, tenant: boolean): string | null {
  if (view.xmlid === null) return "The update passes with a warning, and the view can't be opened afterwards until somebody repairs it.";
  if (view.ownedByTenant) return "The view was edited in this database, and the edit no longer fits.";
  return tenant ? "The update stops at this view, and the deployment goes back to the old release." : null;
}
