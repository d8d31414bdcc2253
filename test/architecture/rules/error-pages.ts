import { errorTable } from "../../../src/domain/shared/errors.ts";
import { withChange, type Rule } from "../source-tree.ts";

const page = "docs/reference/errors.md";

/** Every code has an entry with its meaning, its cause and what to do; no entry is about a code that isn't. */
export const errorPages: Rule = {
  name: "every error code is documented, and nothing else",
  check: (tree) => {
    const text = tree.get(page) ?? "";
    const entries = text.split(/^## /m).slice(1);
    const codes = entries.map((entry) => /^`?([A-Z_]+)`?/.exec(entry)?.[1] ?? entry.slice(0, 40));
    const known = Object.keys(errorTable);
    return [
      ...known.filter((code) => !codes.includes(code)).map((code) => ({ file: page, message: `${code} has no entry` })),
      ...codes
        .filter((code) => !known.includes(code))
        .map((code) => ({ file: page, message: `${code} is an entry for a code that doesn't exist` })),
      ...codes.filter((code, index) => codes.indexOf(code) !== index).map((code) => ({ file: page, message: `${code} has two entries` })),
      ...entries.flatMap((entry, index) =>
        ["**Meaning.**", "**Cause.**", "**What to do.**"]
          .filter((part) => !entry.includes(part))
          .map((part) => ({ file: page, message: `${codes[index] ?? ""} says nothing under ${part}` })),
      ),
      ...entries.flatMap((entry, index) => tableProblems(entry, codes[index] ?? "")),
    ];
  },
  planted: [
    {
      what: "a code without an entry",
      tree: (tree) => withChange(tree, page, (text) => text.replace("## CONFLICT", "## CONFLICTS")),
      says: /CONFLICT has no entry/,
    },
    {
      what: "an entry without a code",
      tree: (tree) => withChange(tree, page, (text) => `${text}\n## MADE_UP\n\n**Meaning.** a **Cause.** b **What to do.** c\n`),
      says: /MADE_UP is an entry for a code that doesn't exist/,
    },
    {
      what: "an entry that doesn't help",
      tree: (tree) => withChange(tree, page, (text) => text.replace("**What to do.**", "")),
      says: /says nothing under \*\*What to do/,
    },
    {
      what: "another exit code than the table's",
      tree: (tree) => withChange(tree, page, (text) => text.replace(/exit code \d/, "exit code 9")),
      says: /exit code/,
    },
  ],
};

/** The line under a heading repeats the table: retry class, HTTP status, exit code. */
function tableProblems(entry: string, code: string): { file: string; message: string }[] {
  const row = (errorTable as Readonly<Record<string, { retry: string; status: number; exit: number }>>)[code];
  if (row === undefined) return [];
  const line = `${row.retry} · HTTP ${row.status} · exit code ${row.exit}`;
  return entry.includes(line)
    ? []
    : [{ file: page, message: `${code} should say "${line}" (retry class, status, exit code of the table)` }];
}
