import type { ExpectedScript } from "../../domain/impact/impact.ts";
import type { ModuleFacts } from "../../domain/release/release.ts";
import { compareParsed, compareVersions, parseVersion } from "./odoo-version.ts";

/**
 * The migration scripts that Odoo 19 runs when a module goes from the version in the database to its manifest's
 * (`odoo/modules/migration.py`). Scripts on an `--upgrade-path` belong to no module and aren't seen here.
 *
 * @param series `19.0`
 */
export function expectedScripts(
  module: Pick<ModuleFacts, "name" | "version" | "migrationScripts">,
  databaseVersion: string | null,
  series: string,
): ExpectedScript[] {
  const scripts = module.migrationScripts.flatMap((path) => scriptOf(module.name, path) ?? []);
  const due = scripts.filter((script) => runs(script.version, databaseVersion ?? "", module.version, series));
  return due.sort((a, b) => compareScripts(a, b, series));
}

/** Optional series in front, then exactly two or three parts (Odoo's VERSION_RE). */
const versionFolder =
  /^((6\.1|[6-9]\.0|[1-9][0-9]+\.0|(7|8|9|10)\.saas~[1-9][0-9]*|saas~(1[1-9]|[2-9][0-9]+)\.[1-9])\.)?[0-9]+\.[0-9]+(\.[0-9]+)?$/;

const scriptPath = /^(?:migrations|upgrades)\/([^/]+)\/((pre|post|end)-[^/]*\.py)$/;

function scriptOf(module: string, path: string): ExpectedScript | null {
  const match = scriptPath.exec(path);
  if (match === null) return null;
  const [, version, file, stage] = match as unknown as [string, string, string, ExpectedScript["stage"]];
  return versionFolder.test(version) ? { module, version, stage, file } : null;
}

/** Odoo puts the series in front of everything that has fewer than four parts. */
function withSeries(version: string, series: string): string {
  if (version === "0.0.0" || version.split(".").length > 3) return version;
  return `${series}.${version}`;
}

function runs(folder: string, databaseVersion: string, manifestVersion: string, series: string): boolean {
  const installed = parseVersion(databaseVersion);
  const current = parseVersion(withSeries(manifestVersion, series));
  if (folder === "0.0.0") return compareParsed(installed, current) < 0;
  const full = withSeries(folder, series);
  const script = parseVersion(full);
  // Without a series only the module's own part counts: a move to another series must not run such scripts again.
  const skip = folder === full ? 0 : 2;
  const [from, at, to] = [installed.slice(skip), script.slice(skip), current.slice(skip)];
  return compareParsed(from, at) < 0 && compareParsed(at, to) <= 0;
}

const stages: readonly ExpectedScript["stage"][] = ["pre", "post", "end"];

/** By stage, then as Odoo orders them: `0.0.0` first in pre and last in post and end, then version, then file name. */
function compareScripts(a: ExpectedScript, b: ExpectedScript, series: string): number {
  const byStage = stages.indexOf(a.stage) - stages.indexOf(b.stage);
  if (byStage !== 0) return byStage;
  if (a.version !== b.version && (a.version === "0.0.0" || b.version === "0.0.0"))
    return (a.version === "0.0.0") === (a.stage === "pre") ? -1 : 1;
  const byVersion = compareVersions(withSeries(a.version, series), withSeries(b.version, series));
  if (byVersion !== 0) return byVersion;
  return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
}
