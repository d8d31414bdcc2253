import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { DatabaseDifference } from "../../../domain/impact/impact.ts";
import type { Prediction, Uncertainty } from "../../../domain/impact/prediction.ts";
import type { Registry } from "../../../domain/release/registry.ts";
import { predictRecords } from "../records/predict-records.ts";
import { predictSchemaUpdate } from "../schema/predict-schema-update.ts";
import { modelsInReach } from "../schema/models-in-reach.ts";
import { freshCatalogue } from "../schema/fresh-catalogue.ts";
import { preChecksFor } from "../schema/pre-checks.ts";
import { touchedModels } from "../schema/touched-models.ts";
import { costOf } from "../schema/update-cost.ts";
import { compareSnapshots, lostRows } from "../snapshot-difference.ts";
import { codeThatRuns, scriptsThatRun } from "./code-that-runs.ts";
import { planClass } from "./planned-class.ts";
import { renamed, renamesOf } from "./renames.ts";
import type { UpdateQuestion } from "./update-question.ts";
import { unknownCode } from "./unknown-code.ts";

/** What an update does to a database: worked out by playing it on the catalogue. */
export function predictUpdate(question: UpdateQuestion): Prediction {
  const { before, after, tenant, updated, installed } = question;
  const modules = new Set([...updated, ...installed]);
  const models = tenant === null ? modelsInReach(before, after, modules) : undefined;
  const catalogue = tenant?.catalogue ?? freshCatalogue(before, models ?? null);
  if (modules.size === 0) {
    const difference = compareSnapshots(catalogue, catalogue);
    return { plannedClass: "K0", difference, records: [], uncertain: [], preChecks: [], reasons: ["No module is updated."], seconds: 0 };
  }
  const trigram = tenant === null ? { trigram: true } : {};
  const early = scriptsThatRun(question).flatMap(({ script }) => (script?.stage === "pre" ? renamesOf(script.migrate) : []));
  const schema = predictSchemaUpdate({
    catalogue: renamed(catalogue, early),
    comparedWith: catalogue,
    before: before.registry,
    after: after.registry,
    modules,
    ...trigram,
  });
  const predicted = predictRecords({ ...question, ...(models === undefined ? {} : { models }) });
  const difference: DatabaseDifference = {
    ...schema.difference,
    ...predicted.difference,
    modulesAdded: installed.filter((name) => !(name in catalogue.modules)).toSorted(),
    rowsLost: rowsLost(catalogue, predicted.difference, after.registry),
  };
  const touched = touchedModels(after.registry, modules);
  const risks = [...codeThatRuns({ before, after, tenant, updated, installed, touched }), ...unknownCode(before, after, modules)];
  const asked = preChecksFor(schema.changes, catalogue, after.registry);
  return {
    ...planClass(difference, schema.changes, [...schema.risks, ...risks], catalogue),
    difference,
    records: predicted.records,
    uncertain: unique([...schema.uncertain, ...predicted.uncertain, ...asked.uncertain, ...risks.flatMap((risk) => risk.uncertain)]),
    preChecks: asked.preChecks,
    seconds: schema.changes.reduce((sum, change) => sum + costOf(change, catalogue).seconds, 0),
  };
}

/** Rows of records with xmlids that go, less those that come. */
function rowsLost(
  catalogue: CatalogueSnapshot,
  records: Pick<DatabaseDifference, "recordsAdded" | "recordsRemoved">,
  registry: Registry,
): string[] {
  const balance = new Map<string, number>();
  const count = (lines: readonly string[], sign: number): void => {
    for (const line of lines) {
      const model = / \(([^()]+)\)$/.exec(line)?.[1] ?? "";
      const table = registry.models.get(model)?.table ?? model.replaceAll(".", "_");
      balance.set(table, (balance.get(table) ?? 0) + sign);
    }
  };
  count(records.recordsAdded, 1);
  count(records.recordsRemoved, -1);
  const rows = { ...catalogue.rows };
  for (const [table, change] of balance) {
    const now = rows[table];
    if (now !== undefined && change < 0) rows[table] = Math.max(0, now + change);
  }
  return lostRows(catalogue, { ...catalogue, rows });
}

function unique(uncertain: readonly Uncertainty[]): Uncertainty[] {
  return [...new Map(uncertain.map((one) => [`${one.touches}|${one.why}`, one])).values()];
}
