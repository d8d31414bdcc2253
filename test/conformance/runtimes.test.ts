import { expect, it } from "vitest";
import { runtimes } from "../../src/extensions/runtimes/registry.ts";
import { runtimeKindConforms } from "./runtime-kind-suite.ts";

for (const runtime of runtimes) runtimeKindConforms(runtime);

it("has at least the process runtime", () => {
  expect(runtimes.map((runtime) => runtime.id)).toContain("process");
});
