import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { InstalledModule } from "../../domain/fleet/facts.ts";
import type { Base, ReleaseContent } from "../../domain/release/release.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { shown, type RowMaker } from "./evidence.ts";
import { moduleUniverse } from "./module-universe.ts";

export interface RecordedLagInput {
  readonly modules: readonly Pick<InstalledModule, "name" | "version">[];
  /** The release that serves now; null: none is recorded, so only the base's modules can be compared. */
  readonly serving: ReleaseContent | null;
  readonly base: Base;
  /** What code-only releases raised, as on record. */
  readonly lag: readonly ModuleLag[];
  /** Modules that this change updates: whatever version they have, they get a new one. */
  readonly updated: readonly string[];
}

/** Is the database at the versions of the code that serves it? Exactly what a code-only release left behind may differ. */
export function recordedLagRow(row: RowMaker, input: RecordedLagInput): EvidenceRow {
  const universe = moduleUniverse(input.base, input.serving);
  const different = input.modules.flatMap(({ name, version }) => {
    const code = universe.get(name)?.version;
    return code === undefined || code === version ? [] : [{ name, version, code, known: isRecorded(input.lag, name, version, code) }];
  });
  const unknown = different.filter(({ name, known }) => !known && !input.updated.includes(name));
  const line = ({ name, version, code }: (typeof different)[number]): string =>
    `${name}: ${version ?? "no version"} in the database, ${code} in the code that serves`;
  const recorded = different.filter(({ known }) => known);
  const updated = different.filter(({ name, known }) => !known && input.updated.includes(name));
  return row(
    "versions-as-recorded",
    "The database is at the versions of the code that serves it, but for what code-only releases raised",
    unknown.length === 0 ? "passed" : "failed",
    input.lag.length === 0 ? "equal" : shown(input.lag.map(({ module, database, code }) => `${module}: ${database}, code ${code}`)),
    unknown.length > 0
      ? { notOnRecord: shown(unknown.map(line)) }
      : { asRecorded: shown(recorded.map(line)), updatedNow: shown(updated.map(line)) },
  );
}

function isRecorded(lag: readonly ModuleLag[], name: string, version: string | null, code: string): boolean {
  return lag.some((one) => one.module === name && one.database === version && one.code === code);
}
