import { lineOf, parseFile } from "../parsed-file.ts";
import { isTest, sourcesUnder, withFiles, type Rule, type Violation } from "../source-tree.ts";
import { linesWith } from "./left-for-later.ts";

const processRooms = /^src\/(systems\/(process|supervisor|embedded-postgres|daemon)|main)\//;
const starters = /^((node:)?(child_process|cluster)|execa|cross-spawn|zx)$/;

/** argv, users, process groups and limits are decided where processes are started, so there are few such places. */
export const processesHaveOneDoor: Rule = {
  name: "processes are started in the process rooms only",
  check: (tree) =>
    sourcesUnder(tree, "src/")
      .filter((file) => !isTest(file) && !processRooms.test(file))
      .flatMap((file) =>
        parseFile(tree, file)
          .references.filter((reference) => starters.test(reference.specifier) && !reference.typeOnly)
          .map((reference) => ({ file, message: `starts processes by itself (${reference.specifier}); use the Processes port` })),
      ),
  planted: [
    {
      what: "a step that spawns",
      tree: (tree) => withFiles(tree, { "src/extensions/steps/claim/planted.ts": 'import { spawn } from "node:child_process";\nspawn;\n' }),
      says: /starts processes by itself/,
    },
    {
      what: "a system that spawns",
      tree: (tree) => withFiles(tree, { "src/systems/git/planted.ts": 'const { spawn } = await import("child_process");\nspawn;\n' }),
      says: /starts processes by itself/,
    },
  ],
};

/** A command is a list of arguments: what comes from outside is never read by a shell. */
export const neverAShell: Rule = {
  name: "no command goes through a shell",
  check: (tree) =>
    sourcesUnder(tree, "src/")
      .filter((file) => !isTest(file))
      .flatMap((file): Violation[] => {
        const found: Violation[] = [];
        parseFile(tree, file).nodes.forEach((node) => {
          const name = node.type === "ImportSpecifier" ? (node["imported"] as { name?: string }).name : undefined;
          if (name === "exec" || name === "execSync")
            found.push({ file, message: `line ${lineOf(tree.get(file) ?? "", node.start)}: ${name} is a shell` });
          const key = node.type === "Property" ? (node["key"] as { name?: string; value?: string }) : undefined;
          if (key?.name === "shell" && (node["value"] as { value?: unknown }).value !== false)
            found.push({ file, message: `line ${lineOf(tree.get(file) ?? "", node.start)}: a shell is asked for` });
          if (node.type === "Literal" && /^(\/bin\/)?(ba)?sh$/.test(String(node["value"])))
            found.push({ file, message: `line ${lineOf(tree.get(file) ?? "", node.start)}: a shell is called` });
        });
        return found;
      }),
  planted: [
    {
      what: "exec",
      tree: (tree) => withFiles(tree, { "src/systems/process/planted.ts": 'import { exec } from "node:child_process";\nexec("ls");\n' }),
      says: /exec is a shell/,
    },
    {
      what: "shell: true",
      tree: (tree) =>
        withFiles(tree, {
          "src/systems/process/planted.ts": 'import { spawn } from "node:child_process";\nspawn("ls", { shell: true });\n',
        }),
      says: /a shell is asked for/,
    },
    {
      what: "sh -c",
      tree: (tree) =>
        withFiles(tree, { "src/systems/process/planted.ts": 'import { spawn } from "node:child_process";\nspawn("sh", ["-c", "ls"]);\n' }),
      says: /a shell is called/,
    },
  ],
};

const quotingPlace = "src/domain/shared/sql-quoting.ts";
const quoting = /replace(All)?\(\s*(\/"\/g|'"'|"\\""|`"`)\s*,\s*('""'|"\\"\\""|`""`)|escapeIdentifier\(/;
/** Rooms that send SQL; elsewhere a statement is advice to a person. */
const sendsSql = /^src\/(systems|store|odoo|engine|main)\//;

/** An identifier in a statement that isn't the result of the quoting function, called here or kept in a constant of this file. */
function bareIdentifier(text: string): RegExp {
  const quoted = [...text.matchAll(/const (\w+) = quoteIdentifier\(/g)].map((match) => `${match[1] ?? ""}\\}`);
  const allowed = ["quoteIdentifier\\(", ...quoted].join("|");
  return new RegExp(
    `\\b(DATABASE|SCHEMA|ROLE|RENAME TO|OWNER TO|TEMPLATE =|ALTER TABLE|CREATE TABLE|DROP TABLE)\\s+"?\\$\\{\\s*(?!${allowed})`,
  );
}

/** One function decides how an identifier is written into SQL; values are parameters. */
export const identifiersAreQuotedOnce: Rule = {
  name: "SQL identifiers are quoted by one function",
  check: (tree) =>
    sourcesUnder(tree, "src/")
      .filter((file) => sendsSql.test(file) && !isTest(file) && file !== quotingPlace)
      .flatMap((file) => [
        ...linesWith(tree, file, quoting, `quotes an identifier by itself; call ${quotingPlace}`),
        ...linesWith(tree, file, bareIdentifier(tree.get(file) ?? ""), `is an identifier that isn't quoted by ${quotingPlace}`),
      ]),
  planted: [
    {
      what: "quoting by hand",
      tree: (tree) =>
        withFiles(tree, {
          "src/systems/postgres/planted.ts": 'export const q = (name: string): string => `"${name.replaceAll(\'"\', \'""\')}"`;\n',
        }),
      says: /quotes an identifier by itself/,
    },
    {
      what: "an identifier in quotes only",
      tree: (tree) =>
        withFiles(tree, { "src/systems/postgres/planted.ts": 'export const sql = (name: string): string => `DROP DATABASE "${name}"`;\n' }),
      says: /isn't quoted/,
    },
    {
      what: "an identifier as it is",
      tree: (tree) =>
        withFiles(tree, {
          "src/systems/postgres/planted.ts": "export const sql = (name: string): string => `ALTER DATABASE a RENAME TO ${name}`;\n",
        }),
      says: /isn't quoted/,
    },
  ],
};
