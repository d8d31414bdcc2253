import type { AnalysisGround, AnalysisKind, AnalysedTenant } from "../../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../../domain/impact/finding.ts";
import type { Prediction } from "../../../../domain/impact/prediction.ts";
import { predictRecords } from "../predict-records.ts";
import { sideOf, type ModuleParts } from "../test-kit.ts";

type Modules = Readonly<Record<string, ModuleParts>>;

/** Two releases of a test with what happens to their records; `before` null: one tree. */
export function groundOf(
  before: Modules | null,
  after: Modules,
  tenant: AnalysedTenant | null = null,
  own?: readonly string[],
): AnalysisGround {
  const [old, now] = [before === null ? null : sideOf(before, own), sideOf(after, own)];
  return {
    before: old,
    after: now,
    tenant,
    prediction:
      old === null ? null : predicted(predictRecords({ before: old, after: now, tenant, updated: new Set(now.order), installed: [] })),
  };
}

function predicted({ records, uncertain }: Pick<Prediction, "records" | "uncertain">): Prediction {
  const none: readonly string[] = [];
  return {
    plannedClass: "K2",
    difference: {
      ...{ tablesAdded: none, tablesRemoved: none, columnsAdded: none, columnsRemoved: none, columnsRetyped: none, columnsRequired: none },
      ...{
        columnsRelaxed: none,
        constraintsAdded: none,
        constraintsRemoved: none,
        indexesAdded: none,
        indexesRemoved: none,
        recordsAdded: none,
      },
      ...{ recordsRemoved: none, modulesAdded: none, modulesRemoved: none, fieldsRemoved: none, selectionsRemoved: none, rowsLost: none },
      otherChanges: none,
    },
    records,
    uncertain,
    preChecks: [],
  };
}

/** `rule: what` of each finding. */
export function said(kind: AnalysisKind, ground: AnalysisGround): string[] {
  return found(kind, ground).map(({ rule, what }) => `${rule}: ${what}`);
}

/** Its findings; each must name a rule of the analysis, with that rule's severity. */
export function found(kind: AnalysisKind, ground: AnalysisGround): Finding[] {
  return [...kind.find(ground)].map((finding) => {
    const rule = kind.rules.find(({ id }) => id === finding.rule);
    if (rule?.severity !== finding.severity)
      throw new Error(`${finding.rule} isn't a rule of ${kind.id} with severity ${finding.severity}`);
    return finding;
  });
}
