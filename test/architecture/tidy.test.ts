import { describe, expect, it } from "vitest";
import { domainPurity } from "./rules/domain-purity.ts";
import { errorPages } from "./rules/error-pages.ts";
import { glossaryIsComplete } from "./rules/glossary.ts";
import { nobodyLooksAway, noHiddenTests, nothingLeftForLater } from "./rules/left-for-later.ts";
import { fileLength, names, noDefaultExports, noMachinePaths, testsBesideSources, theProductAlone } from "./rules/naming.ts";
import { identifiersAreQuotedOnce, neverAShell, processesHaveOneDoor } from "./rules/one-door.ts";
import { noOrphans } from "./rules/reachability.ts";
import { registriesListFolders } from "./rules/registries.ts";
import { readSourceTree, sourcesUnder, type Rule } from "./source-tree.ts";

const tree = readSourceTree();

const rules: readonly Rule[] = [
  domainPurity,
  registriesListFolders,
  errorPages,
  glossaryIsComplete,
  noOrphans,
  noHiddenTests,
  nothingLeftForLater,
  nobodyLooksAway,
  names,
  fileLength,
  noDefaultExports,
  noMachinePaths,
  theProductAlone,
  testsBesideSources,
  processesHaveOneDoor,
  neverAShell,
  identifiersAreQuotedOnce,
];

it("saw the repository", () => {
  expect(sourcesUnder(tree, "src/").length).toBeGreaterThan(100);
  expect(sourcesUnder(tree, "test/").length).toBeGreaterThan(20);
  for (const file of ["README.md", "ARCHITECTURE.md", "CONTEXT.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "NOTICE"])
    expect(tree.has(file), file).toBe(true);
});

describe.each(rules)("$name", ({ check, planted }) => {
  const before = check(tree);

  it("holds", () => {
    expect(before).toEqual([]);
  });

  it.each(planted)("reports: $what", (plant) => {
    const known = new Set(before.map((violation) => `${violation.file} ${violation.message}`));
    const added = check(plant.tree(tree)).filter((violation) => !known.has(`${violation.file} ${violation.message}`));
    expect(added.map((violation) => violation.message).join("\n")).toMatch(plant.says);
  });
});
