import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { cliReferenceFile, renderCliReference } from "./cli-reference.ts";

it("docs/reference/cli.md is what the commands say of themselves", () => {
  expect(readFileSync(cliReferenceFile, "utf8")).toBe(renderCliReference());
});
