import { z } from "zod";
import type { ReleaseAnalysis } from "../../domain/impact/analysis.ts";
import type { DatabaseDifference } from "../../domain/impact/impact.ts";
import { releaseReference, resourceName } from "./names.ts";
import type { None, Operation } from "./operation.ts";

const names = z.array(z.string());
const impactClass = z.enum(["K0", "K1", "K2", "K3", "K4", "K5"]);
const severity = z.enum(["error", "warning", "note"]);
const place = { file: z.string(), line: z.int() };
const placeOrNone = { file: z.string().nullable(), line: z.int().nullable() };
const versionOrNull = z.string().nullable();
const tree = z.object({ name: z.string(), series: z.string(), modules: z.int() });

const difference: z.ZodType<DatabaseDifference> = z.object({
  tablesAdded: names,
  tablesRemoved: names,
  columnsAdded: names,
  columnsRemoved: names,
  columnsRetyped: names,
  columnsRequired: names,
  columnsRelaxed: names,
  constraintsAdded: names,
  constraintsRemoved: names,
  indexesAdded: names,
  indexesRemoved: names,
  recordsAdded: names,
  recordsRemoved: names,
  modulesAdded: names,
  modulesRemoved: names,
  fieldsRemoved: names,
  selectionsRemoved: names,
  rowsLost: names,
  otherChanges: names,
});

const prediction = z.object({
  plannedClass: impactClass,
  difference,
  records: z.array(
    z.object({
      xmlid: z.string(),
      model: z.string(),
      becomes: z.enum(["created", "changed", "overwritten", "kept", "deleted", "forgotten"]),
      fields: names,
      ...placeOrNone,
    }),
  ),
  reasons: names.exactOptional(),
  seconds: z.number().exactOptional(),
  uncertain: z.array(z.object({ touches: z.string(), why: z.string() })),
  preChecks: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["duplicates", "nulls", "uncastable", "orphans", "check"]),
      what: z.string(),
      sql: z.string(),
      otherwise: z.enum(["warns", "fails"]),
    }),
  ),
});

/** The stable form of an analysis: fields are added and never taken away. */
export const analysisSchema: z.ZodType<ReleaseAnalysis> = z.object({
  formatVersion: z.literal(1),
  old: tree.nullable(),
  new: tree,
  baseModules: z.int(),
  environment: z.string().nullable(),
  plannedClass: impactClass.nullable(),
  floor: z.boolean(),
  reasons: names,
  changes: z.array(
    z.object({
      module: z.string(),
      change: z.enum(["changed", "added", "removed"]),
      fromVersion: versionOrNull,
      toVersion: versionOrNull,
      installed: z.boolean(),
    }),
  ),
  updates: z.object({ minimal: names, safe: names, closure: names, installs: names }).nullable(),
  expectedScripts: z.array(z.object({ module: z.string(), version: z.string(), stage: z.enum(["pre", "post", "end"]), file: z.string() })),
  prediction: prediction.nullable(),
  rows: z.record(z.string(), z.number()),
  rules: z.array(
    z.object({
      id: z.string(),
      severity,
      title: z.string(),
      why: z.string(),
      remedy: z.string(),
      stops: z.literal(true).exactOptional(),
      concerns: z.enum(["loss", "data", "edits", "unknown"]).exactOptional(),
    }),
  ),
  findings: z.array(
    z.object({
      rule: z.string(),
      severity,
      module: z.string(),
      ...placeOrNone,
      what: z.string(),
      meaning: z.string().nullable(),
      evidence: names,
      atLeast: impactClass.exactOptional(),
      unsure: z.boolean().exactOptional(),
    }),
  ),
  folders: z.record(z.string(), z.string()).exactOptional(),
  unknowns: z.array(z.object({ kind: z.string(), what: z.string(), module: z.string(), ...place })),
});

export interface AnalyseReleaseBody {
  readonly release: string;
  readonly against: string | null;
  readonly environment: string | null;
  readonly modules: readonly string[] | null;
}

const modulesMax = 2_000;

export const analyseRelease: Operation<
  None,
  None,
  AnalyseReleaseBody,
  ReleaseAnalysis,
  { readonly [K in keyof AnalyseReleaseBody]?: AnalyseReleaseBody[K] | undefined } & { readonly release: string }
> = {
  id: "analyseRelease",
  tag: "releases",
  summary: "What a release does, read from its sources and an environment's database; nothing is run",
  method: "post",
  path: "/analyses",
  params: null,
  query: null,
  body: z.strictObject({
    release: releaseReference,
    against: releaseReference.nullable().default(null).describe("Without one: the release that serves in the environment"),
    environment: resourceName.nullable().default(null),
    modules: z
      .array(z.string().regex(/^\w{1,256}$/))
      .min(1)
      .max(modulesMax)
      .nullable()
      .default(null),
  }),
  answer: analysisSchema,
  status: 200,
  slow: true,
};
