import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import { resolveXmlids, type UnsureReference, type XmlidQuestion } from "../../../odoo/analysis/references/resolve-xmlids.ts";
import { isChanged } from "../../../odoo/analysis/update-choice.ts";
import { modulesOf } from "../../../odoo/analysis/views/release-views.ts";

/** Is every record there that a data file refers to, when it is loaded? */
export const xmlidReferences: AnalysisKind = {
  id: "xmlid-references",
  summary: "References of data files to records that aren't there, or not yet",
  rules: [
    {
      id: "xmlid-missing",
      severity: "error",
      title: "A data file refers to a record that doesn't exist",
      why: "Odoo raises ParseError, External ID not found, and the update stops.",
      example: '<field name="group_id" ref="sales_team.group_sale_salesmann"/>',
      remedy: "Correct the name, or add the module that has the record to depends.",
    },
    {
      id: "xmlid-removed",
      severity: "error",
      title: "A data file refers to a record that the release removes",
      why: "The update deletes a record that no file gives any more. What refers to it loses its value, goes with it, or keeps the database from deleting it; a new installation fails.",
      example: '<menuitem id="menu_x" parent="menu_that_went"/>',
      remedy: "Keep the record, or change what refers to it in the same release.",
    },
    {
      id: "xmlid-later",
      severity: "error",
      title: "A data file refers to a record that is loaded after it",
      why: "Files are loaded in the manifest's order, modules after those that they depend on. A new installation fails; an update passes only where the record is in the database already.",
      example: '"data": ["views/menus.xml", "views/actions.xml"]  # the menus name the actions',
      remedy: "Change the order of the files, or of the elements in them.",
    },
    {
      id: "xmlid-undeclared",
      severity: "warning",
      title: "A data file refers to a record of a module that it doesn't depend on",
      why: "It works where the other module happens to be installed and loaded earlier, and fails elsewhere.",
      example: '<field name="inherit_id" ref="sale.view_order_form"/>  <!-- without sale in depends -->',
      remedy: "Add the module to depends.",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const { before, after } = ground;
  const changed = (module: string): boolean => before === null || isChanged(module, before, after);
  const now = resolveXmlids(questionOf(after)).filter(({ module, xmlid }) => changed(module) || changed(xmlid.split(".", 1)[0] ?? ""));
  if (now.length === 0) return;
  const old = new Set(before === null ? [] : resolveXmlids(questionOf(before)).map(keyOf));
  const there = new Set(before === null ? [] : declaredIn(before));
  for (const reference of now) {
    if (before === null ? !after.own.has(reference.module) : old.has(keyOf(reference))) continue;
    // Without the module's sources nothing can be said of its records.
    if (reference.why === "nowhere" && !after.universe.has("base")) continue;
    if (isSkipped(reference, there, before?.order.includes(reference.module) === true)) continue;
    yield finding(reference, there, ground);
  }
}

function questionOf(side: AnalysisGround["after"]): XmlidQuestion {
  return { modules: modulesOf(side), registry: side.registry, universe: side.universe };
}

function declaredIn(side: AnalysisGround["after"]): string[] {
  return modulesOf(side).flatMap((module) =>
    module.data.flatMap((file) => file.entries.flatMap((entry) => (entry.entry === "record" ? (entry.xmlid ?? []) : []))),
  );
}

function keyOf({ module, entry, xmlid, field, why }: UnsureReference): string {
  return `${module} ${entry.file} ${xmlid} ${field ?? ""} ${why}`;
}

/** An entry under noupdate whose record is there isn't looked at in an update. */
function isSkipped({ entry }: UnsureReference, there: ReadonlySet<string>, installed: boolean): boolean {
  if (!installed) return false;
  if (entry.entry === "function") return entry.noupdate;
  return entry.entry === "record" && entry.noupdate && entry.xmlid !== null && there.has(entry.xmlid);
}

function finding(
  { module, entry, xmlid, field, why }: UnsureReference,
  there: ReadonlySet<string>,
  { after, tenant }: AnalysisGround,
): Finding {
  const home = xmlid.split(".", 1)[0] ?? "";
  const here = after.order.includes(home);
  const removed = why === "nowhere" && there.has(xmlid);
  const role = field === null ? "is to change" : `refers in ${field} to`;
  const unsure = why === "nowhere" && after.registry.unknowns.some((unknown) => unknown.module === home);
  const [rule, severity, ending] =
    why === "undeclared"
      ? (["xmlid-undeclared", "warning", `of ${home}, which the module doesn't depend on`] as const)
      : why === "later"
        ? (["xmlid-later", there.has(xmlid) ? "warning" : "error", "which is loaded only after it"] as const)
        : removed
          ? (["xmlid-removed", "error", "which the release removes"] as const)
          : ([
              "xmlid-missing",
              unsure ? "warning" : "error",
              here ? "which doesn't exist" : `and the module ${home} isn't installed`,
            ] as const);
  return {
    rule,
    severity,
    module,
    file: entry.file,
    line: entry.line,
    what: `${nameOf(entry)} ${role} ${xmlid}, ${ending}.`.replace(", of", " of"),
    meaning:
      tenant === null || severity === "warning"
        ? null
        : removed
          ? "The update deletes the record, and what refers to it in this database with it or without it."
          : "The update stops at this file, and the deployment goes back to the old release.",
    evidence: [xmlid],
    ...(unsure ? { unsure } : {}),
  };
}

function nameOf(entry: UnsureReference["entry"]): string {
  if (entry.entry === "function") return `A call of ${entry.model}.${entry.method}`;
  return entry.xmlid === null ? `A record of ${entry.model}` : entry.xmlid;
}
