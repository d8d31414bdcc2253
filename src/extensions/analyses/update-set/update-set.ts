import type { AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import { activeLanguages, installedModules } from "../../../odoo/analysis/ground-facts.ts";
import { chooseUpdates } from "../../../odoo/analysis/update-choice.ts";

/** Which installed modules have to be updated, and which changed without need of it. */
export const updateSet: AnalysisKind = {
  id: "update-set",
  summary: "Modules that have to be updated, and modules that changed without need of it",
  rules: [
    {
      id: "update-needed",
      severity: "note",
      title: "The module has to be updated",
      why: "Models, data or scripts changed, and only an update brings them into the database.",
      example: "a new field in models/order.py",
      remedy: "Nothing: the plan names the module in -u.",
    },
    {
      id: "update-needless",
      severity: "note",
      title: "The module changed, and an update would load nothing new",
      why: "New code is served as soon as Odoo is started with it. Updating by versions or file hashes would make users wait.",
      example: "another body of a method",
      remedy: "Nothing: the plan may leave the module out of -u.",
    },
    {
      id: "update-dependents",
      severity: "note",
      title: "Modules are updated because they depend on one that is",
      why: "Odoo updates everything installed that depends on an updated module, which may be most of the database.",
      example: "-u contacts also updates every module that depends on contacts",
      remedy: "Nothing; it takes its time.",
    },
  ],
  *find(ground) {
    const { before, after } = ground;
    if (before === null) return;
    const { safe, minimal, closure, why } = chooseUpdates({
      before,
      after,
      installed: installedModules(ground),
      languages: activeLanguages(ground),
    });
    const needed = new Set(minimal);
    for (const module of safe) {
      const place = { module, file: null, line: null, meaning: null } as const;
      const reasons = why.get(module) ?? [];
      if (needed.has(module))
        yield {
          rule: "update-needed",
          severity: "note",
          ...place,
          what: `The module has to be updated: ${reasons.join("; ")}.`,
          evidence: reasons,
          atLeast: "K2",
        };
      else
        yield {
          rule: "update-needless",
          severity: "note",
          ...place,
          what: "The module changed, and an update would load nothing new.",
          evidence: [],
        };
    }
    const dependents = closure.filter((name) => !safe.includes(name));
    const first = minimal[0];
    // Where an update would load nothing, there need be none.
    if (dependents.length > 0 && first !== undefined)
      yield {
        rule: "update-dependents",
        severity: "note",
        module: first,
        file: null,
        line: null,
        what: `${dependents.length} more ${dependents.length === 1 ? "module is" : "modules are"} updated because of a dependency.`,
        meaning: null,
        evidence: dependents,
      };
  },
};
