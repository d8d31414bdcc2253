import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { buildProgram } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

export const cliReferenceFile: string = fileURLToPath(new URL("../../docs/reference/cli.md", import.meta.url));
const columns = 100;

/** docs/reference/cli.md, from the commands themselves. */
export function renderCliReference(): string {
  const program = buildProgram(silentTerminal, () => undefined);
  const sections = leaves(program).map((command) => `## ${nameOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`);
  return `# Command line

Made by \`node tools/reference/cli-reference.ts\` from the commands themselves; a test compares the two.

\`\`\`text
${helpOf(program)}
\`\`\`

${sections.join("\n")}`;
}

function leaves(command: Command): Command[] {
  const children = command.commands.filter((child) => child.name() !== "help");
  return children.length === 0 ? [command] : children.flatMap(leaves);
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part), getOutHelpWidth: () => columns });
  command.outputHelp();
  return text.trim();
}

const unused = async (): Promise<never> => {
  throw new Error("help asks nothing of the world");
};

const silentTerminal: Terminal = {
  env: {},
  cwd: "/",
  version: "",
  actor: "",
  out: () => undefined,
  err: () => undefined,
  animated: false,
  readStdin: unused,
  readFile: unused,
  nowMs: () => 0,
  sleep: unused,
  connect: unused,
  host: { up: unused, work: unused, down: unused, doctor: unused, exists: unused, odooFolders: unused, analyse: unused, compare: unused },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(cliReferenceFile, renderCliReference());
