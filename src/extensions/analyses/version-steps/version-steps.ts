import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import { graphOf } from "../../../odoo/analysis/graph-module.ts";
import { activeLanguages, installedModules } from "../../../odoo/analysis/ground-facts.ts";
import { compareVersions } from "../../../odoo/analysis/odoo-version.ts";
import { chooseUpdates } from "../../../odoo/analysis/update-choice.ts";

const file = "__manifest__.py";

/** Do versions go up where something changed, and only there? Odoo runs scripts by versions and nothing else. */
export const versionSteps: AnalysisKind = {
  id: "version-steps",
  summary: "Versions that go down, stay though the module changed, or rise though nothing did",
  rules: [
    {
      id: "version-goes-down",
      severity: "error",
      title: "The version goes down",
      why: "Odoo has no scripts for the way back: the database keeps what the newer version made of it, and the next rise runs scripts a second time.",
      example: '"version": "19.0.1.2.0"  # the database has 19.0.1.3.0',
      remedy: "Give the module a version above the one in the database.",
    },
    {
      id: "version-not-raised",
      severity: "warning",
      title: "The module must be updated, but its version stays",
      why: "Tools that update what has a higher version, Odoo.sh among them, pass the module over; migration scripts of it don't run.",
      example: 'a new field, and "version": "19.0.1.0.0" as before',
      remedy: "Raise the version.",
    },
    {
      id: "scripts-silent",
      severity: "error",
      title: "Migration scripts are new, but none of them will run",
      why: "Odoo runs the scripts between the version in the database and that of the manifest. Without a step upwards there are none.",
      example: 'migrations/19.0.1.1.0/pre-rename.py, and "version": "19.0.1.0.0"',
      remedy: "Raise the version to at least that of the script's folder.",
    },
    {
      id: "version-raised-alone",
      severity: "note",
      title: "The version rises, but an update would load nothing new",
      why: "Whoever updates by versions makes users wait for nothing.",
      example: '"version": "19.0.1.0.1"  # only a method changed',
      remedy: "Leave the module out of the update; its version in the database follows with the next one.",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const { before, after, tenant } = ground;
  const installed = installedModules(ground);
  const now = graphOf(after.universe, after.series);
  const old = before === null ? null : graphOf(before.universe, before.series);
  const place = (module: string): Pick<Finding, "module" | "file" | "line"> => ({ module, file, line: null });
  for (const [module, recorded] of [...installed].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [from, to] = [recorded ?? old?.get(module)?.version, now.get(module)?.version];
    if (from === undefined || to === undefined || compareVersions(to, from) >= 0) continue;
    const where = tenant === null ? "the old release" : "the database";
    yield {
      rule: "version-goes-down",
      severity: "error",
      ...place(module),
      what: `The version goes down from ${from} in ${where} to ${to}.`,
      meaning: null,
      evidence: [`before ${from}`, `after ${to}`],
    };
  }
  if (before === null) return;
  const { changes, why, minimal } = chooseUpdates({ before, after, installed, languages: activeLanguages(ground) });
  for (const { module, change, fromVersion, toVersion, installed: here } of changes) {
    if (change !== "changed" || !here || fromVersion === null || toVersion === null) continue;
    const [source, earlier] = [after.universe.get(module), before.universe.get(module)];
    const known = new Set((earlier?.scripts ?? []).map((script) => script.file));
    const scripts = (source?.scripts ?? []).filter((script) => script.stage !== null && !known.has(script.file));
    const stays = toVersion === fromVersion;
    if (stays && scripts.length > 0)
      yield {
        rule: "scripts-silent",
        severity: "error",
        module,
        file: scripts[0]?.file ?? file,
        line: null,
        what: `New migration scripts, but the version stays ${toVersion}: none of them will run.`,
        meaning: null,
        evidence: scripts.map((script) => script.file),
      };
    else if (stays && minimal.includes(module))
      yield {
        rule: "version-not-raised",
        severity: "warning",
        ...place(module),
        what: `The module has to be updated, but its version stays ${toVersion}.`,
        meaning: null,
        evidence: why.get(module) ?? [],
      };
    if (compareVersions(toVersion, fromVersion) > 0 && !minimal.includes(module))
      yield {
        rule: "version-raised-alone",
        severity: "note",
        ...place(module),
        what: `The version rises from ${fromVersion} to ${toVersion}, but an update would load nothing new.`,
        meaning: null,
        evidence: [],
      };
  }
}
