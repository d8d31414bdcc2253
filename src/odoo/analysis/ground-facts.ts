import type { AnalysisGround } from "../../app/ports/analysis-kind.ts";
import { isInstalled } from "./module-universe.ts";

/** What counts as installed: a tenant's modules with their version in the database, else the old side's, whose version their code tells (null). */
export function installedModules({ before, tenant }: AnalysisGround): ReadonlyMap<string, string | null> {
  if (tenant !== null)
    return new Map(
      tenant.facts.modules.filter((module) => isInstalled(module) && !module.imported).map(({ name, version }) => [name, version]),
    );
  return new Map((before?.order ?? []).map((name) => [name, null]));
}

/** Languages that an update loads translations for; null: not known, so any may be active. */
export function activeLanguages({ tenant }: AnalysisGround): readonly string[] | null {
  return tenant?.facts.languages ?? null;
}

/** Modules of the database that have no code on disk and need none. */
export function importedModules({ tenant }: AnalysisGround): ReadonlySet<string> {
  return new Set((tenant?.facts.modules ?? []).filter((module) => module.imported).map((module) => module.name));
}
