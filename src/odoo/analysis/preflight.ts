import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { PreflightFacts } from "../../domain/fleet/preflight-facts.ts";
import type { Base, ReleaseContent } from "../../domain/release/release.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { diskNeededBytes } from "./disk-need.ts";
import { rowMaker, shown, type RowMaker } from "./evidence.ts";
import { halfDoneRows } from "./half-done-rows.ts";
import { moduleUniverse } from "./module-universe.ts";
import { compareVersions } from "./odoo-version.ts";
import { clusterRows } from "./preflight-cluster.ts";
import { recordedLagRow, type RecordedLagInput } from "./recorded-lag.ts";

export interface PreflightInput {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly facts: Pick<TenantFacts, "modules">;
  readonly database: PreflightFacts;
  readonly release: ReleaseContent;
  readonly base: Base;
  /** Python packages and programs that installed modules name and the runtime hasn't: `python: xlrd (module a)`; null: it couldn't be asked. */
  readonly missingDependencies: readonly string[] | null;
  /** Can attachments be hard-linked? `why` when not. */
  readonly links: { readonly possible: boolean; readonly why: string | null };
  /** Free bytes where the database's files lie; null: they lie on another machine, or can't be measured. */
  readonly diskFreeBytes: number | null;
  /** Moment of the last known backup, RFC 3339; null: nothing is known. */
  readonly lastBackupAt: string | null;
  /** A transaction older than this would make Odoo's update wait until its own lock timeout of 15 s. */
  readonly transactionMsMax: number;
  /** What serves now, which lag of versions is on record, and which modules this change updates. */
  readonly recorded: Pick<RecordedLagInput, "serving" | "lag" | "updated">;
  /** `code-only`: neither a clone nor an update, so nothing that only those need stands in the way. */
  readonly path?: "code-only" | undefined;
}

export const defaultTransactionMsMax = 10_000;

/** One row for each thing that would make the update fail. Reads only; users aren't affected. */
export function judgePreflight(input: PreflightInput): EvidenceRow[] {
  const records = rowMaker("database records", input.at);
  const release = rowMaker("release and database", input.at);
  const both = [
    ...halfDoneRows(records, { pending: input.database.pendingModules, partiallyUpdated: input.database.partiallyUpdated }),
    presentRow(release, input),
    installableRow(release, input),
    versionsRow(release, input),
    recordedLagRow(release, { modules: withCode(input), base: input.base, ...input.recorded }),
    dependenciesRow(rowMaker("runtime", input.at), input),
  ];
  if (input.path === "code-only") return both;
  return [
    ...both,
    linksRow(rowMaker("file system", input.at), input),
    diskRow(rowMaker("file system", input.at), input),
    ...clusterRows(rowMaker("cluster", input.at), input.database, input.transactionMsMax),
    rowMaker("backups", input.at)(
      "backup-age",
      "When the last backup was made (for information)",
      "passed",
      "known",
      input.lastBackupAt ?? "unknown",
    ),
  ];
}

/** Imported modules and Studio's have no code on disk by design. */
function withCode({ facts }: PreflightInput): { readonly name: string; readonly version: string | null }[] {
  return facts.modules.filter((module) => !module.imported && module.state !== "to install");
}

function presentRow(row: RowMaker, input: PreflightInput): EvidenceRow {
  const universe = moduleUniverse(input.base, input.release);
  const installed = withCode(input);
  const missing = installed.filter((module) => !universe.has(module.name)).map((module) => module.name);
  const outcome = installed.length === 0 ? "inconclusive" : missing.length === 0 ? "passed" : "failed";
  return row(
    "modules-present",
    "The release or the base has code for every installed module",
    outcome,
    { modules: installed.length },
    missing.length === 0 ? { modules: installed.length } : { missing: shown(missing) },
  );
}

function installableRow(row: RowMaker, input: PreflightInput): EvidenceRow {
  const universe = moduleUniverse(input.base, input.release);
  const refused = withCode(input).filter((module) => universe.get(module.name)?.installable === false);
  const names = refused.map((module) => module.name);
  return row(
    "modules-installable",
    "Every installed module may be installed, as its manifest says",
    names.length === 0 ? "passed" : "failed",
    "all",
    names.length === 0 ? "all" : { notInstallable: shown(names) },
  );
}

function versionsRow(row: RowMaker, input: PreflightInput): EvidenceRow {
  const universe = moduleUniverse(input.base, input.release);
  const down = withCode(input).flatMap(({ name, version }) => {
    const next = universe.get(name)?.version;
    return next === undefined || version === null || compareVersions(next, version) >= 0
      ? []
      : [`${name}: ${version} in the database, ${next} in the release`];
  });
  return row(
    "no-downgrade",
    "No module's version would go down",
    down.length === 0 ? "passed" : "failed",
    "none",
    down.length === 0 ? "none" : shown(down),
  );
}

function dependenciesRow(row: RowMaker, { missingDependencies: missing }: PreflightInput): EvidenceRow {
  const title = "Python packages and programs that modules need are there";
  if (missing === null) return row("external-dependencies", title, "errored", "all", "the runtime could not be asked");
  return row(
    "external-dependencies",
    title,
    missing.length === 0 ? "passed" : "failed",
    "all",
    missing.length === 0 ? "all" : { missing: shown(missing) },
  );
}

function linksRow(row: RowMaker, { links }: PreflightInput): EvidenceRow {
  const seen = links.possible ? "possible" : (links.why ?? "not possible");
  return row(
    "hard-links-possible",
    "Attachments can be hard-linked, so that the clone has them without copying",
    links.possible ? "passed" : "failed",
    "possible",
    seen,
  );
}

function diskRow(row: RowMaker, { database, diskFreeBytes }: PreflightInput): EvidenceRow {
  const needed = diskNeededBytes(database);
  const title = "The disk holds three times the database and its write-ahead log";
  if (diskFreeBytes === null) return row("disk-large-enough", title, "inconclusive", { freeBytes: needed }, "unknown");
  return row(
    "disk-large-enough",
    title,
    diskFreeBytes >= needed ? "passed" : "failed",
    { freeBytes: needed },
    { freeBytes: diskFreeBytes },
  );
}
