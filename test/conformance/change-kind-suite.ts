import { describe, expect, it } from "vitest";
import type { ChangeKind, PlanningFacts } from "../../src/app/ports/change-kind.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import { canonicalJson, type Json } from "../../src/domain/shared/canonical-json.ts";
import { gates } from "../../src/extensions/gates/registry.ts";
import { steps } from "../../src/extensions/steps/registry.ts";
import { describeItem, stepOf, worldBefore } from "./sample-plans.ts";
import { expectNothingLost } from "./step-suite.ts";

export interface ChangeKindCase {
  readonly name: string;
  readonly spec: Parameters<ChangeKind["validate"]>[0];
  readonly facts: PlanningFacts;
}

const at = "2026-01-15T02:00:00.000Z";

/** What every kind of change promises: a plan that is data, made of registered parts, with a known way back from everywhere. */
export function changeKindConforms(
  kind: ChangeKind,
  cases: readonly ChangeKindCase[],
  problems: readonly (ChangeKindCase & { readonly says: RegExp })[],
): void {
  describe(`change kind ${kind.id}`, () => {
    it.each(problems)("finds the problem: $name", ({ spec, facts, says }) => {
      const found = kind.validate(spec, facts);
      expect(found.map((problem) => problem.message).join("\n")).toMatch(says);
    });

    it("refuses a specification with an unknown key", () => {
      for (const { spec } of cases) expect(kind.spec.safeParse({ ...spec, surplus: 1 }).success).toBe(false);
    });

    describe.each(cases)("$name", ({ spec, facts }) => {
      const make = (id = "C-1", now = at): Plan => kind.plan({ id, spec }, deepFreeze(structuredClone(facts)), now, describeItem);
      const plan = make();

      it("has no problem", () => {
        expect(kind.spec.parse(spec)).toEqual(spec);
        expect(kind.validate(spec, facts)).toEqual([]);
      });

      it("is pure: the same facts give the same bytes, other ones don't", () => {
        expect(bytesOf(make())).toBe(bytesOf(plan));
        expect(bytesOf(make("C-2"))).not.toBe(bytesOf(plan));
        const other = { ...facts, tenant: { ...facts.tenant, databaseOid: facts.tenant.databaseOid + 1 } };
        expect(bytesOf(kind.plan({ id: "C-1", spec }, other, at, describeItem))).not.toBe(bytesOf(plan));
      });

      it("is data: nothing is lost on the way through JSON", () => {
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
        expect(bytesOf(JSON.parse(bytesOf(plan)) as Plan)).toBe(bytesOf(plan));
      });

      it("names registered steps and gates, with inputs that they accept and the sentences that they give", () => {
        expect(plan.items.length).toBeGreaterThan(0);
        for (const item of plan.items) {
          const known = item.type === "step" ? steps.find((step) => step.id === item.id) : gates.find((gate) => gate.id === item.id);
          expect(known, item.id).toBeDefined();
          expect(known?.input.safeParse(item.input).success, item.id).toBe(true);
          expect(item.sentence).toBe(known?.describe(item.input));
          if (item.type === "gate") expect(item.phase).toBe(gates.find((gate) => gate.id === item.id)?.phase);
        }
      });

      it("goes back to a step that is in the plan", () => {
        plan.items.forEach((item, position) => {
          const target = item.type === "step" ? stepOf(item.id).restartFrom : undefined;
          const earlier = plan.items.slice(0, position).map((one) => one.id);
          if (target !== undefined) expect(earlier.some((id) => [target].flat().includes(id))).toBe(true);
        });
      });

      it("says how it would be taken back", () => {
        expect(plan.recovery.sentence).toMatch(/[.]$/);
        expect(plan.createdAt).toBe(at);
      });

      takesEverythingBack(plan);
    });
  });
}

/** From every step before reopening, the undos, last first, end in the world as it was. */
function takesEverythingBack(plan: Plan): void {
  const reversible = plan.items.findIndex(
    (item) => item.id === "reopen" || (item.type === "step" && typeof stepOf(item.id).undo !== "function"),
  );
  const positions = (reversible === -1 ? plan.items : plan.items.slice(0, reversible)).map((_item, position) => position + 1);

  it.each(positions)("is taken back completely after %i items", async (position) => {
    const before = await (await worldBefore(plan, 0)).essence();
    const world = await worldBefore(plan, position);
    world.takeOver();
    for (const item of plan.items.slice(0, position).toReversed()) {
      const step = item.type === "step" ? stepOf(item.id) : null;
      if (typeof step?.undo === "function") await step.undo(world.context(step.needs), item.input);
    }
    expect(await world.essence()).toEqual(before);
    expect([...world.cluster.databases.values()].map((database) => database.name)).toEqual([world.environment.database.name]);
    expect(world.openClones()).toEqual([]);
    expectNothingLost(world);
  });
}

function bytesOf(plan: Plan): string {
  return canonicalJson(plan as unknown as Json);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
