import { expect, test } from "vitest";
import { chosenTiers, commands, usage } from "./commands.mjs";

const known = ["types", "unit", "store", "e2e"];

test("without --only every tier is chosen", () => {
  expect(chosenTiers([], known)).toEqual(known);
});

test("--only chooses in the order of the tiers", () => {
  expect(chosenTiers(["--only", "e2e,unit"], known)).toEqual(["unit", "e2e"]);
});

test.each([[["--only", "nope"]], [["--only"]], [["--only", ""]], [["--fast"]], [["--only", "unit", "more"]]])("%j is refused", (args) => {
  expect(() => chosenTiers(args, known)).toThrow();
});

test("the usage names every command", () => {
  for (const name of Object.keys(commands)) expect(usage()).toContain(`  ${name}`);
});
