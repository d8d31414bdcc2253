import { parseFile } from "../parsed-file.ts";
import { isTest, sourcesUnder, withChange, withFiles, type Rule } from "../source-tree.ts";

const glossary = "CONTEXT.md";

/** The words of the product; each has an entry of one sentence and an *Avoid* line. */
export const words: readonly string[] = [
  "Tenant",
  "Environment",
  "Runtime",
  "Release",
  "Module",
  "Extension",
  "Change",
  "Impact",
  "Plan",
  "Gate",
  "Verdict",
  "Approval",
  "Waiver",
  "Window",
  "Freeze",
  "Emergency stop",
  "Rollout",
  "Wave",
  "Deployment",
  "Step",
  "Checkpoint",
  "Rehearsal",
  "Recovery",
  "Loss receipt",
  "Drill",
  "Evidence",
  "Code only",
  "Lag",
  "Database truth",
  "Application truth",
  "Business smoke",
  "Throwaway copy",
  "Soak",
  "Verification",
  "Environment hold",
];

export const glossaryIsComplete: Rule = {
  name: "every word and every exported type of the domain is in the glossary",
  check: (tree) => {
    const text = tree.get(glossary) ?? "";
    const entries = new Map(
      text
        .split(/^### /m)
        .slice(1)
        .map((entry) => [entry.split("\n")[0] ?? "", entry] as const),
    );
    const listed = new Set([...text.matchAll(/`([A-Za-z]+)`/g)].map((match) => match[1]));
    const types = sourcesUnder(tree, "src/domain/")
      .filter((file) => !isTest(file))
      .flatMap((file) => parseFile(tree, file).exportedTypes.map((type) => ({ file, type })));
    return [
      ...words.filter((word) => !entries.has(word)).map((word) => ({ file: glossary, message: `the word ${word} has no entry` })),
      ...[...entries]
        .filter(([, entry]) => !/^\*Avoid:\* /m.test(entry))
        .map(([word]) => ({ file: glossary, message: `${word} has no *Avoid:* line` })),
      ...types
        .filter(({ type }) => !listed.has(type))
        .map(({ file, type }) => ({ file, message: `the type ${type} isn't in ${glossary}` })),
    ];
  },
  planted: [
    {
      what: "a type that the glossary doesn't know",
      tree: (tree) => withFiles(tree, { "src/domain/plan/planted.ts": "export interface PlantedThing { readonly a: string }\n" }),
      says: /the type PlantedThing isn't in CONTEXT.md/,
    },
    {
      what: "a word without an entry",
      tree: (tree) => withChange(tree, glossary, (text) => text.replace("### Tenant\n", "### Customer\n")),
      says: /the word Tenant has no entry/,
    },
    {
      what: "an entry without an Avoid line",
      tree: (tree) => withChange(tree, glossary, (text) => text.replace("*Avoid:*", "Avoid")),
      says: /has no \*Avoid:\* line/,
    },
  ],
};
