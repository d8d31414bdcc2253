import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding, Severity } from "../../../domain/impact/finding.ts";
import type { ModuleSource, ScriptSource } from "../../../domain/release/module-source.ts";
import { expectedScripts } from "../../../odoo/analysis/expected-scripts.ts";
import { graphOf } from "../../../odoo/analysis/graph-module.ts";
import { installedModules } from "../../../odoo/analysis/ground-facts.ts";
import { renames } from "./renames.ts";
import { migrationScriptRules } from "./rules.ts";

/** Will the migration scripts run, and are they safe to run? */
export const migrationScripts: AnalysisKind = {
  id: "migration-scripts",
  summary: "Migration scripts that never run, and ones that leave a database half done",
  rules: migrationScriptRules,
  find(ground) {
    return findings(ground);
  },
};

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const { before, after } = ground;
  for (const name of [...after.own].sort()) {
    const module = after.universe.get(name);
    if (module === undefined) continue;
    const old = before?.universe.get(name);
    const known = new Set((old?.scripts ?? []).map((script) => script.file));
    const due = dueScripts(name, module, ground);
    for (const script of module.scripts) {
      if (before !== null && known.has(script.file) && !due.has(script.file)) continue;
      yield* scriptFindings(name, script);
      if (old !== undefined && !known.has(script.file) && script.stage !== null && script.versionReadable && !due.has(script.file))
        yield told("script-not-due", "warning", name, script.file, 1, notDue(script, module, old, ground), [script.version]);
    }
    yield* atTheEnd(name, module, due);
    if (old !== undefined) yield* renames(name, module, due, ground);
  }
}

/** Files of scripts that the update runs at this tenant, or at a database that has the old release. */
function dueScripts(name: string, module: ModuleSource, ground: AnalysisGround): ReadonlySet<string> {
  const { before, after } = ground;
  const installed = installedModules(ground);
  const facts = graphOf(after.universe, after.series).get(name);
  if (facts === undefined || before === null || !installed.has(name)) return new Set();
  const from = installed.get(name) ?? graphOf(before.universe, before.series).get(name)?.version ?? null;
  const all = module.scripts.map((script) => script.file);
  const due = expectedScripts({ ...facts, migrationScripts: all }, from, after.series);
  return new Set(all.filter((file) => due.some((one) => file.endsWith(`/${one.version}/${one.file}`))));
}

function notDue(script: ScriptSource, module: ModuleSource, old: ModuleSource, { tenant }: AnalysisGround): string {
  const [from, to] = [old.manifest?.version ?? "none", module.manifest?.version ?? "none"];
  const step = from === to ? `the version stays ${to}` : `the step from ${from} to ${to} doesn't reach it`;
  return `The script is new and won't run${tenant === null ? "" : " here"}: ${step}.`;
}

function* scriptFindings(module: string, script: ScriptSource): Iterable<Finding> {
  const { file, migrate } = script;
  if (!script.versionReadable)
    yield told("script-folder", "error", module, file, 1, `Odoo ignores the folder ${script.version}: it is no version.`, [script.version]);
  else if (script.stage === null)
    yield told("script-name", "warning", module, file, 1, `Odoo ignores the file: its name begins with none of pre-, post- and end-.`, []);
  else if (migrate === null)
    yield told("script-without-migrate", "error", module, file, 1, `The file has no function migrate(cr, version).`, []);
  else {
    const parameters = migrate.parameters;
    // A decorator, such as openupgradelib's, may make another signature of it.
    if ((migrate.decorators ?? []).length === 0 && !isMigrate(parameters))
      yield told(
        "script-signature",
        "error",
        module,
        file,
        migrate.line,
        `Odoo wants migrate(cr, version), not migrate(${parameters.join(", ")}).`,
        parameters,
      );
    for (const call of migrate.calls)
      if (/(?:^|\.)_?cr\.(?:commit|rollback)$/.test(call))
        yield told("script-commits", "warning", module, file, migrate.line, `migrate calls ${call}().`, [call]);
    for (const sql of migrate.sql)
      if (isUnbounded(sql))
        yield told("script-unbounded", "warning", module, file, migrate.line, "A statement changes every row of its table.", [short(sql)]);
  }
}

/** `exec_script` of Odoo 19's `modules/migration.py` takes these names, and no others. */
function isMigrate(parameters: readonly string[]): boolean {
  const names = parameters.map((parameter) => /^\w+/.exec(parameter)?.[0] ?? parameter);
  return names.length === 2 && (names[0] === "cr" || names[0] === "_cr") && (names[1] === "version" || names[1] === "_version");
}

function isUnbounded(sql: string): boolean {
  const text = sql.replace(/\s+/g, " ").trim();
  return (
    /^(?:UPDATE (?:ONLY )?"?\w+|DELETE FROM )/i.test(text) &&
    !/\b(?:WHERE|USING|FROM \(|JOIN|LIMIT)\b/i.test(text.replace(/^DELETE FROM/i, ""))
  );
}

function short(sql: string): string {
  const text = sql.replace(/\s+/g, " ").trim();
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function* atTheEnd(name: string, module: ModuleSource, due: ReadonlySet<string>): Iterable<Finding> {
  for (const { file, stage } of module.scripts)
    if (stage === "end" && due.has(file))
      yield told(
        "script-at-the-end",
        "note",
        name,
        file,
        1,
        "The script runs after all modules are committed; a failure before it leaves it out for good.",
        [],
      );
}

function told(
  rule: string,
  severity: Severity,
  module: string,
  file: string,
  line: number,
  what: string,
  evidence: readonly string[],
): Finding {
  return { rule, severity, module, file, line, what, meaning: null, evidence };
}
