import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/domain/plan/plan.ts";
import { canonicalJson, type Json } from "../../src/domain/shared/canonical-json.ts";
import { gates } from "../../src/extensions/gates/registry.ts";
import { worldBefore } from "./sample-plans.ts";

/*
 * Plans as earlier versions wrote them, with the digest that people approved. Never edit one: a version that can't run one any
 * more has to refuse it before its first step.
 */
const golden = [
  { file: "release-swap-v1.json", digest: "704ac402d55dc8438c063da65831088d4e30ebdec2d086b6f43ffe4b4b20ba90", servesAfterwards: "g-c-1" },
  { file: "release-record-v1.json", digest: "c516bca45c2227728247da5f2326e234bc6d11832965f9ad1779d68513d1bf06", servesAfterwards: "g1" },
  {
    file: "release-code-only-v1.json",
    digest: "f4e3fe60e9b4762ab8c7900946a87bf07de1eb70f8e284f1d51f7286255333bc",
    servesAfterwards: "g-c-1",
  },
];

describe.each(golden)("the golden plan $file", ({ file, digest, servesAfterwards }) => {
  const json = JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), "utf8")) as Json;
  const plan = json as unknown as Plan;

  it("still has the digest that was approved", () => {
    expect(createHash("sha256").update(canonicalJson(json)).digest("hex")).toBe(digest);
  });

  it("has only gates that are known, with inputs that they take", () => {
    for (const item of plan.items) {
      if (item.type === "gate") expect(gates.find((gate) => gate.id === item.id)?.input.safeParse(item.input).success, item.id).toBe(true);
    }
  });

  it("runs to its end", async () => {
    const world = await worldBefore(plan, plan.items.length);
    const serving = [...world.outputs.values()].flatMap((output) =>
      typeof output === "object" && output !== null && "serving" in output ? [output["serving"]] : [],
    );
    expect(serving).toEqual([expect.objectContaining({ generation: servesAfterwards, release: plan.to.digest })]);
  });
});
