import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../src/cli/run.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { runNew } from "../../tools/new/new.ts";
import { readSourceTree, repositoryRoot } from "../architecture/source-tree.ts";
import { commandsOf, documents, type DocCommand } from "./doc-blocks.ts";

const tree = readSourceTree();
const commands = commandsOf(tree);
const scripts = Object.keys((JSON.parse(tree.get("package.json") ?? "{}") as { scripts: Record<string, string> }).scripts);
const reached = "the command was understood and asked for the world";

/** A terminal on which a command gets as far as asking for a server, or for this host. */
function terminalThatStops(said: string[]): Terminal {
  const stop = async (): Promise<never> => {
    throw new Error(reached);
  };
  return {
    env: {},
    cwd: "/srv",
    version: "0.0.0",
    actor: "reader",
    out: () => undefined,
    err: (text) => void said.push(text),
    animated: false,
    readStdin: stop,
    readFile: stop,
    nowMs: () => 0,
    sleep: stop,
    connect: stop,
    host: { up: stop, work: stop, down: stop, doctor: stop, exists: stop, odooFolders: stop, analyse: stop, compare: stop },
  };
}

async function complaintsAbout(words: readonly string[]): Promise<string[]> {
  const said: string[] = [];
  await runCommandLine(words, terminalThatStops(said)).catch((error: unknown) => said.push(String(error)));
  return said.filter((text) => !text.includes(reached));
}

const nameOf = (command: DocCommand): string => `${command.file}:${command.line} ${command.words.join(" ")}`;

describe("commands in the documents", () => {
  it("were found", () => {
    expect(commands.filter(({ file }) => file === "README.md").length).toBeGreaterThan(10);
    expect(commands.filter(({ file }) => file.startsWith("docs/")).length).toBeGreaterThan(15);
  });

  it.each(commands.filter(({ words }) => words[0] === "plimsoll").map((command) => [nameOf(command), command.words] as const))(
    "%s",
    async (_name, words) => {
      expect(await complaintsAbout(words.slice(1).map((word) => word.replace(/^\$DIGEST$/, `sha256:${"0".repeat(64)}`)))).toEqual([]);
    },
  );

  it.each(commands.filter(({ words }) => words[0] === "npm").map((command) => [nameOf(command), command.words] as const))(
    "%s",
    (_name, words) => {
      const script = words[1] === "run" ? words[2] : words[1];
      expect(scripts).toContain(script);
      if (script === "new") expect(runNew([...words.slice(words.indexOf("--") + 1), "--dry-run"], repositoryRoot, () => undefined)).toBe(0);
    },
  );

  it("are npm's or Plimsoll's", () => {
    expect(commands.filter(({ words }) => words[0] !== "npm" && words[0] !== "plimsoll").map(nameOf)).toEqual([]);
  });

  it("are refused when they are wrong: this test can fail", async () => {
    expect(await complaintsAbout(["release", "creat", "2026-01"])).not.toEqual([]);
    expect(await complaintsAbout(["release", "create", "2026-01", "--addon", "./addons"])).not.toEqual([]);
    expect(await complaintsAbout(["change", "create", "--environment", "acme-production"])).not.toEqual([]);
    expect(await complaintsAbout(["change", "approve", "C-1"])).not.toEqual([]);
  });
});

describe("commands named in sentences", () => {
  const program = buildProgram(terminalThatStops([]), () => undefined);
  const named = documents(tree).flatMap((file) =>
    [...(tree.get(file) ?? "").matchAll(/`plimsoll ([a-z][a-z -]*?)(?: [A-Z<-][^`]*)?`/g)].map(
      (match) => [file, (match[1] ?? "").trim()] as const,
    ),
  );

  it.each(named)("%s: plimsoll %s", (_file, path) => {
    let commands = program.commands;
    for (const word of path.split(" ").filter((part) => !part.startsWith("-"))) {
      const found = commands.find((command) => command.name() === word);
      expect(found?.name(), `plimsoll ${path}`).toBe(word);
      commands = found?.commands ?? [];
    }
  });

  it("name scripts that exist", () => {
    const missing = documents(tree).flatMap((file) =>
      [...(tree.get(file) ?? "").matchAll(/`npm run ([\w-]+)/g)]
        .filter((match) => !scripts.includes(match[1] ?? ""))
        .map((match) => `${file}: ${match[0]}`),
    );
    expect(missing).toEqual([]);
  });
});

it("every command of the command line is shown in a document", () => {
  const program = buildProgram(terminalThatStops([]), () => undefined);
  const leaves = program.commands.flatMap((command) =>
    command.commands.length === 0 ? [command.name()] : command.commands.map((child) => `${command.name()} ${child.name()}`),
  );
  const all = documents(tree)
    .map((file) => tree.get(file))
    .join("\n");
  expect(leaves.filter((leaf) => !all.includes(`plimsoll ${leaf}`))).toEqual([]);
});
