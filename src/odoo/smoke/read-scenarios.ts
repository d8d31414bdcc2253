import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LineCounter, parseAllDocuments, type Document } from "yaml";
import type { SmokeScenario } from "../../domain/fleet/smoke-scenario.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { said, scenarioDocument } from "./scenario-document.ts";

const shippedFolder = fileURLToPath(new URL("./scenarios/", import.meta.url));
const fileBytesMax = 1024 * 1024;
const scenariosMax = 200;
const problemsShownMax = 50;

interface Found {
  readonly scenario: SmokeScenario;
  readonly file: string;
}

/**
 * The shipped scenarios and those of the given files and folders, by name. What is wrong is said at once, each with file and line.
 *
 * @param paths absolute; of a folder its .yaml and .yml files count, not those of folders in it
 * @throws INPUT_INVALID; NOT_FOUND when a path isn't there
 */
export async function readSmokeScenarios(paths: readonly string[]): Promise<readonly SmokeScenario[]> {
  const files = [...(await yamlFilesOf(shippedFolder)), ...(await Promise.all(paths.map(yamlFilesOf))).flat()];
  const found: Found[] = [];
  const problems: string[] = [];
  for (const file of new Set(files)) {
    const read = readScenarioText(await textOf(file));
    found.push(...read.scenarios.map((scenario) => ({ scenario, file })));
    problems.push(...read.problems.map((problem) => `${file}, ${problem}`));
  }
  problems.push(...repeated(found));
  if (found.length > scenariosMax) problems.push(`${found.length} scenarios are more than the ${scenariosMax} that users could wait for`);
  if (problems.length > 0) {
    throw new PlimsollError(
      "INPUT_INVALID",
      `Business smoke can't be read: ${problems[0]}${problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`}.`,
      {
        because: problems.slice(0, problemsShownMax),
        fix: "Correct the files; docs/reference/smoke.md says what a scenario looks like.",
      },
    );
  }
  return found.map(({ scenario }) => scenario).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The scenarios of a YAML text, and what is wrong with it, each with its line. */
export function readScenarioText(text: string): { readonly scenarios: readonly SmokeScenario[]; readonly problems: readonly string[] } {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, strict: true, version: "1.2" });
  if (!Array.isArray(documents)) return { scenarios: [], problems: ["line 1: the file is empty"] };
  const scenarios: SmokeScenario[] = [];
  const problems: string[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      problems.push(`line ${lines.linePos(error.pos[0]).line}: ${error.message.split("\n", 1)[0] ?? "unreadable"}`);
      continue;
    }
    if (document.contents === null) continue;
    const parsed = scenarioDocument.safeParse(document.toJS({ maxAliasCount: 100 }));
    if (parsed.success) scenarios.push(parsed.data);
    else
      for (const issue of parsed.error.issues) {
        const path = issue.path.filter((key) => typeof key !== "symbol");
        const name = path.length === 0 ? "the scenario" : `\`${path.join(".")}\``;
        problems.push(`line ${lineAt(document, lines, path)}: ${name} ${said(issue)}`);
      }
  }
  if (scenarios.length === 0 && problems.length === 0) problems.push("line 1: the file holds no scenario");
  return { scenarios, problems };
}

async function yamlFilesOf(path: string): Promise<readonly string[]> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw notThere(path, cause);
  });
  if (!facts.isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

async function textOf(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw notThere(file, cause);
  });
  if (bytes.length > fileBytesMax)
    throw new PlimsollError("INPUT_INVALID", `${file} has ${bytes.length} bytes; a file of scenarios has at most ${fileBytesMax}.`, {});
  return bytes.toString("utf8");
}

function notThere(path: string, cause: unknown): PlimsollError {
  return new PlimsollError(
    "NOT_FOUND",
    `The business smoke at ${path} can't be read.`,
    { why: String((cause as NodeJS.ErrnoException).code), fix: "Correct spec.smoke of the environment: absolute paths on its host." },
    cause,
  );
}

function repeated(found: readonly Found[]): string[] {
  const byName = Map.groupBy(found, ({ scenario }) => scenario.name);
  return [...byName]
    .filter(([, all]) => all.length > 1)
    .map(([name, all]) => `the scenario ${name} is there ${all.length} times: ${all.map(({ file }) => file).join(", ")}`);
}

/** The line of the key at this path, or of the nearest thing around it that is in the text. */
function lineAt(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range))
      return lines.linePos(Number(node.range[0])).line;
  }
  return 1;
}
