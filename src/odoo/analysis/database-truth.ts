import type { CatalogueSnapshot } from "../../domain/fleet/catalogue-snapshot.ts";
import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { UpdateTruth } from "../../domain/fleet/update-truth.ts";
import type { AgreedRemovals, ExpectedScript, Impact } from "../../domain/impact/impact.ts";
import type { Base, ReleaseContent } from "../../domain/release/release.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import type { EvidenceRow, VerdictKind } from "../../domain/verdict/verdict.ts";
import { differenceRows } from "./difference-rows.ts";
import { rowMaker, shown, type RowMaker } from "./evidence.ts";
import { halfDoneRows } from "./half-done-rows.ts";
import { moduleUniverse } from "./module-universe.ts";

/** What the log of an update says. */
export interface UpdateLogFacts {
  readonly scriptsSeen: readonly ExpectedScript[];
  /** Modules that Odoo says it loaded as part of the update. */
  readonly modulesLoaded: readonly string[];
  /** Odoo said that it came to the end. */
  readonly reachedEnd: boolean;
  /** Warnings and errors that no list explains. */
  readonly unexplained: readonly { readonly level: string; readonly logger: string; readonly example: string; readonly count: number }[];
  readonly allowedCount: number;
  /** Part of the log is missing. */
  readonly cut: boolean;
}

export interface DatabaseTruthInput {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly run: { readonly exitCode: number | null; readonly signal: string | null; readonly timedOut: boolean };
  readonly log: UpdateLogFacts;
  readonly impact: Impact;
  readonly release: ReleaseContent;
  readonly base: Base;
  readonly truth: UpdateTruth;
  /** The same of the clone before anything ran on it: what was wrong already isn't the release's doing. */
  readonly truthBefore: UpdateTruth;
  /** The clone before anything ran on it, and after the update. */
  readonly before: CatalogueSnapshot;
  readonly after: CatalogueSnapshot;
  readonly agreedRemovals: AgreedRemovals;
  /** Versions that code-only releases raised; absent: none. */
  readonly lag?: readonly ModuleLag[] | undefined;
  /** What the probe found about views; `inconclusive` when it didn't run. */
  readonly views: { readonly outcome: VerdictKind; readonly seen: Json };
}

/** One row for each thing that must hold of an updated clone. Odoo's exit code is one input among them. */
export function judgeDatabaseTruth(input: DatabaseTruthInput): EvidenceRow[] {
  const log = rowMaker("update log", input.at);
  const catalogue = rowMaker("database catalogue", input.at);
  const records = rowMaker("database records", input.at);
  return [
    exitRow(rowMaker("process", input.at), input),
    endRow(log, input),
    problemsRow(log, input),
    updatedRow(log, input),
    scriptsRow(log, input),
    ...halfDoneRows(records, {
      pending: input.truth.modules.filter((module) => module.state.startsWith("to ")),
      partiallyUpdated: input.truth.partiallyUpdated,
    }),
    versionsRow(records, input),
    constraintsRow(catalogue, input),
    requiredRow(catalogue, input),
    ...differenceRows(input),
    rowMaker("deep probe", input.at)(
      "views-still-combine",
      "The environment's views, own and customised ones too, still combine",
      input.views.outcome,
      "all",
      input.views.seen,
    ),
  ];
}

function exitRow(row: RowMaker, { run }: DatabaseTruthInput): EvidenceRow {
  const ended = run.exitCode === 0 && run.signal === null && !run.timedOut;
  const seen = run.timedOut
    ? "stopped at its time budget"
    : run.signal !== null
      ? `ended by ${run.signal}`
      : (run.exitCode ?? "no exit code");
  return row("exit-code-zero", "Odoo's update ended by itself without an error", ended ? "passed" : "failed", 0, seen);
}

/** The part that is missing of a cut log may hold anything, so it can't pass. */
function endRow(row: RowMaker, { log }: DatabaseTruthInput): EvidenceRow {
  const title = "The log is complete and says that the update came to its end";
  if (log.cut) return row("log-reaches-end", title, "inconclusive", "the whole log", "part of it was cut out");
  return row("log-reaches-end", title, log.reachedEnd ? "passed" : "failed", "the end", log.reachedEnd ? "the end" : "no such line");
}

function problemsRow(row: RowMaker, { log }: DatabaseTruthInput): EvidenceRow {
  const problems = log.unexplained.map(
    (one) => `${one.level} ${one.logger}: ${one.example.slice(0, 300)}${one.count > 1 ? ` (${one.count} times)` : ""}`,
  );
  const seen = problems.length === 0 ? { unexplained: 0, known: log.allowedCount } : shown(problems);
  return row(
    "no-new-log-problems",
    "The update wrote no warning or error that isn't known to be harmless",
    problems.length === 0 ? "passed" : "failed",
    "none",
    seen,
  );
}

