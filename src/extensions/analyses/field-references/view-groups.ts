import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ArchNode } from "../../../odoo/source/arch-node.ts";
import { lineIn, type ViewComposer } from "../../../odoo/analysis/views/compose-views.ts";
import { modulesOf } from "../../../odoo/analysis/views/release-views.ts";
import type { SourceView } from "../../../odoo/analysis/views/source-view.ts";
import { viewName, viewPlace } from "../../../odoo/analysis/views/view-place.ts";

type Check = (arch: ArchNode, primary: SourceView, composer: ViewComposer, seen: Set<string>) => Iterable<Finding>;

/** `base.group_user` and what Odoo makes without a data file. */
const madeByOdoo = ["base.group_user"];

/** Groups that files declare. */
export function declaredGroups({ after }: AnalysisGround): ReadonlySet<string> {
  const groups = new Set(madeByOdoo);
  for (const module of modulesOf(after))
    for (const file of module.data)
      for (const entry of file.entries)
        if (entry.entry === "record" && entry.model === "res.groups" && entry.xmlid !== null) groups.add(entry.xmlid);
  return groups;
}

/** Odoo only warns, and nobody sees what such a group should see. */
export function missingGroups(ground: AnalysisGround): Check {
  let declared: ReadonlySet<string> | null = null;
  return function* check(arch, primary, composer, seen) {
    for (const node of arch.elements()) {
      for (const written of (node.get("groups") ?? "").split(",")) {
        const name = written.trim().replace(/^!/, "");
        const module = name.split(".", 1)[0] ?? "";
        if (!name.includes(".")) continue;
        declared ??= declaredGroups(ground);
        if (declared.has(name)) continue;
        const origin = composer.originOf(node) ?? primary;
        if (seen.has(`${origin.key} ${name}`)) continue;
        seen.add(`${origin.key} ${name}`);
        yield {
          rule: "view-group-missing",
          severity: "warning",
          ...viewPlace(origin, lineIn(origin, node.index), primary.module ?? "base"),
          what: `${viewName(origin)} names the group ${name}, which ${ground.after.order.includes(module) ? "doesn't exist" : "belongs to a module that isn't installed"}.`,
          meaning: null,
          evidence: [name],
          unsure: !ground.after.universe.has(module),
        };
      }
    }
  };
}
