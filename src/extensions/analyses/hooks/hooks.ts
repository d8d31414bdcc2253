import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ModuleSource } from "../../../domain/release/module-source.ts";
import { installedModules } from "../../../odoo/analysis/ground-facts.ts";

const file = "__manifest__.py";
const atInstall = ["pre_init_hook", "post_init_hook"];

/** Do hooks exist, and is one written where only a migration script would run? */
export const hooks: AnalysisKind = {
  id: "hooks",
  summary: "Hooks that don't exist, or that never run where the module is installed already",
  rules: [
    {
      id: "hook-not-on-update",
      severity: "warning",
      title: "A hook of the installation is new or changed, and no update runs it",
      why: "pre_init_hook and post_init_hook run when a module is installed, and never again. What they should do to existing databases doesn't happen.",
      example: '"post_init_hook": "fill_codes"  # added to a module that is installed',
      remedy: "Write a migration script that does the same, and raise the version.",
    },
    {
      id: "hook-missing",
      severity: "error",
      title: "The manifest names a hook that the module doesn't have",
      why: "Odoo takes the function from the module's __init__.py and fails when it isn't there: post_load at every start, the others at installation or removal.",
      example: '"post_init_hook": "fill_codes"  # and no such function',
      remedy: "Write the function, or import it in __init__.py.",
    },
    {
      id: "hook-never-runs",
      severity: "warning",
      title: "The module goes without its uninstall hook being run",
      why: "A module whose code is simply taken away isn't uninstalled: its uninstall_hook would have cleaned up.",
      example: '"uninstall_hook": "drop_views"  # of a module that the new release lacks',
      remedy: "Uninstall the module first, in a release that still has it.",
    },
    {
      id: "hook-post-load",
      severity: "note",
      title: "The module changes Odoo itself while it is loaded",
      why: "post_load runs before any model exists and usually replaces functions of Odoo; what it does can't be told without running it, and it affects all databases of the server.",
      example: '"post_load": "patch_mail"',
      remedy: "Rehearse the release.",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const { before, after } = ground;
  const installed = installedModules(ground);
  for (const module of [...after.own].sort()) {
    const source = after.universe.get(module);
    if (source?.manifest === undefined || source.manifest === null) continue;
    const old = before?.universe.get(module) ?? null;
    const place = { module, file, line: null, meaning: null } as const;
    for (const [hook, name] of Object.entries(source.manifest.hooks)) {
      const had = old?.manifest?.hooks[hook];
      if (!defines(source, name))
        yield {
          rule: "hook-missing",
          severity: "error",
          ...place,
          what: `${hook} names ${name}, and no file of the module has such a function.`,
          evidence: [name],
          unsure: source.unknowns.length > 0,
        };
      if (atInstall.includes(hook) && old !== null && installed.has(module) && had !== name)
        yield {
          rule: "hook-not-on-update",
          severity: "warning",
          ...place,
          what: `${hook} is ${had === undefined ? "new" : `now ${name} instead of ${had}`}, and no update runs it.`,
          evidence: [name],
        };
      if (hook === "post_load" && (old === null || had !== name))
        yield {
          rule: "hook-post-load",
          severity: "note",
          ...place,
          what: `${name} changes Odoo itself while the module is loaded.`,
          evidence: [name],
          unsure: true,
        };
    }
  }
  for (const name of [...installed.keys()].sort()) {
    const hook = before?.universe.get(name)?.manifest?.hooks["uninstall_hook"];
    if (hook !== undefined && before?.own.has(name) === true && !after.universe.has(name))
      yield {
        rule: "hook-never-runs",
        severity: "warning",
        module: name,
        file: null,
        line: null,
        what: `The module goes without its uninstall hook ${hook} being run.`,
        meaning: null,
        evidence: [hook],
      };
  }
}

/** Imports may rename; a name that nothing defines but a method of the same name doesn't count. */
function defines({ python }: ModuleSource, name: string): boolean {
  return python.some((one) => one.functions.some((each) => each.name === name));
}
