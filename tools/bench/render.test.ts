import { expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { benches } from "./benches.ts";
import type { BenchReport } from "./bench-kind.ts";
import { reportText, withSection } from "./render.ts";

const machine = {
  cpu: "Z80",
  cores: 2,
  memoryGiB: 8,
  kernel: "6.1",
  node: "v24",
  postgres: "15.1",
  odoo: "19.0",
  loadBefore: 0,
  fsync: "on",
} as const;
const bench = { name: "tea", what: "How long tea takes.", peer: "coffee.", aim: "sooner.", run: async () => ({ rows: [], notes: [] }) };
const report: BenchReport = {
  bench: "tea",
  at: "2026-01-02T03:04:05.000Z",
  quick: false,
  durationMs: 90_000,
  machine,
  rows: [
    {
      what: "water",
      unit: "ms",
      plimsoll: { n: 30, median: 12.34, p99: 20, min: 9.87, max: 21 },
      peer: { n: 1, median: 1234.5, p99: 1234.5, min: 1234.5, max: 1234.5 },
      ratio: 100.04,
      aim: "≥ 100×",
      met: true,
    },
    { what: "leaves", unit: "requests", plimsoll: null, peer: null, ratio: null, aim: "0", met: false },
  ],
  notes: ["Without milk."],
};

test("a report says figures, spread, what is missed, and on what machine", () => {
  const text = reportText(bench, report);
  expect(text).toContain("| water | 12.3 ms (p99 20, 9.87–21, n 30) | 1235 ms | 100× | ≥ 100×: met |");
  expect(text).toContain("| leaves |  |  |  | 0: **missed** |");
  expect(text).toContain("- Without milk.");
  expect(text).toContain("2026-01-02, 1.5 min. 2 × Z80, 8 GiB");
  expect(reportText(bench, { ...report, quick: true })).toContain("not to be believed");
});

test("a section is exchanged between its marks and nowhere else", () => {
  const before = "# Figures\n\n## tea\n\nBy hand.\n\n<!-- bench:tea -->\nold\n<!-- /bench:tea -->\n\nMore by hand.\n";
  const after = withSection(before, "tea", "new");
  expect(after).toBe(before.replace("old", "new"));
  expect(withSection("# Figures\n", "tea", "new")).toBe("# Figures\n\n## tea\n\n<!-- bench:tea -->\nnew\n<!-- /bench:tea -->\n");
});

test("every bench has its name once, and its place in the document", () => {
  const document = readFileSync(new URL("../../docs/reference/benchmarks.md", import.meta.url), "utf8");
  const names = benches.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !document.includes(`<!-- bench:${name} -->`))).toEqual([]);
});
