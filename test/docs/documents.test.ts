import { posix } from "node:path";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDocuments } from "../../src/app/commands/apply/read-documents.ts";
import { readScenarioText, readSmokeScenarios } from "../../src/odoo/smoke/read-scenarios.ts";
import { readSourceTree, repositoryRoot } from "../architecture/source-tree.ts";
import { blocksOf, documents } from "./doc-blocks.ts";

const tree = readSourceTree();
const scenarioReference = "docs/reference/smoke.md";

describe("declarations in the documents", () => {
  const blocks = blocksOf(tree, "yaml").filter((block) => block.file !== scenarioReference);

  it("were found", () => {
    expect(blocks.length).toBeGreaterThan(1);
  });

  it.each(blocks.map((block) => [`${block.file}:${block.line}`, block.text] as const))("%s is accepted as it stands", (_name, text) => {
    expect(readDocuments(text).environments.length).toBe(1);
  });

  it("are refused with an unknown key: this test can fail", () => {
    const text = blocks[0]?.text ?? "";
    expect(() => readDocuments(text.replace("  tenant:", "  tennant:"))).toThrow(/not valid/);
  });
});

describe("business smoke in its reference", () => {
  const blocks = blocksOf(tree, "yaml", [scenarioReference]);

  it("is read as it stands", () => {
    expect(blocks.length).toBeGreaterThan(0);
    for (const { text, line } of blocks) {
      const { scenarios, problems } = readScenarioText(text);
      expect(problems, `${scenarioReference}:${line}`).toEqual([]);
      expect(scenarios.length, `${scenarioReference}:${line}`).toBeGreaterThan(0);
    }
  });

  it("is refused with a name that nothing keeps: this test can fail", () => {
    const text = (blocks[0]?.text ?? "").replace("as: inspection", "as: other");
    expect(readScenarioText(text).problems.join("\n")).toMatch(/refers to \$inspection/);
  });

  it("names every shipped scenario", async () => {
    const reference = tree.get(scenarioReference) ?? "";
    for (const { name, title } of await readSmokeScenarios([])) expect(reference).toContain(`| \`${name}\` | ${title}`);
  });
});

describe("links in the documents", () => {
  it("lead to files that are there", () => {
    const dead = documents(tree).flatMap((file) =>
      [...(tree.get(file) ?? "").matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)]
        .map((match) => posix.join(posix.dirname(file), match[1] ?? ""))
        .filter((target) => !existsSync(join(repositoryRoot, target)))
        .map((target) => `${file} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it("and paths in code marks are there as well", () => {
    const dead = documents(tree).flatMap((file) =>
      [...(tree.get(file) ?? "").matchAll(/`((?:src|test|tools|docs|bin)\/[\w./-]+)`/g)]
        .map((match) => match[1] ?? "")
        .filter((target) => !existsSync(join(repositoryRoot, target)))
        .map((target) => `${file} → ${target}`),
    );
    expect(dead).toEqual([]);
  });
});

describe("decision records", () => {
  it.each(documents(tree).filter((file) => file.startsWith("docs/decisions/")))(
    "%s has context, decision, consequences and evidence",
    (file) => {
      const text = tree.get(file) ?? "";
      expect(text).toMatch(new RegExp(`^# ${/\/(\d{4})-/.exec(file)?.[1] ?? "none"} `));
      for (const part of ["**Context.**", "**Decision.**", "**Consequences.**", "**Evidence.**"]) expect(text).toContain(part);
    },
  );
});
