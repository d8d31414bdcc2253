import { describe, expect, it } from "vitest";
import { sampleAnalysis } from "../../../test/app/sample-analysis.ts";
import { analysisPage } from "./analysis-page.ts";
import { analysisTable } from "./analysis-table.ts";

describe("the page for approvers", () => {
  const page = analysisPage(sampleAnalysis);
  const part = (title: string): string => page.split(`## ${title}`)[1]?.split("\n## ")[0] ?? "";

  it("says the class, why, and that it is a floor", () => {
    expect(page).toMatch(/## Class K5\+\n\nIn short: something is removed that may hold data\. More may happen than is listed/);
    expect(part("Class K5+")).toContain("Columns go with their data: acme_thing.old.");
  });

  it("tells what changes, what is touched, what is lost and what people made, in their order", () => {
    expect([...page.matchAll(/^## (.+)$/gm)].map((match) => match[1])).toEqual([
      "Class K5+",
      "What stands in the way",
      "What changes for users",
      "Which data are touched",
      "What gets lost",
      "What people made that collides",
      "What to check before",
      "How long it takes",
      "What somebody should look at",
      "What is unknown",
    ]);
    expect(part("What changes for users")).toContain("screens and reports (views): 1 changed (acme.form).");
    expect(part("Which data are touched")).toContain("A new column acme_thing.code (300,000 rows).");
    expect(part("Which data are touched")).toContain("acme_thing.name must have a value now (300,000 rows).");
    expect(part("What gets lost")).toContain("- The column acme_thing.old is dropped with its data. 300000 rows lose the value here.");
    expect(part("What gets lost")).toMatch(/What to do:\n\n- Keep it\.\n/);
    expect(part("What people made that collides")).toContain("The update overwrites what somebody changed in acme.mail");
    expect(part("What to check before")).toContain("Every thing must have a name. Otherwise Odoo leaves the rule out");
    expect(part("How long it takes")).toMatch(/about 42\.0 s/);
    expect(part("What is unknown")).toMatch(
      /A script runs SQL that can't be told\. It may touch anything\.[\s\S]*patch changes fields\.Char\. — acme\/patch\.py:4/,
    );
  });

  it("tells nothing twice", () => {
    expect(part("What stands in the way")).not.toContain("acme_thing.old");
    expect(part("What somebody should look at")).not.toContain("acme.mail");
  });

  it("never calls records unedited that couldn't be read", () => {
    const prediction = sampleAnalysis.prediction;
    if (prediction === null) throw new Error("no prediction");
    const unread = { touches: "edits of mail.template", why: "Whether somebody edited records of mail.template couldn't be read." };
    const said = analysisPage({ ...sampleAnalysis, findings: [], prediction: { ...prediction, uncertain: [unread] } });
    expect(said.split("## What people made that collides")[1]?.split("\n## ")[0]).toContain("- Whether somebody edited");
    expect(said.match(/Whether somebody edited/g)).toHaveLength(1);
  });

  it("calls what can't be read ahead so, and not a removal that nobody saw", () => {
    const prediction = sampleAnalysis.prediction;
    if (prediction === null) throw new Error("no prediction");
    const difference = { ...prediction.difference, columnsRemoved: [], fieldsRemoved: [] };
    expect(analysisPage({ ...sampleAnalysis, findings: [], prediction: { ...prediction, difference } })).toContain(
      "In short: code runs whose effect",
    );
  });

  it("lets no text of a release become Markdown", () => {
    expect(part("What somebody should look at")).toContain("Its \\<version\\> stays.");
    const [finding] = sampleAnalysis.findings;
    if (finding === undefined) throw new Error("no finding");
    const hostile = analysisPage({ ...sampleAnalysis, findings: [{ ...finding, what: "[x](javascript:1)\n# Approved" }] });
    expect(hostile).not.toMatch(/^# Approved/m);
    expect(hostile).toContain("\\[x\\](javascript:1) # Approved");
  });

  it("says of one tree what would fail, and nothing of a step", () => {
    const alone = analysisPage({ ...sampleAnalysis, old: null, plannedClass: null, updates: null, prediction: null, environment: null });
    expect(alone).not.toMatch(/## (Class|What changes|What gets lost)/);
    expect(alone).toContain("## What stands in the way");
  });
});

describe("the table", () => {
  it("has one line for each finding with its place and rule, worst first", () => {
    const lines = analysisTable(sampleAnalysis, { coloured: false, all: false }).split("\n");
    expect(lines).toContain("Class:    K5+: something is removed that may hold data");
    expect(lines).toContain("Update:   -u acme  (3 modules with those that depend on it)");
    expect(lines).toContain("  acme/__manifest__.py  The module depends on nowhere. It is installed here.  dependency-missing");
    expect(lines).toContain("  more/models/a b#.py:7  Its <version> stays. (not certain)  version-not-raised");
    expect(lines).toContain("  Add it.  dependency-missing");
    expect(lines.indexOf("Errors (2)")).toBeLessThan(lines.indexOf("Warnings (3)"));
  });

  it("is coloured only when asked, and writes no control characters of a release to a terminal", () => {
    expect(analysisTable(sampleAnalysis, { coloured: false, all: false })).not.toContain("\u001b");
    expect(analysisTable(sampleAnalysis, { coloured: true, all: false })).toContain("\u001b[");
    const unknowns = [{ kind: "monkey-patch", what: "x\u001b[2Jy", module: "acme", file: "p.py", line: 1 }];
    expect(analysisTable({ ...sampleAnalysis, unknowns }, { coloured: false, all: false })).not.toContain("\u001b");
  });

  it("says that there is no base, unless nothing of one was missed", () => {
    const table = (rule: string): string => {
      const findings = sampleAnalysis.findings.map((finding) => ({ ...finding, rule }));
      return analysisTable({ ...sampleAnalysis, baseModules: 0, findings }, { coloured: false, all: false });
    };
    expect(table("base-unknown")).toMatch(/Base: +none: .*--base/);
    expect(table("dependency-missing")).not.toContain("Base:");
  });

  it("shows the first of each rule and counts the others, unless all are asked for", () => {
    const [finding] = sampleAnalysis.findings;
    if (finding === undefined) throw new Error("no finding");
    const findings = Array.from({ length: 25 }, (_, index) => ({ ...finding, what: `Number ${index}.` }));
    const lines = (all: boolean): string[] =>
      analysisTable({ ...sampleAnalysis, findings }, { coloured: false, all })
        .split("\n")
        .filter((one) => one.endsWith("dependency-missing") || one.includes("more of"));
    expect(lines(false)).toHaveLength(12);
    expect(lines(false)[10]).toBe("  and 15 more of dependency-missing (--all shows them)");
    expect(lines(true)).toHaveLength(26);
  });
});
