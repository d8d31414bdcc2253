import { describe, expect, it } from "vitest";
import type { GateKind } from "../../src/app/ports/step.ts";
import type { DatabaseDifference } from "../../src/domain/impact/impact.ts";
import type { PredictionEvidence } from "../../src/domain/impact/prediction.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import type { EvidenceRow, Verdict } from "../../src/domain/verdict/verdict.ts";
import { gates } from "../../src/extensions/gates/registry.ts";
import type { FakeWorld } from "./fake-world.ts";
import { noDifference } from "./no-difference.ts";
import { predictedFacts, predictedPlan, rehearsalSpec, sampleRehearsal, worldBefore } from "./sample-plans.ts";

const columnAdded: DatabaseDifference = { ...noDifference, columnsAdded: ["project_task.acme_code"] };

function evidenceOf(difference: DatabaseDifference): Json {
  const prediction = { plannedClass: "K3", difference, records: [], uncertain: [], preChecks: [] } as const;
  return { formatVersion: 1, prediction, findings: [] } satisfies PredictionEvidence as unknown as Json;
}

function gateOf(id: string): GateKind {
  const gate = gates.find((one) => one.id === id);
  if (gate === undefined) throw new Error(`no gate is called ${id}`);
  return gate;
}

/** A gate of the plan in a world whose update changed neither schema nor records. */
async function worldAt(plan: Plan, gate: string): Promise<{ world: FakeWorld; input: Record<string, Json> }> {
  const position = plan.items.findIndex(({ id }) => id === gate);
  return { world: await worldBefore(plan, position), input: plan.items[position]?.input as Record<string, Json> };
}

describe("database truth holds the update to what was predicted", () => {
  const gate = gateOf("database-truth");

  async function judged(plan: Plan, predicted: DatabaseDifference, rehearsed?: DatabaseDifference): Promise<EvidenceRow | undefined> {
    const { world, input } = await worldAt(plan, "database-truth");
    const prediction = await world.evidenceStore.put(evidenceOf(predicted));
    const rehearsal =
      rehearsed === undefined
        ? {}
        : {
            rehearsal: {
              deployment: "D-4",
              difference: await world.evidenceStore.put(rehearsed as unknown as Json),
              warnings: await world.evidenceStore.put([]),
            },
          };
    const verdict = await gate.evaluate(world.context(gate.needs), { ...input, prediction, ...rehearsal });
    return verdict.rows.find(({ id }) => id === "differences-as-predicted");
  }

  it("which passes for what was predicted and fails for a wrong prediction, with the lines", async () => {
    expect(await judged(predictedPlan, noDifference)).toMatchObject({ outcome: "passed" });
    expect(await judged(predictedPlan, columnAdded)).toMatchObject({
      outcome: "failed",
      seen: { notPredicted: [], notDone: ["columnsAdded: project_task.acme_code"] },
    });
  });

  it("unless it did exactly what its rehearsal did; another rehearsal excuses nothing", async () => {
    expect(await judged(predictedPlan, columnAdded, noDifference)).toMatchObject({ outcome: "passed", seen: { asRehearsed: "D-4" } });
    expect(await judged(predictedPlan, columnAdded, { ...noDifference, tablesAdded: ["x"] })).toMatchObject({ outcome: "failed" });
  });

  it("and a rehearsal tells, and goes on", async () => {
    const plan = sampleRehearsal(rehearsalSpec, predictedFacts);
    expect(await judged(plan, columnAdded)).toMatchObject({
      outcome: "passed",
      seen: { notDone: ["columnsAdded: project_task.acme_code"] },
    });
  });
});

describe("preflight asks the data what was predicted to matter", () => {
  const gate = gateOf("preflight");

  async function asked(plan: Plan, rows: readonly { readonly example: string; readonly total: number }[]): Promise<Verdict> {
    const { world, input } = await worldAt(plan, "preflight");
    const { answer } = world.cluster;
    const known: readonly (readonly [RegExp, Record<string, unknown>[]])[] = [
      [/GROUP BY code HAVING/, rows.map((one) => ({ ...one }))],
      [/FROM pg_database WHERE datname = current_database/, [{ name: "acme", size: 1, recorded: null, actual: null }]],
      [/rolcreatedb/, [{ role: "odoo", superuser: false, createdb: true, ownsDatabase: true, signalBackend: false }]],
    ];
    world.cluster.answer = (database, sql, parameters) =>
      known.find(([pattern]) => pattern.test(sql))?.[1] ?? answer(database, sql, parameters);
    return gate.evaluate(world.context(gate.needs), input);
  }
  const row = ({ rows }: Verdict): EvidenceRow | undefined => rows.find(({ id }) => id === "pre-check-unique-project-task-code-uniq");
  const duplicates = [{ example: "T-1", total: 1 }];

  it("and fails with the examples; a rehearsal goes on", async () => {
    expect(row(await asked(predictedPlan, []))).toMatchObject({ outcome: "passed" });
    expect(row(await asked(predictedPlan, duplicates))).toMatchObject({ outcome: "failed", seen: { total: 1, examples: ["T-1"] } });
    expect(row(await asked(sampleRehearsal(rehearsalSpec, predictedFacts), duplicates))).toMatchObject({ outcome: "passed" });
  });
});