function updatedRow(row: RowMaker, { log, impact }: DatabaseTruthInput): EvidenceRow {
  const wanted = [...new Set([...impact.closure, ...impact.installs])].sort();
  const missing = wanted.filter((name) => !log.modulesLoaded.includes(name));
  const outcome = missing.length === 0 ? "passed" : "failed";
  return row(
    "planned-modules-updated",
    "Every module that the plan names was really updated",
    outcome,
    { modules: wanted.length },
    missing.length === 0 ? { modules: wanted.length } : { missing: shown(missing) },
  );
}

function scriptsRow(row: RowMaker, { log, impact }: DatabaseTruthInput): EvidenceRow {
  const seen = new Set(log.scriptsSeen.map(scriptName));
  const expected = new Set(impact.expectedScripts.map(scriptName));
  const missing = [...expected].filter((name) => !seen.has(name));
  const unexpected = [...seen].filter((name) => !expected.has(name));
  const outcome = missing.length > 0 ? "failed" : "passed";
  return row("expected-scripts-ran", "Every migration script that had to run was seen to run", outcome, shown([...expected].sort()), {
    ran: seen.size,
    missing: shown(missing.sort()),
    alsoRan: shown(unexpected.sort()),
  });
}

function scriptName({ module, version, stage, file }: ExpectedScript): string {
  return `${module}/${version}/${file} (${stage})`;
}

function versionsRow(row: RowMaker, { truth, base, release, impact, lag = [] }: DatabaseTruthInput): EvidenceRow {
  const universe = moduleUniverse(base, release);
  const judged = truth.modules.filter((module) => !module.imported);
  // What this update was to update has no excuse.
  const excused = lag.filter((one) => !impact.closure.includes(one.module));
  const wrong = judged
    .filter(({ name, version }) => {
      const code = universe.get(name)?.version;
      return code !== version && !excused.some((one) => one.module === name && one.database === version && one.code === code);
    })
    .map(
      (module) =>
        `${module.name}: ${module.version ?? "no version"} in the database, ${universe.get(module.name)?.version ?? "no code"} on disk`,
    );
  const outcome = judged.length === 0 ? "inconclusive" : wrong.length === 0 ? "passed" : "failed";
  return row(
    "versions-equal-manifests",
    "Every installed module has the version of its manifest",
    outcome,
    { modules: judged.length },
    wrong.length === 0 ? { modules: judged.length } : shown(wrong),
  );
}

function constraintsRow(row: RowMaker, { truth, truthBefore }: DatabaseTruthInput): EvidenceRow {
  const title = "Every constraint and index that Odoo lists exists in PostgreSQL as defined";
  return schemaRow(
    row,
    "listed-constraints-exist",
    title,
    { constraints: truth.constraintCount },
    constraintProblems(truth),
    constraintProblems(truthBefore),
  );
}

function constraintProblems(truth: UpdateTruth): string[] {
  return truth.constraintProblems.map((one) => {
    const what = `${one.type} ${one.name} of ${one.model} (${one.module})`;
    return `${what}: ${one.found === "missing" ? "PostgreSQL has none" : "PostgreSQL has another one"}${one.definition === null ? "" : `; Odoo lists ${one.definition}`}`;
  });
}

function requiredRow(row: RowMaker, { truth, truthBefore }: DatabaseTruthInput): EvidenceRow {
  return schemaRow(
    row,
    "required-fields-not-null",
    "Every required stored field is NOT NULL in PostgreSQL",
    { fields: truth.requiredCount },
    requiredProblems(truth),
    requiredProblems(truthBefore),
  );
}

function requiredProblems(truth: UpdateTruth): string[] {
  return [
    ...truth.requiredWithoutNotNull.map((column) => `${column} may be empty`),
    ...truth.requiredWithoutColumn.map((field) => `${field} has no column`),
  ];
}

/** What was wrong before the update is shown and doesn't count; nothing counted at all is no evidence. */
function schemaRow(
  row: RowMaker,
  id: string,
  title: string,
  counted: Readonly<Record<string, number>>,
  now: readonly string[],
  before: readonly string[],
): EvidenceRow {
  const fresh = now.filter((problem) => !before.includes(problem));
  const known = now.filter((problem) => before.includes(problem));
  const none = Object.values(counted).every((count) => count === 0);
  const outcome = none ? "inconclusive" : fresh.length === 0 ? "passed" : "failed";
  const seen = fresh.length > 0 ? shown(fresh) : known.length > 0 ? { ...counted, wrongBeforeToo: shown(known) } : counted;
  return row(id, title, outcome, counted, seen);
}
