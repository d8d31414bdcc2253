import { describe, expect, it } from "vitest";
import { sideOf, type Modules } from "../schema/test-kit.ts";

const registryOf = (modules: Modules): ReturnType<typeof sideOf>["registry"] => sideOf(modules).registry;

describe("what is meant to be too much", () => {
  const chain = (length: number): string =>
    Array.from(
      { length },
      (_, at) => `class A${at}(models.Model):\n    _name = "a${at}"\n    _inherit = ["a${at - 1}"]\n    f${at} = fields.Char()\n`,
    ).join("");

  it("ends in an unknown, and soon", () => {
    const started = performance.now();
    const { unknowns } = registryOf({ acme: `class A(models.Model):\n    _name = "a-1"\n${chain(900)}` });
    expect(unknowns.some(({ kind }) => kind === "too-much-inheritance")).toBe(true);
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 30_000);

  it("related fields that lead on and on end somewhere", () => {
    const fields = Array.from({ length: 5_000 }, (_, at) => `    f${at} = fields.Char(related="a_id.f${at + 1}")\n`).join("");
    expect(
      registryOf({ acme: `class A(models.Model):\n    _name = "a"\n    a_id = fields.Many2one("a")\n${fields}` }).models.get("a")?.fields
        .size,
    ).toBe(5_007);
  });
});
